package token

import (
	"bytes"
	"encoding/base64"

	"github.com/tidwall/gjson"
)

// AppendPublic appends the public half of k as a JWK, members in the order of
// go-jose; false if it has none.
func (k *Key) AppendPublic(b []byte) ([]byte, bool) {
	m := [...]struct{ name, value string }{
		{"use", k.Use}, {"kty", "RSA"}, {"kid", k.ID}, {"crv", ""}, {"alg", k.Algorithm}, {}, {},
	}
	kty, crv, first, second := &m[1].value, &m[3].value, &m[5], &m[6]
	switch {
	case k.rsa != nil:
		first.name, first.value = "n", encode(bigEndian(k.rsa.n.limbs, k.rsa.size()))
		second.name, second.value = "e", encode(bytes.TrimLeft(bigEndian([]uint32{k.rsa.e}, 4), "\x00"))
	case k.curve != nil:
		*kty, *crv = "EC", k.curve.name
		first.name, first.value = "x", encode(k.x)
		second.name, second.value = "y", encode(k.y)
	case k.ed != nil:
		*kty, *crv = "OKP", "Ed25519"
		first.name, first.value = "x", encode(k.ed)
	default:
		return b, false
	}
	separator := byte('{')
	for i := range m {
		if m[i].value != "" {
			b = append(b, separator, '"')
			b = append(append(b, m[i].name...), '"', ':')
			b = gjson.AppendJSONString(b, m[i].value)
			separator = ','
		}
	}
	return append(b, '}'), true
}

// encode is decode's reverse.
func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
