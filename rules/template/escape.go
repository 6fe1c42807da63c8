package template

import "strings"

// place is where in a URL a text stands (net/url, encoding).
type place uint8

const (
	inPath place = iota
	inQuery
	inHost
	inFragment
	inUser
)

// mustEscape says that c cannot stand as it is.
//
//go:noinline
func mustEscape(c byte, in place) bool {
	switch {
	case letter(c) && c != '_':
		return false
	case c == '-' || c == '_' || c == '.' || c == '~':
		return false
	}
	switch in {
	case inHost:
		if strings.IndexByte(`!$&'()*+,;=:[]<>"`, c) >= 0 {
			return false
		}
	case inPath:
		return strings.IndexByte(`$&+,/:;=@`, c) < 0
	case inUser:
		return strings.IndexByte(`$&+,;=`, c) < 0
	case inFragment:
		return strings.IndexByte(`$&+,/:;=?@!()*`, c) < 0
	}
	return true
}

func escape(s string, in place) string {
	const hex = "0123456789ABCDEF"
	n := 0
	for i := range len(s) {
		if mustEscape(s[i], in) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		switch c := s[i]; {
		case !mustEscape(c, in):
			b = append(b, c)
		case c == ' ' && in == inQuery:
			b = append(b, '+')
		default:
			b = append(b, '%', hex[c>>4], hex[c&15])
		}
	}
	return string(b)
}

// validEncoded says that s holds nothing that had to be encoded.
func validEncoded(s string, in place) bool {
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(`!$&'()*+,;=:@[]%`, c) < 0 && mustEscape(c, in) {
			return false
		}
	}
	return true
}

// unescape decodes percent encoding, in a query also `+`.
func unescape(s string, query bool) (string, bool) {
	if strings.IndexByte(s, '%') < 0 && (!query || strings.IndexByte(s, '+') < 0) {
		return s, true
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) {
				return "", false
			}
			high, ok1 := hexDigit(s[i+1])
			low, ok2 := hexDigit(s[i+2])
			if !ok1 || !ok2 {
				return "", false
			}
			b = append(b, high<<4|low)
			i += 2
		case c == '+' && query:
			b = append(b, ' ')
		default:
			b = append(b, c)
		}
	}
	return string(b), true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// letter says that c is a letter or digit of ASCII, or an underscore.
func letter(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}
