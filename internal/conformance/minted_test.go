package conformance

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"oathgate/internal/corpus"
)

// An id_token is told from other tokens, and what is recorded of it says whether its signature is a key's.
func TestMinted(t *testing.T) {
	keys := t.TempDir()
	encode := base64.RawURLEncoding.EncodeToString
	set := `{"keys": [{"kty": "oct", "k": "` + encode([]byte("secret")) + `"}]}`
	if err := os.WriteFile(filepath.Join(keys, "HS256.private.json"), []byte(set), 0o600); err != nil {
		t.Fatal(err)
	}
	token := func(claims, secret string) string {
		text := encode([]byte(`{"alg":"HS256"}`)) + "." + encode([]byte(claims))
		m := hmac.New(sha256.New, []byte(secret))
		m.Write([]byte(text))
		return "Bearer " + text + "." + encode(m.Sum(nil))
	}
	const fresh = `{"iat": 1000, "exp": 1060, "nbf": 1000, "jti": "x", "sub": "alice"}`
	want := func(valid bool) any {
		return map[string]any{
			"header": map[string]any{"alg": "HS256"}, "ttl_s": 60.0, "nbf_minus_iat": 0.0, "signature_valid": valid,
			"claims": map[string]any{"iat": "$volatile", "exp": "$volatile", "nbf": "$volatile", "jti": "$volatile", "sub": "alice"},
		}
	}
	for _, test := range []struct {
		name, value string
		want        any
	}{
		{"signed", token(fresh, "secret"), want(true)},
		{"signed by another", token(fresh, "other"), want(false)},
		{"no jti", token(`{"iat": 1000}`, "secret"), nil},
		{"no iat", token(`{"jti": "x"}`, "secret"), nil},
		{"no token", "Bearer opaque", nil},
		{"another scheme", "Basic " + token(fresh, "secret"), nil},
	} {
		headers, got := minted([]corpus.Header{{Name: "authorization", Value: test.value}}, keys)
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
		if replaced := headers[0].Value == "Bearer $MINTED_JWT"; replaced != (test.want != nil) {
			t.Errorf("%s: %q", test.name, headers[0].Value)
		}
	}
}
