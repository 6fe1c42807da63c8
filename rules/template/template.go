package template

import "oathgate/rules/template/syntax"

// Template is a compiled template. It does not change and may be executed by
// several goroutines.
type Template struct {
	name, text string
	main       *body
	pieces     []piece // nil unless the template has a fast path
	read       []use
	// changes says that a function changes maps in place.
	changes bool
}

// body is what is executed of a template or of a {{define}}.
type body struct {
	nodes []node
	slots int
}

// Compile compiles a template. name is how the template may call itself; root
// is what the dot may be asked for, nil for anything. An error says where in
// the text it is and what is wrong.
func Compile(name, text string, root *Shape) (*Template, error) {
	if len(text) > MaxText {
		return nil, constError("the template is longer than 64 KiB")
	}
	trees, fault := syntax.Parse(name, text)
	if fault != nil {
		return nil, located(text, fail(fault.Pos, fault.Reason))
	}
	if root == nil {
		root = anyShape
	}
	t := &Template{name: name, text: text}
	if err := build(t, trees, root); err != nil {
		return nil, located(text, err)
	}
	t.pieces = pieces(t.main)
	return t, nil
}

const errInternal = constError("the template cannot be executed: internal error")

// Execute gives the template's text for root.
func (t *Template) Execute(root Object) (string, error) {
	if t.pieces != nil {
		if s, ok := t.fast(root); ok {
			return s, nil
		}
	}
	out, _, err := t.execute(root, false)
	return out, err
}

// execute gives also, if marked, what each action wrote.
func (t *Template) execute(root Object, marked bool) (out string, spans []span, err error) {
	// Nothing that is known panics: the fuzz tests look for this error.
	defer func() {
		if r := recover(); r != nil {
			out, spans, err = "", nil, errInternal
		}
	}()
	s := &state{t: t, vars: make([]any, t.main.slots), marked: marked, env: environmentOf(root)}
	if t.changes && root != nil {
		root = &owned{Object: root}
	}
	var dot any
	if root != nil {
		dot = root
	}
	s.vars[0] = dot
	if _, err := s.run(t.main.nodes, dot); err != nil {
		return "", nil, located(t.text, err)
	}
	return string(s.out), s.spans, nil
}
