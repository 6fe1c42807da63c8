package re2

import "unicode/utf8"

// Regexp is a compiled expression. It does not change and may be used by several
// goroutines.
type Regexp struct {
	insts []inst
	start int
	names []string
	empty bool // the expression has no text
}

type code uint8

const (
	codeMatch code = iota
	codeChar
	codeAssert
	codeSplit   // goes on at out, and failing that at arg
	codeCapture // remembers the place in slot arg
)

// inst is an instruction of the machine that matches.
type inst struct {
	code   code
	assert assertion
	class  *class
	out    int
	arg    int
}

// Compile compiles an expression, or says what is wrong with it.
func Compile(pattern string) (*Regexp, error) {
	switch {
	case len(pattern) > maxPattern:
		return nil, errTooLarge
	case !utf8.ValidString(pattern):
		return nil, fail("the regular expression is not UTF-8")
	}
	p := parser{rest: pattern, names: []string{""}}
	n, err := p.alternatives(flags{})
	if err != nil {
		return nil, err
	}
	if p.rest != "" {
		return nil, fail("there is a closing parenthesis too many")
	}
	re := &Regexp{names: p.names, empty: pattern == ""}
	re.add(inst{code: codeMatch})
	re.start = re.emit(n, 0)
	if len(re.insts) > maxInsts || len(re.insts)*2*len(re.names) > maxSlots {
		return nil, errTooLarge
	}
	return re, nil
}

func (re *Regexp) add(i inst) int {
	if len(re.insts) <= maxInsts {
		re.insts = append(re.insts, i)
	}
	return len(re.insts) - 1
}

// split goes on at first, and failing that at second; lazily the other way round.
func (re *Regexp) split(first, second int, lazy bool) int {
	if lazy {
		first, second = second, first
	}
	return re.add(inst{code: codeSplit, out: first, arg: second})
}

// emit adds the instructions of n, which goes on at next, and gives where it
// begins.
func (re *Regexp) emit(n *node, next int) int {
	if len(re.insts) > maxInsts {
		return next
	}
	switch n.op {
	case opChar:
		return re.add(inst{code: codeChar, class: n.class, out: next})
	case opAssert:
		return re.add(inst{code: codeAssert, assert: n.assert, out: next})
	case opConcat:
		for i := len(n.subs) - 1; i >= 0; i-- {
			next = re.emit(n.subs[i], next)
		}
		return next
	case opAlt:
		last := len(n.subs) - 1
		at := re.emit(n.subs[last], next)
		for i := last - 1; i >= 0; i-- {
			at = re.split(re.emit(n.subs[i], next), at, false)
		}
		return at
	case opCapture:
		end := re.add(inst{code: codeCapture, arg: 2*n.min + 1, out: next})
		return re.add(inst{code: codeCapture, arg: 2 * n.min, out: re.emit(n.subs[0], end)})
	case opRepeat:
		return re.emitRepeat(n, next)
	}
	return next
}

func (re *Regexp) emitRepeat(n *node, next int) int {
	sub, copies := n.subs[0], n.min
	switch {
	case n.max < 0:
		// x{2,} is xx+, and x* is (x+)? if x can be empty, or else a loop.
		loop := re.split(0, 0, false)
		body := re.emit(sub, loop)
		re.insts[loop].out, re.insts[loop].arg = body, next
		if n.lazy {
			re.insts[loop].out, re.insts[loop].arg = next, body
		}
		switch {
		case n.min > 0:
			next, copies = body, n.min-1
		case sub.nullable():
			next = re.split(body, next, n.lazy)
		default:
			next = loop
		}
	case n.max > n.min:
		// x{0,2} is (x(x)?)?.
		end := next
		for range n.max - n.min {
			next = re.split(re.emit(sub, next), end, n.lazy)
		}
	}
	for range copies {
		next = re.emit(sub, next)
	}
	return next
}
