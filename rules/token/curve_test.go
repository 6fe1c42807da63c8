package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"math/big"
	"testing"
)

func TestCurves(t *testing.T) {
	for _, e := range []elliptic.Curve{elliptic.P256(), elliptic.P384(), elliptic.P521()} {
		p := e.Params()
		c := curveOf(p.Name)
		if new(big.Int).SetBytes([]byte(c.p)).Cmp(p.P) != 0 || new(big.Int).SetBytes([]byte(c.b)).Cmp(p.B) != 0 || c.bytes != (p.BitSize+7)/8 {
			t.Errorf("%s: other parameters", p.Name)
		}
		for range 5 {
			key, err := ecdsa.GenerateKey(e, rand.Reader)
			if err != nil {
				t.Fatal(err)
			}
			point, _ := key.PublicKey.Bytes()
			bx, by := point[1:1+c.bytes], point[1+c.bytes:]
			if !c.has(bx, by) {
				t.Errorf("%s: a point of it is none", p.Name)
			}
			by[c.bytes-1] ^= 1
			if c.has(bx, by) {
				t.Errorf("%s: what is no point is one", p.Name)
			}
		}
		over := new(big.Int).Add(p.P, big.NewInt(1)).FillBytes(make([]byte, c.bytes))
		if c.has(over, make([]byte, c.bytes)) || c.has(make([]byte, c.bytes), make([]byte, c.bytes)) {
			t.Errorf("%s: a coordinate above p, or 0, is taken", p.Name)
		}
	}
	if curveOf("secp256k1") != nil || curveOf("") != nil {
		t.Error("another curve is known")
	}
}
