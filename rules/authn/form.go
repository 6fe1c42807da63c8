package authn

import "strings"

// formField is one field of an application/x-www-form-urlencoded body.
type formField struct{ name, value string }

// form encodes fields in the order given; Oathkeeper's order is by name
// (net/url, Values.Encode).
func form(fields ...formField) []byte {
	var b strings.Builder
	for i, f := range fields {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(formEscape(f.name))
		b.WriteByte('=')
		b.WriteString(formEscape(f.value))
	}
	return []byte(b.String())
}

// formEscape is net/url's QueryEscape: a space is '+', and everything but
// unreserved characters is percent-encoded (RFC 3986 section 2.3).
func formEscape(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == ' ':
			b.WriteByte('+')
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
