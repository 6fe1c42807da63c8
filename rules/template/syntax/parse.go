package syntax

import (
	"strconv"
	"strings"
)

// parser reads a text from its start to its end, or to its first fault: from then on
// there is no token left.
type parser struct {
	scanner scanner
	token   token
	behind  int // the token before: the byte it ends at
	fault   *Fault

	trees map[string][]Node
	vars  []string // in scope
	loops int      // {{range}} around, which {{break}} may leave

	actions, lists, groups, elses int // for the limits
}

// Parse gives the bodies of a text: its own under name, the others under the names
// that {{define}} and {{block}} give them. A text is wrong if
// there is a fault.
func Parse(name, text string) (map[string][]Node, *Fault) {
	p := &parser{scanner: scanner{text: text}, trees: map[string][]Node{}, vars: []string{"$"}}
	p.advance()
	nodes, _ := p.list("", 0, false)
	p.add(0, name, nodes)
	if p.fault != nil {
		return nil, p.fault
	}
	return p.trees, nil
}

func (p *parser) fail(pos int, reason string) {
	if p.fault == nil {
		p.fault = &Fault{Pos: pos, Reason: reason}
	}
	p.token = token{kind: bad, pos: pos, end: pos}
}

func (p *parser) advance() {
	if p.fault != nil {
		return
	}
	p.behind = p.token.end
	p.token = p.scanner.next()
	if p.token.kind == bad {
		p.fail(p.token.pos, p.token.fault)
	}
}

// spelling is the token as it is written.
func (p *parser) spelling() string { return p.scanner.text[p.token.pos:p.token.end] }

// unexpected says that the token cannot stand where it does.
func (p *parser) unexpected(where string) {
	what := p.spelling()
	switch {
	case p.token.kind == end:
		what = "end of the template"
	case len(what) > 20:
		what = what[:20] + "..."
	}
	p.fail(p.token.pos, "unexpected "+what+" in "+where)
}

// close reads the end of an action.
func (p *parser) close(where string) {
	if p.token.kind != right {
		p.unexpected(where)
	}
	p.advance()
}

// add keeps a body that began at a place. One without contents yields to another of its
// name.
func (p *parser) add(pos int, name string, nodes []Node) {
	old, known := p.trees[name]
	switch {
	case !known || blank(old):
		p.trees[name] = nodes
	case !blank(nodes):
		p.fail(pos, "there are two templates of the name "+strconv.Quote(name))
	}
}

// blank says that a body holds white space only.
func blank(nodes []Node) bool {
	for _, n := range nodes {
		if n.Kind != Text || strings.TrimSpace(n.Text) != "" {
			return false
		}
	}
	return true
}
