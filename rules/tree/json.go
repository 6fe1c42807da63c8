package tree

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// ParseJSON reads one JSON text (RFC 8259) and refuses whatever two readers
// could take differently: duplicate member names (after unescaping), invalid
// UTF-8 and a byte order mark, escapes of lone surrogates, numbers beyond
// float64, anything after the value. The error is an *Error.
func ParseJSON(data []byte, lim Limits) (*Node, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, lim.tooLong()
	}
	p := jsonParser{data: data, lim: lim, line: 1, nodes: lim.Nodes}
	// Room for the members of what identity servers say.
	var open [24]*Node
	var names [24]string
	p.slab.open, p.slab.names = open[:0], names[:0]
	if len(data) <= shortJSON {
		p.source = string(data)
		p.slab.size = len(data)/24 + 2
	} else {
		p.names = make(words, 64)
	}
	n, err := p.document()
	if err != nil {
		return nil, err
	}
	return n, nil
}

// shortJSON is the length in bytes up to which all texts of a JSON text are pieces of one copy of it, and nodes stand
// side by side: it is what a request brings, or an identity server, and nothing of it outlives the rest for long.
const shortJSON = 4 << 10

type jsonParser struct {
	data []byte
	// source is data, "" if texts are to be copies of their own.
	source    string
	lim       Limits
	pos       int
	line      int
	lineStart int
	depth     int
	nodes     int
	names     words
	texts     words
	scratch   []byte
	slab      slab
	split     split
}

func (p *jsonParser) document() (*Node, *Error) {
	p.space()
	if p.pos == len(p.data) {
		return nil, p.fail("is empty")
	}
	n, err := p.value()
	if err != nil {
		return nil, err
	}
	p.space()
	if p.pos < len(p.data) {
		return nil, p.fail("something follows the value")
	}
	return n, nil
}

func (p *jsonParser) fail(message string) *Error {
	return p.at(&Error{Message: message})
}

func (p *jsonParser) at(e *Error) *Error {
	e.Line, e.Column = p.line, p.pos-p.lineStart+1
	return e
}

func (p *jsonParser) space() {
	for p.pos < len(p.data) {
		switch p.data[p.pos] {
		case ' ', '\t', '\r':
		case '\n':
			p.line++
			p.lineStart = p.pos + 1
		default:
			return
		}
		p.pos++
	}
}

func (p *jsonParser) peek() byte {
	if p.pos < len(p.data) {
		return p.data[p.pos]
	}
	return 0
}

func (p *jsonParser) value() (*Node, *Error) {
	if p.nodes--; p.nodes < 0 {
		return nil, p.at(p.lim.tooMany())
	}
	n := p.slab.node()
	n.Line, n.Column = p.line, p.pos-p.lineStart+1
	switch c := p.peek(); {
	case c == '{':
		return n, p.object(n)
	case c == '[':
		return n, p.array(n)
	case c == '"':
		s, err := p.text(false)
		n.Kind, n.Text = String, s
		return n, err
	case c == '-' || '0' <= c && c <= '9':
		return n, p.number(n)
	case p.word("true"):
		n.Kind, n.Bool = Bool, true
	case p.word("false"):
		n.Kind = Bool
	case p.word("null"):
	default:
		return nil, p.fail("not JSON: a value is expected here")
	}
	return n, nil
}

func (p *jsonParser) word(w string) bool {
	if len(p.data)-p.pos < len(w) || string(p.data[p.pos:p.pos+len(w)]) != w {
		return false
	}
	p.pos += len(w)
	return true
}

func (p *jsonParser) enter() *Error {
	if p.depth++; p.depth > p.lim.Depth {
		return p.at(p.lim.tooDeep())
	}
	p.pos++
	p.space()
	return nil
}

func (p *jsonParser) array(n *Node) *Error {
	n.Kind = Array
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.peek() == ']' {
		p.pos++
		return nil
	}
	from := p.slab.mark()
	for {
		item, err := p.value()
		if err != nil {
			return err.under(pathIndex(p.slab.since(from)))
		}
		p.slab.push("", item)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
			p.space()
		case ']':
			p.pos++
			p.slab.items(n, from)
			return nil
		default:
			return p.fail("not JSON: a comma or ] is expected here")
		}
	}
}

func (p *jsonParser) object(n *Node) *Error {
	n.Kind = Object
	if err := p.enter(); err != nil {
		return err
	}
	defer func() { p.depth-- }()
	if p.peek() == '}' {
		p.pos++
		return nil
	}
	from := p.slab.mark()
	for {
		if p.peek() != '"' {
			return p.fail("not JSON: a member name in double quotes is expected here")
		}
		line, column := p.line, p.pos-p.lineStart+1
		key, err := p.text(true)
		if err != nil {
			return err
		}
		p.space()
		if p.peek() != ':' {
			return p.fail("not JSON: a colon is expected here")
		}
		p.pos++
		p.space()
		item, err := p.member(key)
		if err != nil {
			return err.under(pathKey(key))
		}
		item.Line, item.Column = line, column
		p.slab.push(key, item)
		p.space()
		switch p.peek() {
		case ',':
			p.pos++
			p.space()
		case '}':
			p.slab.members(n, from)
			if twice, ok := duplicate(n.Keys); ok {
				return p.twice(n, twice)
			}
			p.pos++
			return nil
		default:
			return p.fail("not JSON: a comma or } is expected here")
		}
	}
}

