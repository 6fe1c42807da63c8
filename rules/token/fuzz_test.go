package token_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"oathgate/internal/tokentest"
	"oathgate/rules/token"
)

// What is read has one spelling, and of all texts only those that the key has signed
// are verified by it.
func FuzzJWT(f *testing.F) {
	signers := []*tokentest.Key{tokentest.New("a", "EdDSA"), tokentest.New("a", "HS256")}
	set := tokentest.Set(signers[0].JWK(), signers[1].JWK())
	keys, err := token.ParseKeys([]byte(set))
	if err != nil {
		f.Fatal(err)
	}
	signed := map[string]bool{}
	for _, k := range signers {
		for _, claims := range []string{`{}`, `{"sub":"alice","exp":2224022400}`, `{"a":[{"b":null}],"c":"\u00e9"}`} {
			tok := k.Sign(claims)
			signed[tok] = true
			f.Add(tok)
			f.Add(tok + "=")
			f.Add(strings.Replace(tok, ".", "..", 1))
			f.Add(tok[:len(tok)-1])
		}
	}
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, raw string) {
		j, err := token.Parse(raw)
		if err != nil {
			return
		}
		parts := strings.Split(raw, ".")
		if len(parts) != 3 || len(raw) > token.MaxToken || j.Algorithm == "" {
			t.Fatalf("accepted: %q", raw)
		}
		if again := j.SigningInput + "." + base64.RawURLEncoding.EncodeToString(j.Signature); again != raw {
			t.Fatalf("%q is %q, too", raw, again)
		}
		for _, part := range parts[:2] {
			text, err := base64.RawURLEncoding.DecodeString(part)
			if err != nil || base64.RawURLEncoding.EncodeToString(text) != part {
				t.Fatalf("%q has two spellings: %v", part, err)
			}
		}
		for _, k := range keys {
			if j.Verify(k, nil) == nil && !signed[raw] {
				t.Fatalf("nobody has signed %q", raw)
			}
		}
	})
}

// A key that is read can be written, and is the same then; and it verifies no token of
// somebody else's.
func FuzzJWKS(f *testing.F) {
	stranger := tokentest.New("s", "EdDSA")
	var tokens []*token.JWT
	for _, alg := range []string{"EdDSA", "HS256", "RS256", "PS256"} {
		j, err := token.Parse(stranger.SignAs(`{"alg":"`+alg+`","kid":"s"}`, `{}`))
		if err != nil {
			f.Fatal(err)
		}
		tokens = append(tokens, j)
	}
	for _, alg := range []string{"RS256", "ES256", "EdDSA", "HS256"} {
		f.Add(tokentest.Set(tokentest.New("k", alg).JWK()))
	}
	f.Add(`{"keys":[]}`)
	f.Add(`{"keys":[{"kty":"RSA","n":"AQ","e":"Aw","use":"sig"},{"kty":"oct","k":"AA"}]}`)
	f.Add(`{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}],"keys":[]}`)
	f.Fuzz(func(t *testing.T, jwks string) {
		keys, err := token.ParseKeys([]byte(jwks))
		if err != nil {
			return
		}
		for _, k := range keys {
			if k.ID != "" && !strings.Contains(jwks, `"`) {
				t.Fatalf("an id from nowhere: %q", k.ID)
			}
			for _, j := range tokens {
				if j.Verify(k, nil) == nil && !strings.Contains(jwks, publicHalf(stranger)) {
					t.Fatalf("%s verifies a stranger's token", jwks)
				}
			}
			public, ok := k.AppendPublic(nil)
			if ok == k.Symmetric() {
				t.Fatalf("a public half of %s: %v", jwks, ok)
			}
			if !ok {
				continue
			}
			again, err := token.ParseKeys([]byte(tokentest.Set(string(public))))
			if err != nil || len(again) != 1 || !again[0].Equal(k) || again[0].Private() {
				t.Fatalf("%s is written as %s: %v", jwks, public, err)
			}
		}
	})
}

// publicHalf is what stands in a JWK of the key and of no other.
func publicHalf(k *tokentest.Key) string {
	_, rest, _ := strings.Cut(k.JWK(), `"x":"`)
	half, _, _ := strings.Cut(rest, `"`)
	return half
}
