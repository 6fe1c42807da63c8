package token

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"slices"
	"strings"
	"testing"
)

// signed makes a token and the key for it.
func signed(t *testing.T, alg string, key any) (*JWT, *Key) {
	t.Helper()
	k := keys(t, jwk(key, "k", alg, "sig"))[0]
	raw, err := Sign(k, "k", []byte(`{"sub":"alice"}`), &goHost{}, random)
	if err != nil {
		t.Fatal(err)
	}
	j, err := Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return j, k
}

// Every bit of a signature counts, and so does its length; for every algorithm,
// with a host, and without where there is a way.
func TestEveryBitCounts(t *testing.T) {
	for alg, key := range signers() {
		j, k := signed(t, alg, key)
		hosts := []Host{&goHost{}}
		if !NeedsHost(alg) {
			hosts = append(hosts, nil)
		}
		for _, host := range hosts {
			if err := j.Verify(k, host); err != nil {
				t.Fatalf("%s: %v", alg, err)
			}
			good := slices.Clone(j.Signature)
			bad := func(name string, signature []byte) {
				t.Helper()
				j.Signature = signature
				if err := j.Verify(k, host); err != ErrSignature {
					t.Errorf("%s, %s: %v", alg, name, err)
				}
				j.Signature = good
			}
			step := 1
			if alg[2:] != "256" && alg != "EdDSA" || host == nil {
				step = 13 // only the hash is another, or the host
			}
			for bit := 0; bit < 8*len(good); bit += step {
				flipped := slices.Clone(good)
				flipped[bit/8] ^= 1 << (bit % 8)
				bad("a flipped bit", flipped)
			}
			for _, n := range []int{0, 1, len(good) / 2, len(good) - 1} {
				bad("truncated", good[:n])
			}
			bad("longer", append(slices.Clone(good), 0))
			bad("zero in front", append([]byte{0}, good...))
			bad("nothing but zeros", make([]byte, len(good)))
			bad("nothing but ones", bytes.Repeat([]byte{0xff}, len(good)))
			if NeedsHost(alg) {
				bad("DER", rawToDER(good))
				bad("DER in the length of r and s", rawToDER(good)[:len(good)])
				bad("s and r", append(slices.Clone(good[len(good)/2:]), good[:len(good)/2]...))
			}
		}
	}
}

// No algorithm takes another one's key, nor `none` any.
func TestConfusion(t *testing.T) {
	all := signers()
	r := all["RS256"].(*rsa.PrivateKey)
	kty := map[string]string{"RS": "RSA", "PS": "RSA", "HS": "oct"} // each ES its own curve
	tokens := map[string]*JWT{}
	for alg, key := range all {
		tokens[alg], _ = signed(t, alg, key)
	}
	for of, key := range all {
		// A key that names no algorithm: only its type tells.
		k := keys(t, jwk(key, "k", "", "sig"))[0]
		named := keys(t, jwk(key, "k", of, "sig"))[0]
		for alg, j := range tokens {
			err := j.Verify(k, &goHost{})
			fits := alg == of || kty[alg[:2]] != "" && kty[alg[:2]] == kty[of[:2]]
			if (err == nil) != fits {
				t.Errorf("%s with the key of %s: %v", alg, of, err)
			}
			if alg != of && j.Verify(named, &goHost{}) == nil {
				t.Errorf("%s with a key for %s", alg, of)
			}
		}
		for _, alg := range []string{"none", "None", "", "rs256", "HS1", "RS1", "ES256K", "Ed25519", "RSA256", "XX256", "HS256 "} {
			j := &JWT{Algorithm: alg, SigningInput: "a.b", Signature: nil}
			if j.Verify(k, &goHost{}) == nil {
				t.Errorf("%q with the key of %s", alg, of)
			}
		}
	}
	// The classic: the public key, in whatever spelling, as the secret of an HMAC.
	public := keys(t, jwk(r, "k", "", "sig"))[0]
	for _, secret := range [][]byte{public.spki, r.N.Bytes(), []byte(jwk(r, "k", "", "sig"))} {
		j, _ := signed(t, "HS256", secret)
		if j.Verify(public, &goHost{}) == nil {
			t.Error("an HMAC by the public key passes")
		}
	}
}

