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
	"math/big"
	"strings"
	"testing"
)

func TestKeysRefused(t *testing.T) {
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	other, _ := rsa.GenerateKey(rand.Reader, 2048)
	e, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, ed, _ := ed25519.GenerateKey(rand.Reader)
	set := func(jwk string) string { return `{"keys":[` + jwk + `]}` }
	rsaKey, ecKey, edKey := jwk(r, "k", "RS256", "sig"), jwk(e, "k", "ES256", "sig"), jwk(ed, "k", "EdDSA", "sig")
	for name, c := range map[string]struct{ text, want string }{
		"empty":              {"", "is empty"},
		"not JSON":           {"garbage", "not JSON"},
		"null":               {"null", "not a JSON Web Key Set"},
		"a list":             {"[]", "not a JSON Web Key Set"},
		"no keys":            {"{}", "not a JSON Web Key Set"},
		"keys null":          {`{"keys":null}`, "not a JSON Web Key Set"},
		"two sets":           {`{"keys":[]}{"keys":[]}`, "something follows"},
		"duplicate keys":     {`{"keys":[],"keys":[]}`, "stands twice"},
		"duplicate members":  {set(`{"kty":"oct","k":"AA","k":"BB"}`), "stands twice"},
		"too long":           {set(`{"kty":"oct","k":"` + strings.Repeat("A", MaxKeys) + `"}`), "longer than"},
		"too deep":           {set(`{"kty":"oct","k":"AA","x":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`), "nested deeper"},
		"a key is a string":  {set(`"k"`), "keys[0]: is not an object"},
		"kid is a number":    {set(`{"kty":"oct","k":"AA","kid":1}`), "kid is not a string"},
		"no kty":             {set(`{"k":"AA"}`), "kty is none of"},
		"another kty":        {set(`{"kty":"AKP"}`), "kty is none of"},
		"kty in lower case":  {set(`{"kty":"rsa"}`), "kty is none of"},
		"second key":         {set(`{"kty":"oct","k":"AA"},{"kty":"oct"}`), "keys[1]: k is missing"},
		"oct, k empty":       {set(`{"kty":"oct","k":""}`), "k is empty"},
		"oct, k null":        {set(`{"kty":"oct","k":null}`), "k is missing"},
		"padding":            {set(`{"kty":"oct","k":"AA=="}`), "k is not base64url"},
		"unused bits":        {set(`{"kty":"oct","k":"AB"}`), "k is not base64url"},
		"base64, not url":    {set(`{"kty":"oct","k":"++++"}`), "k is not base64url"},
		"line break":         {set(`{"kty":"oct","k":"AA\nAA"}`), "k is not base64url"},
		"RSA, no e":          {set(strings.Replace(rsaKey, `"e"`, `"x"`, 1)), "e is missing"},
		"RSA, e of 1":        {set(strings.Replace(rsaKey, `"AQAB"`, `"AQ"`, 1)), "n or e is no RSA number"},
		"RSA, e even":        {set(strings.Replace(rsaKey, `"AQAB"`, `"Ag"`, 1)), "n or e is no RSA number"},
		"RSA, e of 32 bits":  {set(strings.Replace(rsaKey, `"AQAB"`, `"_____w"`, 1)), "n or e is no RSA number"},
		"RSA, e of 40 bits":  {set(strings.Replace(rsaKey, `"AQAB"`, `"AQAAAAE"`, 1)), "n or e is no RSA number"},
		"RSA, n even":        {set(`{"kty":"RSA","e":"AQAB","n":"_g"}`), "n or e is no RSA number"},
		"RSA, n empty":       {set(`{"kty":"RSA","e":"AQAB","n":""}`), "n or e is no RSA number"},
		"RSA, n too long":    {set(`{"kty":"RSA","e":"AQAB","n":"` + strings.Repeat("_", 1368) + `"}`), "n is longer than 8192 bits"},
		"RSA, three primes":  {set(strings.Replace(rsaKey, `{`, `{"oth":[],`, 1)), "more than two primes"},
		"RSA, d without p":   {set(strings.Replace(rsaKey, `"p"`, `"p_"`, 1)), "p is missing"},
		"RSA, another d":     {set(strings.Replace(rsaKey, b64(r.D.Bytes()), b64(other.D.Bytes()), 1)), "do not belong"},
		"RSA, another p":     {set(strings.Replace(rsaKey, b64(r.Primes[0].Bytes()), b64(other.Primes[0].Bytes()), 1)), "do not belong"},
		"RSA, p of 1":        {set(strings.Replace(rsaKey, b64(r.Primes[0].Bytes()), "AQ", 1)), "do not belong"},
		"RSA, p empty":       {set(strings.Replace(rsaKey, b64(r.Primes[0].Bytes()), "", 1)), "do not belong"},
		"EC, another curve":  {set(strings.Replace(ecKey, "P-256", "secp256k1", 1)), "crv is none of"},
		"EC, longer curve":   {set(strings.Replace(ecKey, "P-256", "P-384", 1)), "x is not 48 bytes long"},
		"EC, not a point":    {set(`{"kty":"EC","crv":"P-256","x":"` + b64(make([]byte, 32)) + `","y":"` + b64(make([]byte, 32)) + `"}`), "not a point"},
		"EC, short d":        {set(ecKey[:strings.LastIndex(ecKey, `"d"`)] + `"d":"AA"}`), "d is not 32 bytes long"},
		"OKP, another curve": {set(strings.Replace(edKey, "Ed25519", "Ed448", 1)), "crv is not Ed25519"},
		"OKP, X25519":        {set(strings.Replace(edKey, "Ed25519", "X25519", 1)), "crv is not Ed25519"},
		"OKP, short x":       {set(`{"kty":"OKP","crv":"Ed25519","x":"AA"}`), "x is not 32 bytes long"},
		"x5c not base64":     {set(`{"x5c":["?"],` + rsaKey[1:]), "no certificate of this key"},
		"x5c no list":        {set(`{"x5c":{},` + rsaKey[1:]), "x5c is not a list"},
		"x5c a number":       {set(`{"x5c":[1],` + rsaKey[1:]), "no certificate of this key"},
		"x5c of another key": {set(`{"x5c":["` + certificate(t, other) + `"],` + rsaKey[1:]), "no certificate of this key"},
		"x5c of a secret":    {set(`{"x5c":["` + certificate(t, other) + `"],"kty":"oct","k":"AA"}`), "no certificate of this key"},
		"OKP, another d":     {set(strings.Replace(edKey, b64(ed[:32]), b64(make([]byte, 32)), 1)), "d does not belong to x"},
	} {
		if k, err := ParseKeys([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, %v, want %q", name, k, err, c.want)
		}
	}
}

// certificate is a certificate of a key, as in x5c.
func certificate(t *testing.T, key crypto.Signer) string {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func TestCertificates(t *testing.T) {
	for alg, key := range signers() {
		if signer, ok := key.(crypto.Signer); ok {
			keys(t, `{"x5c":["`+certificate(t, signer)+`","AAAA"],`+jwk(key, "k", alg, "sig")[1:])
		}
	}
	keys(t, `{"kty":"oct","k":"AA","x5c":null}`, `{"kty":"oct","k":"AA","x5c":[]}`)
}

func TestKeysTaken(t *testing.T) {
	k := keys(t,
		`{"kty":"oct","k":"AA","kid":null,"key_ops":["verify"],"exp":1}`,
		`{"kty":"RSA","kid":"leading zeros","e":"AAEAAQ","n":"AADx"}`)
	if k[0].ID != "" || !k[0].Private() || !k[0].Symmetric() || k[1].Private() || k[1].Symmetric() || k[1].rsa.bits != 8 {
		t.Errorf("%+v", k)
	}
	if none := keys(t); len(none) != 0 {
		t.Errorf("%v", none)
	}
}

// What is published is the public half: it verifies, and it does not sign.
func TestPublicHalf(t *testing.T) {
	for alg, key := range signers() {
		k := keys(t, jwk(key, "a kid", alg, "sig"))[0]
		text, ok := k.AppendPublic(nil)
		if k.Symmetric() {
			if ok || len(text) != 0 {
				t.Errorf("%s: a secret is published: %s", alg, text)
			}
			continue
		}
		if !ok {
			t.Fatalf("%s: nothing", alg)
		}
		public := keys(t, string(text))[0]
		if public.Private() || !public.Equal(k) || strings.Contains(string(text), `"d"`) {
			t.Errorf("%s: %s", alg, text)
		}
		signed, err := Sign(k, "k", []byte(`{}`), &goHost{}, random)
		if err != nil {
			t.Fatal(err)
		}
		j, err := Parse(signed)
		if err != nil || j.Verify(public, &goHost{}) != nil {
			t.Errorf("%s: not verified", alg)
		}
		if _, err := Sign(public, "k", []byte(`{}`), &goHost{}, random); err == nil {
			t.Errorf("%s: signed without a private part", alg)
		}
	}
}

func TestPublicHalfSpelling(t *testing.T) {
	k := keys(t, `{"alg":"ES256","kid":"\"k","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","crv":"P-256","kty":"EC"}`)[0]
	const want = `{"kty":"EC","kid":"\"k","crv":"P-256","alg":"ES256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU","y":"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}`
	if got, _ := k.AppendPublic(nil); string(got) != want {
		t.Errorf("%s", got)
	}
}

func TestEqual(t *testing.T) {
	const one = `{"kty":"oct","k":"AA","kid":"k","alg":"HS256","use":"sig"}`
	a := keys(t, one)[0]
	if !a.Equal(keys(t, one)[0]) {
		t.Error("the same key differs")
	}
	for _, other := range []string{
		strings.Replace(one, "AA", "AQ", 1), strings.Replace(one, `"k","alg"`, `"l","alg"`, 1),
		strings.Replace(one, "HS256", "HS512", 1), strings.Replace(one, "sig", "enc", 1),
	} {
		if a.Equal(keys(t, other)[0]) {
			t.Errorf("%s is the same key", other)
		}
	}
}
