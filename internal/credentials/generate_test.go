package credentials

import (
	"crypto/rand"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"oathgate/rules/token"
	"oathgate/sdkhost/wazerohost"
)

// What is made is read by the filter, and signs tokens that it verifies.
func TestGenerate(t *testing.T) {
	for _, algorithm := range Algorithms {
		set, err := Generate("", algorithm, 0)
		if err != nil {
			t.Fatal(algorithm, err)
		}
		keys, err := token.ParseKeys(set)
		if err != nil || len(keys) != 1 {
			t.Fatalf("%s: %v, %d keys", algorithm, err, len(keys))
		}
		k := keys[0]
		if !k.Private() || k.Algorithm != algorithm || k.Use != "sig" || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(k.ID) {
			t.Errorf("%s: private %v, alg %s, use %s, kid %s", algorithm, k.Private(), k.Algorithm, k.Use, k.ID)
		}
		raw, err := token.Sign(k, k.ID, []byte(`{"sub":"a"}`), wazerohost.Crypto{}, random)
		if err != nil {
			t.Fatal(algorithm, err)
		}
		j, err := token.Parse(raw)
		if err != nil {
			t.Fatal(algorithm, err)
		}
		if err := j.Verify(k, wazerohost.Crypto{}); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		j.Signature[1] ^= 1
		if j.Verify(k, wazerohost.Crypto{}) == nil {
			t.Errorf("%s: another signature is good too", algorithm)
		}
	}
}

func random(p []byte) { _, _ = rand.Read(p) }

func TestLengths(t *testing.T) {
	for _, c := range []struct {
		algorithm string
		bits      int
		bytes     int // of the number, 0 if it is refused
	}{
		{"RS256", 3072, 384},
		{"RS256", 2047, 0},
		{"PS512", 1024, 0},
		{"RS256", 8200, 0},
		{"RS256", -1, 0},
		{"HS256", 256, 32},
		{"HS256", 248, 0},
		{"HS256", 257, 0},
		{"HS384", 0, 48},
		{"HS384", 383, 0},
		{"HS512", 0, 128},
		{"HS512", 512, 64},
		{"HS512", 8200, 0},
		{"ES256", 256, 32},
		{"ES256", 384, 0},
		{"ES512", 521, 66},
		{"ES512", 512, 0},
		{"EdDSA", 256, 32},
		{"EdDSA", 255, 0},
		{"", 0, 0},
		{"none", 0, 0},
		{"rs256", 0, 0},
		{"RS1", 0, 0},
		{"HS", 0, 0},
	} {
		set, err := Generate("me", c.algorithm, c.bits)
		if (err == nil) != (c.bytes > 0) {
			t.Errorf("%s %d: %v", c.algorithm, c.bits, err)
		}
		if err != nil {
			if set != nil {
				t.Errorf("%s %d: a key beside an error", c.algorithm, c.bits)
			}
			continue
		}
		var read struct {
			Keys []struct{ Kid, K, X, N string }
		}
		if err := json.Unmarshal(set, &read); err != nil {
			t.Fatal(err)
		}
		k := read.Keys[0]
		if got := len(strings.TrimRight(k.K+k.X+k.N, "=")) * 3 / 4; got != c.bytes || k.Kid != "me" {
			t.Errorf("%s %d: %d bytes, kid %s", c.algorithm, c.bits, got, k.Kid)
		}
	}
}

// No two keys are alike.
func TestKeysDiffer(t *testing.T) {
	a, _ := Generate("k", "ES256", 0)
	b, _ := Generate("k", "ES256", 0)
	if string(a) == string(b) {
		t.Error("twice the same key")
	}
}
