package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"testing"
)

// goHost is a Host on Go's own cryptography. Its calls are counted.
type goHost struct{ verified, signed int }

func hashOf(name string) crypto.Hash {
	return map[string]crypto.Hash{"sha256": crypto.SHA256, "sha384": crypto.SHA384, "sha512": crypto.SHA512}[name]
}

func (h *goHost) VerifySignature(hash string, spki, signature, text []byte) (bool, error) {
	h.verified++
	key, err := x509.ParsePKIXPublicKey(spki)
	if err != nil {
		return false, err
	}
	sum := hashOf(hash).New()
	sum.Write(text)
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, hashOf(hash), sum.Sum(nil), signature) == nil, nil
	case *ecdsa.PublicKey:
		return ecdsa.VerifyASN1(key, sum.Sum(nil), signature), nil
	}
	return false, errors.New("another key")
}

func (h *goHost) Sign(hash string, pkcs8, text []byte) ([]byte, error) {
	h.signed++
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, err
	}
	sum := hashOf(hash).New()
	sum.Write(text)
	return key.(crypto.Signer).Sign(rand.Reader, sum.Sum(nil), hashOf(hash))
}

// noHost is a Host that has neither function.
type noHost struct{}

func (noHost) VerifySignature(string, []byte, []byte, []byte) (bool, error) {
	return false, errors.New("no such function")
}

func (noHost) Sign(string, []byte, []byte) ([]byte, error) {
	return nil, errors.New("no such function")
}

func random(p []byte) { _, _ = rand.Read(p) }

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk spells a private key of Go's, or a secret, as a JWK.
func jwk(key any, kid, alg, use string) string {
	var b strings.Builder
	b.WriteString(`{"kid":"` + kid + `","alg":"` + alg + `","use":"` + use + `"`)
	member := func(name string, value []byte) { b.WriteString(`,"` + name + `":"` + b64(value) + `"`) }
	switch key := key.(type) {
	case *rsa.PrivateKey:
		b.WriteString(`,"kty":"RSA","e":"AQAB"`)
		member("n", key.N.Bytes())
		member("d", key.D.Bytes())
		member("p", key.Primes[0].Bytes())
		member("q", key.Primes[1].Bytes())
	case *ecdsa.PrivateKey:
		size := (key.Curve.Params().BitSize + 7) / 8
		point, _ := key.PublicKey.Bytes()
		d, _ := key.Bytes()
		b.WriteString(`,"kty":"EC","crv":"` + key.Curve.Params().Name + `"`)
		member("x", point[1:1+size])
		member("y", point[1+size:])
		member("d", d)
	case ed25519.PrivateKey:
		b.WriteString(`,"kty":"OKP","crv":"Ed25519"`)
		member("x", key[32:])
		member("d", key[:32])
	case []byte:
		b.WriteString(`,"kty":"oct"`)
		member("k", key)
	}
	return b.String() + "}"
}

func keys(t *testing.T, list ...string) []*Key {
	t.Helper()
	k, err := ParseKeys([]byte(`{"keys":[` + strings.Join(list, ",") + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// signers gives a key for each algorithm: made once, RSA keys take long.
var signers = sync.OnceValue(func() map[string]any {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	e256, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	e384, _ := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	e521, _ := ecdsa.GenerateKey(elliptic.P521(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	secret := []byte("a secret of thirty-two bytes ...")
	return map[string]any{
		"RS256": r, "RS384": r, "RS512": r, "PS256": r, "PS384": r, "PS512": r,
		"ES256": e256, "ES384": e384, "ES512": e521, "EdDSA": ed,
		"HS256": secret, "HS384": secret, "HS512": secret,
	}
})

func TestSignAndVerify(t *testing.T) {
	for alg, key := range signers() {
		k := keys(t, jwk(key, "k", alg, "sig"))[0]
		for name, host := range map[string]Host{"host": &goHost{}, "host without functions": noHost{}, "no host": nil} {
			signed, err := Sign(k, "k", []byte(`{"sub":"alice"}`), host, random)
			if _, able := host.(*goHost); NeedsHost(alg) && !able {
				if err == nil {
					t.Errorf("%s, %s: signed", alg, name)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s, %s: %v", alg, name, err)
				continue
			}
			j, err := Parse(signed)
			if err != nil {
				t.Fatal(err)
			}
			if j.Algorithm != alg || j.ID != "k" || j.Type != "JWT" || j.Claims.Get("sub").Text != "alice" {
				t.Errorf("%s: %+v", alg, j)
			}
			if err := j.Verify(k, host); err != nil {
				t.Errorf("%s, %s: %v", alg, name, err)
			}
			j.Signature[len(j.Signature)/2] ^= 1
			if err := j.Verify(k, host); err != ErrSignature {
				t.Errorf("%s, %s: a flipped bit: %v", alg, name, err)
			}
		}
	}
}
