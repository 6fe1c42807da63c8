package token

import (
	"crypto/rand"
	"math/big"
	"testing"
)

// numbers gives a modulus of that many bits and numbers below it, extremes among
// them.
func numbers(t *testing.T, bits int) (m *big.Int, below []*big.Int) {
	t.Helper()
	m, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), uint(bits)))
	if err != nil {
		t.Fatal(err)
	}
	m.SetBit(m, bits-1, 1).SetBit(m, 0, 1)
	below = []*big.Int{big.NewInt(0), big.NewInt(1), new(big.Int).Sub(m, big.NewInt(1))}
	for range 3 {
		x, _ := rand.Int(rand.Reader, m)
		below = append(below, x)
	}
	return m, below
}

func of(x []uint32) *big.Int { return new(big.Int).SetBytes(bigEndian(x, 4*len(x))) }

func TestArithmetic(t *testing.T) {
	for _, bits := range []int{2, 3, 31, 32, 33, 63, 64, 65, 255, 256, 521, 1023, 1024, 1025, 2048} {
		for range 2 {
			n, list := numbers(t, bits)
			m := newModulus(n.Bytes())
			size := len(m.limbs)
			of1 := func(x *big.Int) []uint32 { return limbs(x.Bytes(), size) }
			for _, x := range list {
				for _, y := range list {
					z := make([]uint32, size)
					m.mul(z, m.toMontgomery(of1(x)), of1(y))
					if want := new(big.Int).Mul(x, y); of(z).Cmp(want.Mod(want, n)) != 0 {
						t.Fatalf("%v * %v mod %v: %v", x, y, n, of(z))
					}
					z = of1(x)
					m.sub(z, of1(y))
					if want := new(big.Int).Sub(x, y); of(z).Cmp(want.Mod(want, n)) != 0 {
						t.Fatalf("%v - %v mod %v: %v", x, y, n, of(z))
					}
					if got := of(product(of1(x), of1(y), of1(x))); got.Cmp(new(big.Int).Add(new(big.Int).Mul(x, y), x)) != 0 {
						t.Fatalf("%v * %v + %v: %v", x, y, x, got)
					}
					if got := less(of1(x), of1(y)); got != (x.Cmp(y) < 0) {
						t.Fatalf("%v < %v: %v", x, y, got)
					}
				}
				if got := of(m.exp(of1(x), of1(list[3]))); got.Cmp(new(big.Int).Exp(x, list[3], n)) != 0 {
					t.Fatalf("%v ^ %v mod %v: %v", x, list[3], n, got)
				}
				if got := of(m.expPublic(of1(x), 65537)); got.Cmp(new(big.Int).Exp(x, big.NewInt(65537), n)) != 0 {
					t.Fatalf("%v ^ 65537 mod %v: %v", x, n, got)
				}
				if got := of(m.fromMontgomery(m.toMontgomery(of1(x)))); got.Cmp(x) != 0 {
					t.Fatalf("%v there and back: %v", x, got)
				}
				even := new(big.Int).Sub(n, big.NewInt(1))
				if got := of(reduce(product(of1(x), of1(x), nil), without(m.limbs, 1))); got.Cmp(new(big.Int).Mod(new(big.Int).Mul(x, x), even)) != 0 {
					t.Fatalf("%v² mod %v: %v", x, even, got)
				}
			}
		}
	}
}

func TestWithoutBorrows(t *testing.T) {
	for _, x := range [][]uint32{{1, 0, 1}, {3}, {1, 1}, {1, 0, 0, 7}} {
		if got := of(without(x, 2)); got.Cmp(new(big.Int).Sub(of(x), big.NewInt(2))) != 0 {
			t.Errorf("%v - 2: %v", of(x), got)
		}
	}
}
