package token

import (
	"errors"
	"strings"

	"oathgate/rules/tree"
)

// MaxToken is the longest token accepted, in bytes (DESIGN §5).
const MaxToken = 16 << 10

// JWT is a JSON Web Token (RFC 7519) in compact JWS form (RFC 7515 section 7.1).
// Nothing in it may be believed before Verify.
type JWT struct {
	// Algorithm, ID and Type are `alg`, `kid` and `typ`; the last two are "" where
	// they are missing.
	Algorithm, ID, Type string
	// Claims is the payload, an object.
	Claims *tree.Node
	// SigningInput is what is signed.
	SigningInput string
	Signature    []byte
}

// Parse reads a token. It refuses whatever two readers could take differently:
// padding, unused bits and line breaks in base64url, duplicate members, text that
// is not UTF-8, JSON deeper than 32 levels, and `crit` (RFC 7515 section 4.1.11:
// none of its extensions is understood).
func Parse(raw string) (*JWT, error) {
	if len(raw) > MaxToken {
		return nil, errors.New("the token is longer than 16 KiB")
	}
	first, second := strings.IndexByte(raw, '.'), strings.LastIndexByte(raw, '.')
	if first < 0 || first == second || strings.IndexByte(raw[first+1:second], '.') >= 0 {
		return nil, errors.New("the token does not have three parts")
	}
	j := &JWT{SigningInput: raw[:second]}
	header, err := object(raw[:first])
	if err != nil {
		return nil, errors.New("the token's header: " + err.Error())
	}
	if j.Claims, err = object(raw[first+1 : second]); err != nil {
		return nil, errors.New("the token's claims: " + err.Error())
	}
	ok := false
	if j.Signature, ok = decode(raw[second+1:]); !ok {
		return nil, errors.New("the token's signature is not base64url without padding")
	}
	if header.Get("crit") != nil {
		return nil, errors.New("the token's header has crit, of which nothing is understood")
	}
	for i, to := range [...]*string{&j.Algorithm, &j.ID, &j.Type} {
		name := [...]string{"alg", "kid", "typ"}[i]
		if n := header.Get(name); n != nil {
			if n.Kind != tree.String {
				return nil, errors.New("the token's " + name + " is not a string")
			}
			*to = n.Text
		}
	}
	if j.Algorithm == "" {
		return nil, errors.New("the token's header has no alg")
	}
	return j, nil
}

func object(encoded string) (*tree.Node, error) {
	b, ok := decode(encoded)
	if !ok {
		return nil, errors.New("is not base64url without padding")
	}
	n, err := tree.ParseJSON(b, tree.Limits{})
	if err != nil {
		return nil, err
	}
	if n.Kind != tree.Object {
		return nil, errors.New("is not a JSON object")
	}
	return n, nil
}
