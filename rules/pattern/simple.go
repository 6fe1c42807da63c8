package pattern

import "bytes"

// simple is the shape of the patterns that most rules have, which match without the machine: texts with `<.*>` between
// them, or before the first, or after the last.
type simple struct {
	// texts must come in this order: the first at the beginning of the URL, the last at its end, each maybe empty.
	// With one, nothing else may be there.
	texts [][]byte
}

// simpleOf tells whether the program has that shape.
func simpleOf(p *program) (simple, bool) {
	if p.ascii {
		return simple{}, false
	}
	code := p.code
	text := func() (b []byte) {
		if len(code) > 0 && code[0].op == opText {
			b, code = []byte(code[0].text), code[1:]
		}
		return b
	}
	shape := simple{texts: [][]byte{text()}}
	for len(code) >= 3 && code[0].op == opOpen && code[1].op == opRun && code[2].op == opClose {
		run := &code[1]
		if run.max != unbounded || run.set.low != dotLow || run.set.high != highAll {
			return simple{}, false
		}
		code = code[3:]
		shape.texts = append(shape.texts, text())
	}
	return shape, len(code) == 2 && code[0].op == opAssert && code[0].arg == int32(kEndLine)
}

// match is the program's match without captures; ok says that this shape is enough to tell. It is not for what holds \n,
// which `.` does not match and .NET's end may stand before.
func (p *simple) match(s []byte) (matches, ok bool) {
	if bytes.IndexByte(s, '\n') >= 0 {
		return false, false
	}
	first := p.texts[0]
	if !bytes.HasPrefix(s, first) {
		return false, true
	}
	rest, last := s[len(first):], len(p.texts)-1
	if last == 0 {
		return len(rest) == 0, true
	}
	for _, text := range p.texts[1:last] {
		at := bytes.Index(rest, text)
		if at < 0 {
			return false, true
		}
		rest = rest[at+len(text):]
	}
	return bytes.HasSuffix(rest, p.texts[last]), true
}
