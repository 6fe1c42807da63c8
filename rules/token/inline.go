package token

import (
	"encoding/base64"
	"errors"
	"strings"
)

// inlineScheme begins a URL that holds what others point to, in standard base64
// with padding: Oathkeeper's own form for access rules (access_rules.repositories).
const inlineScheme = "inline://"

// InlineURL is the URL that holds a JWK set itself. The command writes it where a
// configuration names a file (`file:///etc/keys.json`), which a filter in Envoy
// cannot read; whoever configures the filter by hand writes it too.
func InlineURL(jwks []byte) string {
	return inlineScheme + base64.StdEncoding.EncodeToString(jwks)
}

// InlineKeys gives the JWK set in a URL that InlineURL made: in a handler's
// `jwks_url` and `jwks_urls`. ok is false for a URL of another scheme, which is to
// be fetched or refused. Such a URL may hold private keys: no message may quote it.
func InlineKeys(url string) (jwks []byte, ok bool, err error) {
	encoded, ok := strings.CutPrefix(url, inlineScheme)
	if !ok {
		return nil, false, nil
	}
	if base64.StdEncoding.DecodedLen(len(encoded)) > MaxKeys+2 {
		return nil, true, errors.New("longer than 256 KiB")
	}
	if jwks, err = base64.StdEncoding.DecodeString(encoded); err != nil {
		return nil, true, errors.New("what follows inline:// is not base64")
	}
	return jwks, true, nil
}
