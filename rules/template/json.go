package template

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// jsonPrinter prints JSON as encoding/json does.
type jsonPrinter struct {
	html, pretty bool
	buf          []byte
	depth        int
	err          error
}

// errNotJSON is what encoding/json refuses; errors of limits are constErrors.
type errNotJSON string

func (e errNotJSON) Error() string { return string(e) }

// JSON gives v as encoding/json encodes it (Marshal). Values without a JSON form,
// and texts over MaxOutput, are errors.
func JSON(v any) (string, error) {
	p := jsonPrinter{html: true}
	p.value(v)
	return string(p.buf), p.err
}

func jsonText(v any, p jsonPrinter) (any, error) {
	p.value(v)
	return string(p.buf), p.err
}

// jsonOrNothing is jsonText, with "" for what JSON has no form for.
func jsonOrNothing(v any, p jsonPrinter) (any, error) {
	s, err := jsonText(v, p)
	if _, ok := err.(errNotJSON); ok {
		return "", nil
	}
	return s, err
}

//go:noinline
func (p *jsonPrinter) full(n int) bool {
	if p.err == nil && len(p.buf)+n > MaxOutput {
		p.err = errOutput
	}
	return p.err != nil
}

//go:noinline
func (p *jsonPrinter) raw(s string) {
	if !p.full(len(s)) {
		p.buf = append(p.buf, s...)
	}
}

func (p *jsonPrinter) value(v any) {
	if p.err != nil {
		return
	}
	switch v := v.(type) {
	case nil, absent, nobody:
		p.raw("null")
		return
	case bool:
		p.raw(strconv.FormatBool(v))
		return
	case int, int64, uint8:
		n, _ := integer(v)
		p.raw(strconv.FormatInt(n, 10))
		return
	case float64:
		p.number(v)
		return
	case string:
		p.string(v)
		return
	case Record:
		p.object(len(v), func(i int) (string, any) { return v[i].Name, v[i].Value })
		return
	}
	if isNil(v) {
		p.raw("null")
		return
	}
	if n, ok := listLen(v); ok {
		p.array(v, n)
		return
	}
	if _, ok := mapLen(v); ok {
		keys := mapKeys(v)
		p.object(len(keys), func(i int) (string, any) { return keys[i], mapAt(v, keys[i]) })
		return
	}
	m, ok := v.(Marshaler)
	if !ok {
		p.err = constError("the value has no JSON form")
		return
	}
	p.value(m.JSON())
}

// enter counts nesting.
func (p *jsonPrinter) enter() bool {
	if p.depth++; p.depth > maxDepth {
		p.err = errDeep
	}
	return p.err == nil
}

func (p *jsonPrinter) array(v any, n int) {
	if n == 0 {
		p.raw("[]")
		return
	}
	if !p.enter() {
		return
	}
	p.raw("[")
	for i := 0; i < n && p.err == nil; i++ {
		p.next(i)
		p.value(listAt(v, i))
	}
	p.depth--
	p.line()
	p.raw("]")
}

func (p *jsonPrinter) object(n int, member func(i int) (string, any)) {
	if n == 0 {
		p.raw("{}")
		return
	}
	if !p.enter() {
		return
	}
	p.raw("{")
	for i := 0; i < n && p.err == nil; i++ {
		p.next(i)
		name, v := member(i)
		p.string(name)
		p.raw(":")
		if p.pretty {
			p.raw(" ")
		}
		p.value(v)
	}
	p.depth--
	p.line()
	p.raw("}")
}

func (p *jsonPrinter) next(i int) {
	if i > 0 {
		p.raw(",")
	}
	p.line()
}

func (p *jsonPrinter) line() {
	if !p.pretty {
		return
	}
	p.raw("\n")
	for range p.depth {
		p.raw("  ")
	}
}

// number is ECMAScript's form of a number.
func (p *jsonPrinter) number(f float64) {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		p.err = errNotJSON("JSON has no infinity and no NaN")
		return
	}
	if abs := math.Abs(f); abs == 0 || abs >= 1e-6 && abs < 1e21 {
		p.raw(strconv.FormatFloat(f, 'f', -1, 64))
		return
	}
	s := strconv.FormatFloat(f, 'e', -1, 64)
	if n := len(s); n >= 4 && s[n-4:n-1] == "e-0" {
		s = s[:n-2] + s[n-1:]
	}
	p.raw(s)
}

func (p *jsonPrinter) string(s string) {
	if p.full(len(s) + 2) {
		return
	}
	p.buf = append(p.buf, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1:
				p.raw(`\ufffd`)
			case r == '\u2028':
				p.raw(`\u2028`)
			case r == '\u2029':
				p.raw(`\u2029`)
			default:
				p.buf = append(p.buf, s[i:i+size]...)
			}
			i += size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			p.buf = append(p.buf, '\\', c)
		case c == '\b':
			p.raw(`\b`)
		case c == '\f':
			p.raw(`\f`)
		case c == '\n':
			p.raw(`\n`)
		case c == '\r':
			p.raw(`\r`)
		case c == '\t':
			p.raw(`\t`)
		case c < ' ' || p.html && (c == '<' || c == '>' || c == '&'):
			const hex = "0123456789abcdef"
			p.raw(`\u00` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1])
		default:
			p.buf = append(p.buf, c)
		}
	}
	p.buf = append(p.buf, '"')
}
