// Package tokentest makes keys, key sets and tokens for tests, also such as no
// issuer would make, with Go's own cryptography.
package tokentest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"math/big"
	"strings"
)

// Key signs tokens of one algorithm.
type Key struct {
	ID, Algorithm string
	private       any
}

// New makes a key for an algorithm.
func New(id, algorithm string) *Key {
	k := &Key{ID: id, Algorithm: algorithm}
	var err error
	switch algorithm[:2] {
	case "RS", "PS":
		k.private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES":
		curve := map[string]elliptic.Curve{"ES256": elliptic.P256(), "ES384": elliptic.P384(), "ES512": elliptic.P521()}[algorithm]
		k.private, err = ecdsa.GenerateKey(curve, rand.Reader)
	case "Ed":
		_, k.private, err = ed25519.GenerateKey(rand.Reader)
	case "HS":
		secret := make([]byte, 64)
		_, err = rand.Read(secret)
		k.private = secret
	}
	if err != nil || k.private == nil {
		panic("no key for " + algorithm)
	}
	return k
}

// As is the same key under another id and for another algorithm.
func (k *Key) As(id, algorithm string) *Key {
	return &Key{ID: id, Algorithm: algorithm, private: k.private}
}

// Secret is a key for HMAC whose secret is known.
func Secret(id, algorithm string, secret []byte) *Key {
	return &Key{ID: id, Algorithm: algorithm, private: secret}
}

// JWK is the key's public half, or its secret, as a JSON Web Key.
func (k *Key) JWK() string { return k.JWKFor("sig") }

// JWKFor is JWK with another `use`; "" leaves it out.
func (k *Key) JWKFor(use string) string {
	var b strings.Builder
	member := func(name, value string) {
		if value != "" {
			b.WriteString(`"` + name + `":"` + value + `",`)
		}
	}
	member("use", use)
	member("alg", k.Algorithm)
	switch p := k.private.(type) {
	case *rsa.PrivateKey:
		member("kty", "RSA")
		member("n", Encode(p.N.Bytes()))
		member("e", Encode(big.NewInt(int64(p.E)).Bytes()))
	case *ecdsa.PrivateKey:
		point, err := p.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		half := len(point) / 2
		member("kty", "EC")
		member("crv", p.Params().Name)
		member("x", Encode(point[1:1+half]))
		member("y", Encode(point[1+half:]))
	case ed25519.PrivateKey:
		member("kty", "OKP")
		member("crv", "Ed25519")
		member("x", Encode(p.Public().(ed25519.PublicKey)))
	case []byte:
		member("kty", "oct")
		member("k", Encode(p))
	}
	return "{" + b.String() + `"kid":"` + k.ID + `"}`
}

// PrivateJWK is JWK with the private part.
func (k *Key) PrivateJWK() string {
	s := strings.TrimSuffix(k.JWK(), "}")
	member := func(name string, value []byte) { s += `,"` + name + `":"` + Encode(value) + `"` }
	switch p := k.private.(type) {
	case *rsa.PrivateKey:
		member("d", p.D.Bytes())
		member("p", p.Primes[0].Bytes())
		member("q", p.Primes[1].Bytes())
	case *ecdsa.PrivateKey:
		d, err := p.Bytes()
		if err != nil {
			panic(err)
		}
		member("d", d)
	case ed25519.PrivateKey:
		member("d", p.Seed())
	}
	return s + "}"
}

// Set is a JSON Web Key Set of JWKs.
func Set(jwks ...string) string { return `{"keys":[` + strings.Join(jwks, ",") + `]}` }

// Encode is base64url without padding.
func Encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// Sign makes a token of claims, in JSON.
func (k *Key) Sign(claims string) string {
	return k.SignAs(`{"alg":"`+k.Algorithm+`","kid":"`+k.ID+`","typ":"JWT"}`, claims)
}

// SignAs makes a token of a header and claims as they stand, signed with the key's
// own algorithm whatever the header says.
func (k *Key) SignAs(header, claims string) string {
	text := Encode([]byte(header)) + "." + Encode([]byte(claims))
	return text + "." + Encode(k.Signature([]byte(text)))
}

// Signature signs a text.
func (k *Key) Signature(text []byte) (signature []byte) {
	if p, ok := k.private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(p, text)
	}
	h := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[k.Algorithm[2:]]
	if secret, ok := k.private.([]byte); ok {
		mac := hmac.New(h.New, secret)
		mac.Write(text)
		return mac.Sum(nil)
	}
	sum := h.New()
	sum.Write(text)
	var err error
	switch p := k.private.(type) {
	case *rsa.PrivateKey:
		if strings.HasPrefix(k.Algorithm, "PS") {
			signature, err = rsa.SignPSS(rand.Reader, p, h, sum.Sum(nil), nil)
		} else {
			signature, err = rsa.SignPKCS1v15(rand.Reader, p, h, sum.Sum(nil))
		}
	case *ecdsa.PrivateKey:
		var r, s *big.Int
		if r, s, err = ecdsa.Sign(rand.Reader, p, sum.Sum(nil)); err == nil {
			size := (p.Params().BitSize + 7) / 8
			signature = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...)
		}
	}
	if err != nil {
		panic(err)
	}
	return signature
}

// Verify reports whether a token's signature is the key's.
func (k *Key) Verify(raw string) bool {
	at := strings.LastIndexByte(raw, '.')
	if at < 0 {
		return false
	}
	text := []byte(raw[:at])
	signature, err := base64.RawURLEncoding.DecodeString(raw[at+1:])
	if err != nil {
		return false
	}
	if p, ok := k.private.(ed25519.PrivateKey); ok {
		return ed25519.Verify(p.Public().(ed25519.PublicKey), text, signature)
	}
	if _, ok := k.private.([]byte); ok {
		return hmac.Equal(signature, k.Signature(text))
	}
	h := map[string]crypto.Hash{"256": crypto.SHA256, "384": crypto.SHA384, "512": crypto.SHA512}[k.Algorithm[2:]]
	sum := h.New()
	sum.Write(text)
	switch p := k.private.(type) {
	case *rsa.PrivateKey:
		if strings.HasPrefix(k.Algorithm, "PS") {
			return rsa.VerifyPSS(&p.PublicKey, h, sum.Sum(nil), signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
		return rsa.VerifyPKCS1v15(&p.PublicKey, h, sum.Sum(nil), signature) == nil
	case *ecdsa.PrivateKey:
		size := (p.Params().BitSize + 7) / 8
		return len(signature) == 2*size &&
			ecdsa.Verify(&p.PublicKey, sum.Sum(nil), new(big.Int).SetBytes(signature[:size]), new(big.Int).SetBytes(signature[size:]))
	}
	return false
}
