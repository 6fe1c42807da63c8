package template

import "strings"

// piece is a part of a template that needs no evaluation: text, or a field of
// the root or an entry of its maps that is a string, or an element of a field that
// is a []string.
type piece struct {
	text  string
	path  []string // nil for text
	index int      // of the element, -1 for a string
}

// pieces are the parts of a template all of whose parts are pieces, else nil.
func pieces(b *body) []piece {
	list := make([]piece, 0, len(b.nodes))
	for _, n := range b.nodes {
		switch n := n.(type) {
		case textNode:
			list = append(list, piece{text: string(n)})
		case *actionNode:
			p, ok := pieceOf(n)
			if !ok {
				return nil
			}
			list = append(list, p)
		default:
			return nil
		}
	}
	return list
}

func pieceOf(n *actionNode) (piece, bool) {
	if len(n.pipe.commands) != 1 || len(n.pipe.slots) > 0 {
		return piece{}, false
	}
	e, index := n.pipe.commands[0], -1
	if c, ok := e.(*call); ok {
		switch {
		case c.fn.name == "print" && len(c.args) == 1:
		case c.fn.name == "printIndex" && len(c.args) == 2:
			i, ok := c.args[1].(constant)
			if !ok {
				return piece{}, false
			}
			if index, ok = i.v.(int); !ok || index < 0 {
				return piece{}, false
			}
		default:
			return piece{}, false
		}
		e = c.args[0]
	}
	c, ok := e.(*chain)
	if !ok || len(c.args) > 0 || c.piped {
		return piece{}, false
	}
	if _, ok := c.base.(dotExpr); !ok {
		return piece{}, false
	}
	return piece{path: c.names, index: index}, true
}

// fast executes the pieces; ok is false where evaluation must decide.
func (t *Template) fast(root Object) (s string, ok bool) {
	if len(t.pieces) == 1 {
		s, ok = t.pieces[0].value(root)
		return s, ok && len(s) <= MaxOutput
	}
	size := 0
	for i := range t.pieces {
		s, ok := t.pieces[i].value(root)
		if !ok {
			return "", false
		}
		size += len(s)
	}
	if size > MaxOutput {
		return "", false
	}
	var b strings.Builder
	b.Grow(size)
	for i := range t.pieces {
		s, _ := t.pieces[i].value(root)
		b.WriteString(s)
	}
	return b.String(), true
}

func (p *piece) value(root Object) (string, bool) {
	if p.path == nil {
		return p.text, true
	}
	last := len(p.path) - 1
	var o any = root
	for _, name := range p.path[:last] {
		ok := false
		switch of := o.(type) {
		case Object:
			o, ok = of.Field(name)
		case map[string]any:
			o, ok = of[name]
		}
		if !ok {
			return "", false
		}
	}
	if p.index >= 0 {
		f, ok := o.(StringsFielder)
		if !ok {
			return "", false
		}
		list, ok := f.StringsField(p.path[last])
		if !ok {
			return "", false
		}
		if p.index >= len(list) {
			return "", true
		}
		return list[p.index], true
	}
	switch of := o.(type) {
	case StringFielder:
		return of.StringField(p.path[last])
	case map[string]any:
		s, ok := of[p.path[last]].(string)
		return s, ok
	}
	return "", false
}