func TestKeysThatMustNotBeUsed(t *testing.T) {
	j, _ := signed(t, "HS256", []byte("secret"))
	for _, use := range []string{"", "enc", "SIG"} {
		if j.Verify(keys(t, jwk([]byte("secret"), "k", "HS256", use))[0], nil) == nil {
			t.Errorf("use %q passes", use)
		}
	}
	short, err := rsa.GenerateKey(rand.Reader, 2047)
	if err != nil {
		t.Fatal(err)
	}
	k := keys(t, jwk(short, "k", "RS256", "sig"))[0]
	if _, err := Sign(k, "k", []byte("{}"), nil, random); err == nil || !strings.Contains(err.Error(), "shorter than 2048") {
		t.Errorf("a short key signs: %v", err)
	}
	text := []byte("a.b")
	signature, err := k.rsa.power(k.rsa.encodePKCS1(algorithmOf("RS256"), text))
	if err != nil {
		t.Fatal(err)
	}
	j = &JWT{Algorithm: "RS256", SigningInput: string(text), Signature: signature}
	if err := j.Verify(k, nil); err == nil || !strings.Contains(err.Error(), "shorter than 2048") {
		t.Errorf("a short key verifies: %v", err)
	}
	for _, alg := range []string{"", "none", "ES256", "HS256"} {
		k.Algorithm = alg
		if _, err := Sign(k, "k", []byte("{}"), &goHost{}, random); err == nil {
			t.Errorf("signed as %q with an RSA key", alg)
		}
	}
}

// The host is asked first for what it knows, and never for the rest.
func TestHostIsAsked(t *testing.T) {
	for alg, key := range signers() {
		host := &goHost{}
		k := keys(t, jwk(key, "k", alg, "sig"))[0]
		raw, err := Sign(k, "k", []byte("{}"), host, random)
		if err != nil {
			t.Fatal(err)
		}
		j, _ := Parse(raw)
		_ = j.Verify(k, host)
		want := 0
		if alg[:2] == "RS" || alg[:2] == "ES" {
			want = 1
		}
		if host.verified != want || host.signed != want {
			t.Errorf("%s: verified %d and signed %d by the host", alg, host.verified, host.signed)
		}
	}
}

func TestDER(t *testing.T) {
	for _, size := range []int{32, 48, 66} {
		for _, r := range [][]byte{{1}, {0x80}, {0xff, 0}, bytes.Repeat([]byte{0xff}, size), bytes.Repeat([]byte{0x7f}, size-1)} {
			raw := make([]byte, 2*size)
			copy(raw[size-len(r):], r)
			raw[2*size-1] = 3
			back, ok := derToRaw(rawToDER(raw), size)
			if !ok || !bytes.Equal(back, raw) {
				t.Errorf("%x there and back: %x", raw, back)
			}
			if _, ok := derToRaw(rawToDER(raw), len(r)-1); ok {
				t.Errorf("%x is taken in %d bytes", r, len(r)-1)
			}
		}
	}
	for name, b := range map[string]string{
		"empty":              "",
		"a set":              "\x31\x06\x02\x01\x01\x02\x01\x01",
		"something behind":   "\x30\x06\x02\x01\x01\x02\x01\x01\x00",
		"something inside":   "\x30\x08\x02\x01\x01\x02\x01\x01\x05\x00",
		"one number":         "\x30\x03\x02\x01\x01",
		"too short":          "\x30\x06\x02\x01\x01\x02\x01",
		"negative":           "\x30\x06\x02\x01\x81\x02\x01\x01",
		"zero":               "\x30\x06\x02\x01\x00\x02\x01\x01",
		"zeros in front":     "\x30\x07\x02\x02\x00\x01\x02\x01\x01",
		"no number":          "\x30\x05\x02\x00\x02\x01\x01",
		"a long length":      "\x30\x81\x06\x02\x01\x01\x02\x01\x01",
		"a length of length": "\x30\x82\x00\x06\x02\x01\x01\x02\x01\x01",
	} {
		if raw, ok := derToRaw([]byte(b), 32); ok {
			t.Errorf("%s: %x", name, raw)
		}
	}
}

func TestInlineKeys(t *testing.T) {
	const set = `{"keys":[]}`
	got, ok, err := InlineKeys(InlineURL([]byte(set)))
	if string(got) != set || !ok || err != nil {
		t.Errorf("%s %v %v", got, ok, err)
	}
	for _, url := range []string{"http://a/keys", "file:///a", "", "INLINE://"} {
		if _, ok, err := InlineKeys(url); ok || err != nil {
			t.Errorf("%s: %v %v", url, ok, err)
		}
	}
	for _, url := range []string{"inline://!", "inline://e30", InlineURL(make([]byte, MaxKeys+3))} {
		if _, ok, err := InlineKeys(url); !ok || err == nil || strings.Contains(err.Error(), "e30") {
			t.Errorf("%.20s: %v %v", url, ok, err)
		}
	}
}
