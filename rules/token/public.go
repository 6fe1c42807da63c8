package token

import (
	"encoding/base64"
	"math/big"

	"github.com/tidwall/gjson"
)

// AppendPublic appends the public half of k as a JWK, members in the order of
// go-jose; false if it has none.
func (k *Key) AppendPublic(b []byte) ([]byte, bool) {
	kty, crv := "", ""
	switch {
	case k.rsa != nil:
		kty = "RSA"
	case k.curve != nil:
		kty, crv = "EC", k.curve.name
	case k.ed != nil:
		kty, crv = "OKP", "Ed25519"
	default:
		return b, false
	}
	first := true
	member := func(name, value string) {
		if value == "" {
			return
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(append(append(b, '"'), name...), '"', ':')
		b = gjson.AppendJSONString(b, value)
	}
	b = append(b, '{')
	member("use", k.Use)
	member("kty", kty)
	member("kid", k.ID)
	member("crv", crv)
	member("alg", k.Algorithm)
	switch {
	case k.rsa != nil:
		member("n", base64.RawURLEncoding.EncodeToString(k.rsa.N.Bytes()))
		member("e", base64.RawURLEncoding.EncodeToString(big.NewInt(int64(k.rsa.E)).Bytes()))
	case k.curve != nil:
		member("x", base64.RawURLEncoding.EncodeToString(k.x))
		member("y", base64.RawURLEncoding.EncodeToString(k.y))
	case k.ed != nil:
		member("x", base64.RawURLEncoding.EncodeToString(k.ed))
	}
	return append(b, '}'), true
}
