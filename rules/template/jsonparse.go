package template

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// parseJSON reads JSON as encoding/json does: the last of equal names counts,
// and what is no UTF-8 becomes U+FFFD. A number that float64 cannot hold makes
// an error beside the value.
func parseJSON(s *state, text string) (any, error) {
	p := jsonParser{text: text}
	v, ok := p.value()
	p.space()
	if p.limit != nil {
		return nil, p.limit
	}
	if !ok || p.i < len(text) {
		return nil, errNotJSON("invalid JSON")
	}
	if err := s.work(len(text) / 16); err != nil {
		return nil, err
	}
	if s.made += 16 * p.items; s.made > maxMade {
		return nil, errMade
	}
	if p.huge {
		return v, errNotJSON("a number is out of range")
	}
	return v, nil
}

type jsonParser struct {
	text  string
	i     int
	depth int
	items int
	huge  bool
	limit error
}

func (p *jsonParser) space() {
	for p.i < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.i]) >= 0 {
		p.i++
	}
}

// take skips c, after white space.
func (p *jsonParser) take(c byte) bool {
	p.space()
	if p.i < len(p.text) && p.text[p.i] == c {
		p.i++
		return true
	}
	return false
}

func (p *jsonParser) word(w string, v any) (any, bool) {
	if !strings.HasPrefix(p.text[p.i:], w) {
		return nil, false
	}
	p.i += len(w)
	return v, true
}

func (p *jsonParser) value() (any, bool) {
	p.space()
	p.items++
	if p.i >= len(p.text) {
		return nil, false
	}
	switch c := p.text[p.i]; c {
	case '{', '[':
		if p.depth++; p.depth > maxDepth {
			p.limit = errDeep
			return nil, false
		}
		p.i++
		v, ok := any(nil), false
		if c == '{' {
			v, ok = p.object()
		} else {
			v, ok = p.array()
		}
		p.depth--
		return v, ok
	case '"':
		return p.string()
	case 't':
		return p.word("true", true)
	case 'f':
		return p.word("false", false)
	case 'n':
		return p.word("null", nil)
	}
	return p.number()
}

func (p *jsonParser) object() (any, bool) {
	m := map[string]any{}
	if p.take('}') {
		return m, true
	}
	for {
		p.space()
		if p.i >= len(p.text) || p.text[p.i] != '"' {
			return nil, false
		}
		name, ok := p.string()
		if !ok || !p.take(':') {
			return nil, false
		}
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		m[name.(string)] = v
		if p.take('}') {
			return m, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

func (p *jsonParser) array() (any, bool) {
	list := []any{}
	if p.take(']') {
		return list, true
	}
	for {
		v, ok := p.value()
		if !ok {
			return nil, false
		}
		list = append(list, v)
		if p.take(']') {
			return list, true
		}
		if !p.take(',') {
			return nil, false
		}
	}
}

func (p *jsonParser) digits() bool {
	start := p.i
	for p.i < len(p.text) && '0' <= p.text[p.i] && p.text[p.i] <= '9' {
		p.i++
	}
	return p.i > start
}

func (p *jsonParser) number() (any, bool) {
	start := p.i
	skip := func(set string) bool {
		if p.i < len(p.text) && strings.IndexByte(set, p.text[p.i]) >= 0 {
			p.i++
			return true
		}
		return false
	}
	skip("-")
	if !skip("0") && !p.digits() {
		return nil, false
	}
	if skip(".") && !p.digits() {
		return nil, false
	}
	if skip("eE") {
		skip("+-")
		if !p.digits() {
			return nil, false
		}
	}
	f, err := strconv.ParseFloat(p.text[start:p.i], 64)
	if err != nil {
		p.huge = true
		return nil, true
	}
	return f, true
}

func (p *jsonParser) string() (any, bool) {
	p.i++
	var b []byte
	for p.i < len(p.text) {
		c := p.text[p.i]
		switch {
		case c == '"':
			p.i++
			return string(b), true
		case c < ' ':
			return nil, false
		case c == '\\':
			var ok bool
			if b, ok = p.escape(b); !ok {
				return nil, false
			}
		case c < utf8.RuneSelf:
			b = append(b, c)
			p.i++
		default:
			r, size := utf8.DecodeRuneInString(p.text[p.i:])
			b = utf8.AppendRune(b, r)
			p.i += size
		}
	}
	return nil, false
}

func (p *jsonParser) escape(b []byte) ([]byte, bool) {
	if p.i+1 >= len(p.text) {
		return nil, false
	}
	c := p.text[p.i+1]
	if c != 'u' {
		i := strings.IndexByte(`"\/bfnrt`, c)
		if i < 0 {
			return nil, false
		}
		p.i += 2
		return append(b, "\"\\/\b\f\n\r\t"[i]), true
	}
	r, ok := p.unit(p.i)
	if !ok {
		return nil, false
	}
	p.i += 6
	if utf16.IsSurrogate(r) {
		low, ok := p.unit(p.i)
		pair := utf16.DecodeRune(r, low)
		if !ok || pair == utf8.RuneError {
			return utf8.AppendRune(b, utf8.RuneError), true
		}
		p.i += 6
		r = pair
	}
	return utf8.AppendRune(b, r), true
}

// unit reads `\uXXXX` at i.
func (p *jsonParser) unit(i int) (rune, bool) {
	if i+6 > len(p.text) || p.text[i] != '\\' || p.text[i+1] != 'u' {
		return 0, false
	}
	r := rune(0)
	for _, c := range []byte(p.text[i+2 : i+6]) {
		d, ok := hexDigit(c)
		if !ok {
			return 0, false
		}
		r = r<<4 | rune(d)
	}
	return r, true
}
