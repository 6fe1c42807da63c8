package authn

import (
	"strings"

	"oathgate/rules/request"
)

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
		b.WriteString(request.EscapeQuery(f.name))
		b.WriteByte('=')
		b.WriteString(request.EscapeQuery(f.value))
	}
	return []byte(b.String())
}
