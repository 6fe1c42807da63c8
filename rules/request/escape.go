package request

import "strings"

const upperHex = "0123456789ABCDEF"

// DecodePath percent-decodes a path once (RFC 3986 section 2.1); `+` stays. It
// gives false for a `%` that two hexadecimal digits do not follow.
func DecodePath(s string) (string, bool) { return unescape(s, false) }

// DecodeQuery decodes what EscapeQuery encodes: `+` is a space.
func DecodeQuery(s string) (string, bool) { return unescape(s, true) }

// EscapePath percent-encodes a decoded path as Go's net/url does:
// what may stand in a path by RFC 3986 stays, slashes and semicolons included.
func EscapePath(s string) string {
	n := 0
	for i := 0; i < len(s); i++ {
		if !isPathByte(s[i]) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 2*n)
	for i := 0; i < len(s); i++ {
		if c := s[i]; isPathByte(c) {
			b.WriteByte(c)
		} else {
			writeEscape(&b, c)
		}
	}
	return b.String()
}

// EscapeQuery percent-encodes a query parameter's name or value as net/url does; a
// space becomes `+`.
func EscapeQuery(s string) string {
	var b strings.Builder
	escapeQuery(&b, s)
	return b.String()
}

func escapeQuery(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case isUnreserved(c):
			b.WriteByte(c)
		default:
			writeEscape(b, c)
		}
	}
}

func writeEscape(b *strings.Builder, c byte) {
	b.WriteByte('%')
	b.WriteByte(upperHex[c>>4])
	b.WriteByte(upperHex[c&15])
}

// isValidPath says whether a raw path needs no encoding: then it is forwarded
// as it was sent (net/url validEncoded). The escapes must have been checked.
func isValidPath(raw string) bool {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '%', '!', '\'', '(', ')', '*', '[', ']':
		default:
			if !isPathByte(c) {
				return false
			}
		}
	}
	return true
}

// isPathByte says what EscapePath leaves alone.
func isPathByte(c byte) bool {
	switch c {
	case '$', '&', '+', ',', '/', ':', ';', '=', '@':
		return true
	}
	return isUnreserved(c)
}

func isUnreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '_' || c == '.' || c == '~'
}

// unescape percent-decodes s, in a query also `+` as a space; s itself if there
// is nothing to decode.
func unescape(s string, query bool) (string, bool) {
	i := 0
	for i < len(s) && s[i] != '%' && (s[i] != '+' || !query) {
		i++
	}
	if i == len(s) {
		return s, true
	}
	b := make([]byte, i, len(s))
	copy(b, s)
	for ; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '%':
			v, ok := escaped(s, i)
			if !ok {
				return "", false
			}
			c = v
			i += 2
		case c == '+' && query:
			c = ' '
		}
		b = append(b, c)
	}
	return string(b), true
}

// escaped gives the byte that the escape at s[i], a `%`, stands for.
func escaped(s string, i int) (byte, bool) {
	if i+2 >= len(s) {
		return 0, false
	}
	hi, ok1 := hex(s[i+1])
	lo, ok2 := hex(s[i+2])
	return hi<<4 | lo, ok1 && ok2
}

func hex(c byte) (byte, bool) {
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
