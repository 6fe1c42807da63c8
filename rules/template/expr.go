package template

import (
	"strconv"

	"oathgate/rules/re2"
)

// expr is an expression. final is the value that a pipeline passes on to it;
// only an expression that was compiled for one looks at it.
type expr interface {
	eval(s *state, dot, final any) (any, error)
}

type constant struct{ v any }

func (e constant) eval(*state, any, any) (any, error) { return e.v, nil }

type dotExpr struct{}

func (dotExpr) eval(_ *state, dot, _ any) (any, error) { return dot, nil }

type variable int

func (e variable) eval(s *state, _, _ any) (any, error) { return s.vars[e], nil }

// pipe is a pipeline: each command's value is the last argument of the next.
type pipe struct {
	commands []expr
	slots    []int // the variables that get the value
	pos      int
}

func (e *pipe) eval(s *state, dot, _ any) (any, error) {
	var v any
	for _, c := range e.commands {
		if err := s.work(1); err != nil {
			return nil, at(e.pos, err)
		}
		next, err := c.eval(s, dot, v)
		if err != nil {
			return nil, err
		}
		v = plain(next)
	}
	for _, slot := range e.slots {
		s.vars[slot] = v
	}
	return v, nil
}

// encodes says that a command of the pipeline encodes its value as JSON.
func (e *pipe) encodes() bool {
	for _, c := range e.commands {
		if c, ok := c.(*call); ok {
			switch c.fn.name {
			case "toJson", "mustToJson", "toRawJson", "mustToRawJson", "toPrettyJson", "mustToPrettyJson":
				return true
			}
		}
	}
	return false
}

// chain is base.name.name, where the last name may be a method with arguments.
type chain struct {
	base  expr
	names []string
	args  []expr
	piped bool
	pos   int
}

func (e *chain) eval(s *state, dot, final any) (any, error) {
	v, err := e.base.eval(s, dot, nil)
	if err != nil {
		return nil, err
	}
	last := len(e.names) - 1
	for _, name := range e.names[:last] {
		if v, err = field(v, name, nil); err != nil {
			return nil, at(e.pos, err)
		}
	}
	var args []any
	for _, a := range e.args {
		arg, err := a.eval(s, dot, nil)
		if err != nil {
			return nil, err
		}
		args = append(args, plain(arg))
	}
	if e.piped {
		args = append(args, final)
	}
	if v, err = field(v, e.names[last], args); err != nil {
		return nil, at(e.pos, err)
	}
	return v, nil
}

// field is v.name, or the method call v.name args.
func field(v any, name string, args []any) (any, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case absent:
		return nil, constError("nil pointer evaluating interface {}." + name)
	case map[string]any, map[string]string:
		if len(args) > 0 {
			return nil, constError(name + " is not a method but has arguments")
		}
		return mapAt(v, name), nil
	}
	if c, ok := v.(Callable); ok {
		r, err := c.Call(name, args)
		if err == nil {
			return r, nil
		}
		if err != ErrNoMethod {
			return nil, constError("error calling " + name + ": " + err.Error())
		}
	}
	o, ok := v.(Object)
	if !ok {
		return nil, constError("can't evaluate field " + name + " in type " + typeName(v))
	}
	r, ok := o.Field(name)
	if !ok {
		return nil, constError("there is no field " + name)
	}
	if len(args) > 0 {
		return nil, constError(name + " has arguments but cannot be invoked as function")
	}
	return element(r), nil
}

// call is a function call.
type call struct {
	fn    *function
	args  []expr
	piped bool
	pos   int
	// regex is the first argument, if it is one that is known.
	regex *re2.Regexp
}

func (e *call) eval(s *state, dot, final any) (any, error) {
	base := len(s.stack)
	work := 1
	for _, a := range e.args {
		v, err := a.eval(s, dot, nil)
		if err != nil {
			return nil, err
		}
		if v, err = s.param(e.fn.sig, len(s.stack)-base, v); err != nil {
			return nil, at(e.pos, constError("error calling "+e.fn.name+": "+err.Error()))
		}
		work += cost(v)
		s.stack = append(s.stack, v)
	}
	if e.piped {
		v, err := s.param(e.fn.sig, len(s.stack)-base, final)
		if err != nil {
			return nil, at(e.pos, constError("error calling "+e.fn.name+": "+err.Error()))
		}
		work += cost(v)
		s.stack = append(s.stack, v)
	}
	if err := s.work(work); err != nil {
		return nil, at(e.pos, err)
	}
	args := s.stack[base:]
	s.compiled = e.regex
	v, err := e.fn.call(s, args)
	clear(args)
	s.stack = s.stack[:base]
	if err == nil {
		err = s.record(v)
	}
	if err != nil {
		return nil, at(e.pos, constError("error calling "+e.fn.name+": "+err.Error()))
	}
	return v, nil
}

// inner is a call without arguments that is no command: no pipeline ends behind
// it, so that its nil is absent.
type inner struct{ expr }

func (e inner) eval(s *state, dot, final any) (any, error) {
	v, err := e.expr.eval(s, dot, final)
	return element(v), err
}

// logic is and, and with or it is or: neither evaluates more than it needs.
type logic struct {
	or    bool
	args  []expr
	piped bool
}

func (e *logic) eval(s *state, dot, final any) (any, error) {
	var v any
	for _, a := range e.args {
		var err error
		if v, err = a.eval(s, dot, nil); err != nil {
			return nil, err
		}
		if truth(v) == e.or {
			return v, nil
		}
	}
	if e.piped {
		return final, nil
	}
	return v, nil
}

// letterOf is the signature's letter for argument i.
func letterOf(sig string, i int) byte {
	if n := len(sig); n > 0 && sig[n-1] == '*' && i >= n-2 {
		return sig[n-2]
	}
	return sig[i]
}

// param is v as argument i of a function.
func (s *state) param(sig string, i int, v any) (any, error) {
	letter := letterOf(sig, i)
	ok := false
	switch letter {
	case 'a':
		return plain(v), nil
	case 's':
		_, ok = v.(string)
	case 'i':
		_, ok = v.(int)
	case 'f':
		_, ok = v.(float64)
	case 'b':
		_, ok = v.(bool)
	case 'm':
		if v == nil {
			return map[string]any(nil), nil
		}
		_, ok = v.(map[string]any)
	}
	if !ok {
		return nil, constError("argument " + strconv.Itoa(i+1) + " must be " + letterName(letter) + ", and is " + typeName(v))
	}
	return v, nil
}

func letterName(letter byte) string {
	switch letter {
	case 's':
		return "a string"
	case 'i':
		return "an int"
	case 'f':
		return "a float64"
	case 'b':
		return "a bool"
	case 'm':
		return "a map"
	}
	return "a value"
}
