package syntax

import "strconv"

// list reads nodes up to what ends their list: the end of the text if block is "", or
// the {{end}} of the block that began at a place. Where or is set it may be an
// {{else, too: then elses is true, and the token is behind that word.
func (p *parser) list(block string, at int, or bool) (nodes []Node, elses bool) {
	if p.lists++; p.lists > maxBlocks+1 {
		p.fail(at, "the template nests its blocks too deeply")
	}
	for {
		pos := p.token.pos
		switch p.token.kind {
		case text:
			nodes = append(nodes, Node{Kind: Text, Pos: pos, Text: p.spelling()})
			p.advance()
			continue
		case left:
			p.advance()
		default:
			if block != "" {
				p.fail(at, "{{"+block+"}} has no {{end}}")
			}
			p.lists--
			return nodes, false
		}
		if p.actions++; p.actions > maxActions {
			p.fail(pos, "the template has more than 2000 actions")
		}
		keyword := p.keyword()
		switch {
		case keyword == "end" && block != "", keyword == "else" && or:
			p.advance()
			if keyword == "end" {
				p.close(keyword)
			}
			p.lists--
			return nodes, keyword == "else"
		case keyword == "end", keyword == "else":
			p.fail(pos, "unexpected {{"+keyword+"}}")
		case keyword == "define" && block == "":
			p.advance()
			name := p.name(keyword)
			p.close(keyword)
			p.body(keyword, pos, name)
		case keyword == "define":
			p.fail(pos, "{{define}} must not stand in another block")
		default:
			nodes = append(nodes, p.action(keyword, pos))
		}
	}
}

// keyword is the token if it is a word, else "".
func (p *parser) keyword() string {
	if p.token.kind != word {
		return ""
	}
	return p.spelling()
}

// action reads an action that began at a place, from its keyword on, and the block that
// may belong to it.
func (p *parser) action(keyword string, pos int) Node {
	n := Node{Pos: pos}
	switch keyword {
	case "if":
		n.Kind = If
		p.control(&n, keyword)
	case "with":
		n.Kind = With
		p.control(&n, keyword)
	case "range":
		n.Kind = Range
		p.control(&n, keyword)
	case "break":
		n.Kind = Break
		p.jump(keyword)
	case "continue":
		n.Kind = Continue
		p.jump(keyword)
	case "template", "block":
		n.Kind = Template
		p.advance()
		n.Text = p.name(keyword)
		if keyword == "block" {
			n.Pipe = p.pipe(keyword, right)
			p.body(keyword, pos, n.Text)
		} else if p.token.kind == right {
			p.advance()
		} else {
			n.Pipe = p.pipe(keyword, right)
		}
	default:
		n.Kind = Action
		n.Pipe = p.pipe("the action", right)
	}
	return n
}

// control reads an if, with or range into n.
func (p *parser) control(n *Node, keyword string) {
	p.advance()
	vars := len(p.vars)
	n.Pipe = p.pipe(keyword, right)
	if n.Kind == Range {
		p.loops++
	}
	var elses bool
	n.List, elses = p.list(keyword, n.Pos, true)
	if n.Kind == Range {
		p.loops--
	}
	if elses {
		if p.elses++; p.elses > maxElses {
			p.fail(p.token.pos, "the template nests its blocks too deeply")
		}
		// {{else if}} after {{if}}, {{else with}} after {{with}}: its {{end}} is this one's.
		if n.Kind != Range && p.keyword() == keyword {
			n.Else = []Node{p.action(keyword, p.token.pos)}
		} else {
			p.close("else")
			n.Else, _ = p.list(keyword, n.Pos, false)
		}
	}
	p.vars = p.vars[:vars]
}

func (p *parser) jump(keyword string) {
	if p.loops == 0 {
		p.fail(p.token.pos, "{{"+keyword+"}} is outside of {{range}}")
	}
	p.advance()
	p.close(keyword)
}

// body reads what stands between {{define}} or {{block}} and its {{end}}. It sees
// neither the variables nor the loops around it.
func (p *parser) body(keyword string, pos int, name string) {
	vars, loops := p.vars, p.loops
	p.vars, p.loops = []string{"$"}, 0
	nodes, _ := p.list(keyword, pos, false)
	p.vars, p.loops = vars, loops
	p.add(pos, name, nodes)
}

// name reads the name of a template.
func (p *parser) name(keyword string) string {
	if p.token.kind != quoted {
		p.unexpected(keyword + ", which wants a name in quotes")
	}
	return p.string()
}

// string reads a string.
func (p *parser) string() string {
	s, err := strconv.Unquote(p.spelling())
	if err != nil {
		p.fail(p.token.pos, "this is no string of Go: "+p.spelling())
	}
	p.advance()
	return s
}
