package pattern

import "bytes"

// simple is the shape of the patterns that most rules have, which match without the machine: text, and text with `<.*>` at its end.
type simple struct {
	text string
	rest bool // anything but \n may follow
}

// simpleOf tells whether the program has that shape.
func simpleOf(p *program) (simple, bool) {
	code := p.code
	if p.ascii || len(code) == 0 || code[0].op != opText {
		return simple{}, false
	}
	shape := simple{text: code[0].text}
	code = code[1:]
	if len(code) == 5 && code[0].op == opOpen && code[1].op == opRun && code[2].op == opClose {
		run := &code[1]
		if run.max != unbounded || run.set.low != dotLow || run.set.high != highAll {
			return simple{}, false
		}
		shape.rest = true
		code = code[3:]
	}
	return shape, len(code) == 2 && code[0].op == opAssert && code[0].arg == int32(kEndLine)
}

// match is the program's match without captures: in .NET the end is also before a last \n.
func (p *simple) match(s []byte) bool {
	if !hasPrefix(s, p.text) {
		return false
	}
	rest := s[len(p.text):]
	if !p.rest {
		return len(rest) == 0 || string(rest) == "\n"
	}
	newline := bytes.IndexByte(rest, '\n')
	return newline < 0 || newline == len(rest)-1
}
