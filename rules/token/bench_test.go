package token

import "testing"

const benchClaims = `{"iss":"https://issuer.example.com/","sub":"248289761001","aud":["api","web"],"exp":4102444800,"iat":1700000000,"jti":"5b7c2f0e","scope":"openid profile read write","email":"alice@example.com"}`

// signedFor gives a token of an algorithm and the key that verifies it, for the benchmarks.
func signedFor(tb testing.TB, algorithm string) (raw string, k *Key) {
	tb.Helper()
	set, err := ParseKeys([]byte(`{"keys":[` + jwk(signers()[algorithm], "k", algorithm, "sig") + `]}`))
	if err != nil {
		tb.Fatal(err)
	}
	if raw, err = Sign(set[0], "k", []byte(benchClaims), &goHost{}, random); err != nil {
		tb.Fatal(err)
	}
	return raw, set[0]
}

// What has never been seen is parsed and verified: these allocations are a request's.
func TestVerifyAllocates(t *testing.T) {
	for algorithm, most := range map[string]float64{"RS256": 13, "HS256": 7, "EdDSA": 1} {
		raw, key := signedFor(t, algorithm)
		j, err := Parse(raw)
		if err != nil {
			t.Fatal(err)
		}
		if n := testing.AllocsPerRun(20, func() { _, _ = Parse(raw) }); n > 20 {
			t.Errorf("%s: parsing makes %v allocations", algorithm, n)
		}
		if n := testing.AllocsPerRun(20, func() { err = j.Verify(key, nil) }); err != nil || n > most {
			t.Errorf("%s: verifying makes %v allocations, at most %v wanted; %v", algorithm, n, most, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	raw, _ := signedFor(b, "RS256")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify verifies in Go, without a host's help.
func BenchmarkVerify(b *testing.B) {
	for _, algorithm := range []string{"RS256", "PS256", "HS256", "EdDSA"} {
		raw, key := signedFor(b, algorithm)
		j, err := Parse(raw)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(algorithm, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := j.Verify(key, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
		if j.Signature[0] ^= 1; j.Verify(key, nil) == nil {
			b.Fatal("a wrong signature is verified")
		}
	}
}
