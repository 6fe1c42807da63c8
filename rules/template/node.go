package template

// flow says how a list of nodes ended.
type flow uint8

const (
	flowNext flow = iota
	flowBreak
	flowContinue
)

type node interface {
	exec(s *state, dot any) (flow, error)
}

func (s *state) run(nodes []node, dot any) (flow, error) {
	for _, n := range nodes {
		if f, err := n.exec(s, dot); f != flowNext || err != nil {
			return f, err
		}
	}
	return flowNext, nil
}

type textNode string

func (n textNode) exec(s *state, _ any) (flow, error) {
	return flowNext, s.write(string(n))
}

// actionNode prints the value of a pipeline, unless it declares or assigns.
type actionNode struct {
	pipe *pipe
	pos  int
}

func (n *actionNode) exec(s *state, dot any) (flow, error) {
	v, err := n.pipe.eval(s, dot, nil)
	if err != nil || len(n.pipe.slots) > 0 {
		return flowNext, err
	}
	start := len(s.out)
	if err := s.print(v); err != nil {
		return flowNext, at(n.pos, err)
	}
	if s.marked {
		s.spans = append(s.spans, span{start: start, end: len(s.out), json: n.pipe.encodes()})
	}
	return flowNext, nil
}

// ifNode is if, and with it is with.
type ifNode struct {
	pipe           *pipe
	with           bool
	then, elseThen []node
}

func (n *ifNode) exec(s *state, dot any) (flow, error) {
	v, err := n.pipe.eval(s, dot, nil)
	if err != nil {
		return flowNext, err
	}
	if !truth(v) {
		return s.run(n.elseThen, dot)
	}
	if n.with {
		dot = v
	}
	return s.run(n.then, dot)
}

type jumpNode flow

func (n jumpNode) exec(*state, any) (flow, error) { return flow(n), nil }

// callNode is {{template}}.
type callNode struct {
	body *body
	pipe *pipe // nil if there is none
	pos  int
}

func (n *callNode) exec(s *state, dot any) (flow, error) {
	var arg any
	if n.pipe != nil {
		v, err := n.pipe.eval(s, dot, nil)
		if err != nil {
			return flowNext, err
		}
		arg = v
	}
	if s.calls++; s.calls > maxCalls {
		return flowNext, fail(n.pos, "templates call each other too deeply")
	}
	vars := s.vars
	s.vars = make([]any, n.body.slots)
	s.vars[0] = arg
	_, err := s.run(n.body.nodes, arg)
	s.vars = vars
	s.calls--
	return flowNext, err
}

// rangeNode is {{range}}. Its pipeline has no slots of its own: key and value
// say where each iteration puts index and element, -1 for nowhere.
type rangeNode struct {
	pipe           *pipe
	key, value     int
	body, elseThen []node
	pos            int
}

func (n *rangeNode) exec(s *state, dot any) (flow, error) {
	v, err := n.pipe.eval(s, dot, nil)
	if err != nil {
		return flowNext, err
	}
	if n.value >= 0 {
		s.vars[n.value] = v
	}
	if n.key >= 0 {
		s.vars[n.key] = v
	}
	count, f := 0, flowNext
	each := func(key, elem any) bool {
		count++
		if err = s.work(1); err != nil {
			err = at(n.pos, err)
			return false
		}
		if n.value >= 0 {
			s.vars[n.value] = elem
		}
		if n.key >= 0 {
			s.vars[n.key] = key
		}
		f, err = s.run(n.body, elem)
		return err == nil && f != flowBreak
	}
	if !iterate(v, n.key >= 0, each) {
		return flowNext, fail(n.pos, "range can't iterate over "+typeName(v)+overTwo(v, n.key >= 0))
	}
	if err != nil || count > 0 {
		return flowNext, err
	}
	return s.run(n.elseThen, dot)
}

func overTwo(v any, two bool) string {
	if _, ok := integer(v); ok && two {
		return " with two variables"
	}
	return ""
}

// iterate calls each for the elements of v; ok is false if v has none to give.
func iterate(v any, two bool, each func(key, elem any) bool) (ok bool) {
	if n, ok := integer(v); ok {
		if two {
			return false
		}
		for i := int64(0); i < n && each(nil, sameInteger(v, i)); i++ {
		}
		return true
	}
	if n, ok := listLen(v); ok {
		for i := 0; i < n && each(i, element(listAt(v, i))); i++ {
		}
		return true
	}
	if _, ok := mapLen(v); ok {
		for _, key := range mapKeys(v) {
			if !each(key, mapAt(v, key)) {
				break
			}
		}
		return true
	}
	return plain(v) == nil
}

//go:noinline
func integer(v any) (int64, bool) {
	switch v := v.(type) {
	case int:
		return int64(v), true
	case int64:
		return v, true
	case uint8:
		return int64(v), true
	}
	return 0, false
}

func sameInteger(v any, i int64) any {
	switch v.(type) {
	case int64:
		return i
	case uint8:
		return uint8(i)
	}
	return int(i)
}
