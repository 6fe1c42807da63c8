package token

import "testing"

func TestProbe(t *testing.T) {
	for _, c := range []struct {
		host Host
		want Lack
	}{{&goHost{}, Lack{}}, {noHost{}, Lack{true, true}}, {nil, Lack{true, true}}, {verifies{}, Lack{Sign: true}}, {agrees{}, Lack{true, true}}} {
		if got := Probe(c.host); got != c.want {
			t.Errorf("%T: %+v, want %+v", c.host, got, c.want)
		}
	}
	l := Lack{Verify: true, Sign: true}
	for alg, want := range map[string]bool{"ES256": true, "ES384": true, "ES512": true, "RS256": false, "PS256": false, "EdDSA": false, "HS256": false} {
		if l.Verifying(alg) != want || l.Signing(alg) != want || (Lack{}).Verifying(alg) || (Lack{}).Signing(alg) {
			t.Errorf("%s: want %v", alg, want)
		}
	}
}

// verifies is a host as Envoy 1.36: it does not sign.
type verifies struct{ noHost }

func (verifies) VerifySignature(hash string, spki, signature, text []byte) (bool, error) {
	return (&goHost{}).VerifySignature(hash, spki, signature, text)
}

// agrees is a host that takes every signature.
type agrees struct{ noHost }

func (agrees) VerifySignature(string, []byte, []byte, []byte) (bool, error) { return true, nil }