// member reads the value of a member.
func (p *jsonParser) member(key string) (*Node, *Error) {
	if !p.split.enter(p.depth, key) {
		return p.value()
	}
	defer p.split.leave()
	if p.split.here() && p.peek() == '[' {
		return p.leaveOut()
	}
	return p.value()
}

func (p *jsonParser) twice(n *Node, key string) *Error {
	e := &Error{Path: pathKey(key), Message: "stands twice in this object; keep one"}
	for i, k := range n.Keys {
		if k == key {
			e.Line, e.Column = n.Items[i].Line, n.Items[i].Column
		}
	}
	return e
}

// number checks RFC 8259's grammar, which strconv is wider than.
func (p *jsonParser) number(n *Node) *Error {
	start := p.pos
	if p.peek() == '-' {
		p.pos++
	}
	switch c := p.peek(); {
	case c == '0':
		p.pos++
	case !p.digits():
		return p.fail("not JSON: a digit is expected here")
	}
	if p.peek() == '.' {
		p.pos++
		if !p.digits() {
			return p.fail("not JSON: a digit is expected here")
		}
	}
	if c := p.peek(); c == 'e' || c == 'E' {
		p.pos++
		if c := p.peek(); c == '+' || c == '-' {
			p.pos++
		}
		if !p.digits() {
			return p.fail("not JSON: a digit is expected here")
		}
	}
	n.Kind, n.Text = Number, p.copy(start)
	f, err := strconv.ParseFloat(n.Text, 64)
	if err != nil {
		p.pos = start
		return p.fail("the number is too large")
	}
	n.Number = f
	return nil
}

// copy gives what has been read since start.
func (p *jsonParser) copy(start int) string {
	if p.source != "" {
		return p.source[start:p.pos]
	}
	return string(p.data[start:p.pos])
}

func (p *jsonParser) digits() bool {
	start := p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	return p.pos > start
}

// text reads a string.
func (p *jsonParser) text(name bool) (string, *Error) {
	p.pos++
	start := p.pos
	ascii := true
	for p.pos < len(p.data) {
		switch c := p.data[p.pos]; {
		case c == '"':
			raw := p.data[start:p.pos]
			if !ascii && !utf8.Valid(raw) {
				p.pos = start
				return "", p.fail("the string is not valid UTF-8")
			}
			p.pos++
			switch {
			case p.source != "":
				return p.source[start : p.pos-1], nil
			case name:
				return p.names.intern(raw), nil
			}
			return p.texts.intern(raw), nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", p.fail("a control character stands in a string; escape it")
		case c >= utf8.RuneSelf:
			ascii = false
		}
		p.pos++
	}
	return "", p.fail("the string is not closed")
}

func (p *jsonParser) escaped(start int) (string, *Error) {
	buf := append(p.scratch[:0], p.data[start:p.pos]...)
	for p.pos < len(p.data) {
		c := p.data[p.pos]
		switch {
		case c == '"':
			p.pos++
			p.scratch = buf
			if !utf8.Valid(buf) {
				p.pos = start
				return "", p.fail("the string is not valid UTF-8")
			}
			return string(buf), nil
		case c < 0x20:
			return "", p.fail("a control character stands in a string; escape it")
		case c != '\\':
			buf = append(buf, c)
			p.pos++
			continue
		}
		p.pos++
		switch c := p.peek(); c {
		case '"', '\\', '/':
			buf = append(buf, c)
		case 'b':
			buf = append(buf, '\b')
		case 'f':
			buf = append(buf, '\f')
		case 'n':
			buf = append(buf, '\n')
		case 'r':
			buf = append(buf, '\r')
		case 't':
			buf = append(buf, '\t')
		case 'u':
			r, ok := p.unicode()
			if !ok {
				return "", p.fail("not JSON: \\u needs four hexadecimal digits, and a surrogate its pair")
			}
			buf = utf8.AppendRune(buf, r)
			continue
		default:
			return "", p.fail("not JSON: unknown escape")
		}
		p.pos++
	}
	return "", p.fail("the string is not closed")
}

// unicode reads what follows a backslash: uXXXX, and a second \uXXXX where
// the first is a high surrogate.
func (p *jsonParser) unicode() (rune, bool) {
	r, ok := p.hex4()
	if !ok || !utf16.IsSurrogate(r) {
		return r, ok
	}
	if p.peek() != '\\' {
		return 0, false
	}
	p.pos++
	low, ok := p.hex4()
	r = utf16.DecodeRune(r, low)
	return r, ok && r != utf8.RuneError
}

func (p *jsonParser) hex4() (rune, bool) {
	if len(p.data)-p.pos < 5 || p.data[p.pos] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range p.data[p.pos+1 : p.pos+5] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	p.pos += 5
	return r, true
}
