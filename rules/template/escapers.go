package template

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// escapers are text/template's functions for other languages.
var escapers = [...]function{
	{"html", "a*", func(s *state, a []any) (any, error) { return escaped(s, a, htmlEscape) }},
	{"js", "a*", func(s *state, a []any) (any, error) { return escaped(s, a, jsEscape) }},
	{"urlquery", "a*", func(s *state, a []any) (any, error) {
		return escaped(s, a, func(s string) string { return escape(s, inQuery) })
	}},
}

// escaped applies f to the text of the arguments, as fmt.Sprint puts them
// together.
func escaped(s *state, a []any, f func(string) string) (any, error) {
	var p printer
	wasString := false
	for i, v := range a {
		if v == nil {
			v = "<no value>"
		}
		_, isString := v.(string)
		if i > 0 && !isString && !wasString {
			p.byte(' ')
		}
		p.arg(v, 'v')
		wasString = isString
	}
	if p.err != nil {
		return nil, p.err
	}
	return f(string(p.buf)), s.work(len(p.buf) / 64)
}

func htmlEscape(s string) string {
	b := make([]byte, 0, len(s)+len(s)/8)
	for i := range len(s) {
		switch c := s[i]; c {
		case 0:
			b = append(b, "\uFFFD"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\'':
			b = append(b, "&#39;"...)
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func jsEscape(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if strconv.IsPrint(r) {
				b.WriteString(s[i : i+size])
			} else {
				b.WriteString(`\u` + hex4(r))
			}
			i += size
			continue
		}
		switch {
		case c == '\\' || c == '\'' || c == '"':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '=':
			b.WriteString(`\u` + hex4(rune(c)))
		default:
			b.WriteByte(c)
		}
		i++
	}
	return b.String()
}

// hex4 is r in upper-case hexadecimal, with four digits at least.
func hex4(r rune) string {
	s := strings.ToUpper(strconv.FormatInt(int64(r), 16))
	return strings.Repeat("0", max(0, 4-len(s))) + s
}
