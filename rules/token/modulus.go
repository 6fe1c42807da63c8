package token

import "math/bits"

// modulus is an odd number above 1 and what arithmetic modulo it needs. Numbers are
// limbs of 32 bits, the least significant first, as many as the modulus has; in
// Wasm a product of two limbs is one instruction. Numbers in Montgomery form are
// multiplied by R, 2 to the number of bits in all limbs (Montgomery 1985;
// Menezes, Handbook of Applied Cryptography, algorithm 14.36).
//
// crypto/rsa and math/big would add 0.4 MB to the module, most of it for making and
// checking keys. Nothing here branches on a number or reads memory at a place that
// depends on one, but where a comment says so.
type modulus struct {
	limbs []uint32
	// inverse is -1/limbs[0] modulo 2^32.
	inverse uint32
	// one and square are R and R² modulo the modulus.
	one, square []uint32
}

// newModulus takes a big-endian number that is odd and above 1, without zero bytes
// in front.
func newModulus(b []byte) *modulus {
	m := &modulus{limbs: limbs(b, (len(b)+3)/4)}
	inverse := uint32(1)
	for range 5 { // each round doubles the number of right bits
		inverse *= 2 - m.limbs[0]*inverse
	}
	m.inverse = -inverse

	// From the modulus' highest bit alone, doubled until it has gone up to R.
	n := len(m.limbs)
	size := bitLen(m.limbs)
	m.one = make([]uint32, n)
	m.one[(size-1)/32] = 1 << ((size - 1) % 32)
	for range 32*n - size + 1 {
		double(m.one, 0, m.limbs)
	}
	// 2^t times R, from t = 0 to t = 32n: squared t doubles, doubled it grows by one.
	x, y := append([]uint32(nil), m.one...), make([]uint32, n)
	for i := bits.Len(uint(32*n)) - 1; i >= 0; i-- {
		m.mul(y, x, x)
		x, y = y, x
		if 32*n>>i&1 == 1 {
			double(x, 0, m.limbs)
		}
	}
	m.square = x
	return m
}

// mul sets z to x times y divided by R. z is neither x nor y.
func (m *modulus) mul(z, x, y []uint32) {
	mod := m.limbs
	n := len(mod)
	z, x, y = z[:n], x[:n], y[:n]
	clear(z)
	top := uint64(0) // the limb above z
	for _, yi := range y {
		s := uint64(x[0])*uint64(yi) + uint64(z[0])
		q := uint32(s) * m.inverse
		u := uint64(q)*uint64(mod[0]) + uint64(uint32(s))
		s >>= 32
		u >>= 32
		for j := 1; j < n; j++ {
			s += uint64(x[j])*uint64(yi) + uint64(z[j])
			u += uint64(q)*uint64(mod[j]) + uint64(uint32(s))
			z[j-1] = uint32(u)
			s >>= 32
			u >>= 32
		}
		top += s + u
		z[n-1] = uint32(top)
		top >>= 32
	}
	subtract(z, uint32(top), mod)
}

// toMontgomery gives x times R; x is below the modulus.
func (m *modulus) toMontgomery(x []uint32) []uint32 {
	z := make([]uint32, len(m.limbs))
	m.mul(z, x, m.square)
	return z
}

// fromMontgomery is toMontgomery's reverse.
func (m *modulus) fromMontgomery(x []uint32) []uint32 {
	z, one := make([]uint32, len(m.limbs)), make([]uint32, len(m.limbs))
	one[0] = 1
	m.mul(z, x, one)
	return z
}

// expPublic gives x to the power of e, which is not 0; its time depends on e.
func (m *modulus) expPublic(x []uint32, e uint32) []uint32 {
	base := m.toMontgomery(x)
	z, t := append([]uint32(nil), base...), make([]uint32, len(base))
	for i := bits.Len32(e) - 2; i >= 0; i-- {
		m.mul(t, z, z)
		z, t = t, z
		if e>>i&1 == 1 {
			m.mul(t, z, base)
			z, t = t, z
		}
	}
	return m.fromMontgomery(z)
}

// exp gives x to the power of e. Its time depends on e's length alone.
func (m *modulus) exp(x, e []uint32) []uint32 {
	n := len(m.limbs)
	var powers [16][]uint32
	powers[0], powers[1] = m.one, m.toMontgomery(x)
	for i := 2; i < len(powers); i++ {
		powers[i] = make([]uint32, n)
		m.mul(powers[i], powers[i-1], powers[1])
	}
	z, t, power := append([]uint32(nil), m.one...), make([]uint32, n), make([]uint32, n)
	for i := len(e) - 1; i >= 0; i-- {
		for shift := 28; shift >= 0; shift -= 4 {
			for range 4 {
				m.mul(t, z, z)
				z, t = t, z
			}
			clear(power)
			wanted := e[i] >> shift & 15
			for k := range powers {
				mask := same(uint32(k), wanted)
				for j, limb := range powers[k] {
					power[j] |= limb & mask
				}
			}
			m.mul(t, z, power)
			z, t = t, z
		}
	}
	return m.fromMontgomery(z)
}

// sub sets x to x minus y; both are below the modulus.
func (m *modulus) sub(x, y []uint32) {
	mask := uint32(-take(x, y, ^uint32(0)))
	carry := uint64(0)
	for i := range x {
		carry += uint64(x[i]) + uint64(m.limbs[i]&mask)
		x[i] = uint32(carry)
		carry >>= 32
	}
}

// reduce gives x modulo mod, which need not be odd.
func reduce(x, mod []uint32) []uint32 {
	z := make([]uint32, len(mod))
	for i := len(x) - 1; i >= 0; i-- {
		for shift := 31; shift >= 0; shift-- {
			double(z, x[i]>>shift&1, mod)
		}
	}
	return z
}

// double sets x, which is below mod, to 2x plus bit modulo mod.
func double(x []uint32, bit uint32, mod []uint32) {
	for i, limb := range x {
		x[i] = limb<<1 | bit
		bit = limb >> 31
	}
	subtract(x, bit, mod)
}

// subtract takes mod from x and the limb top above it, if that leaves no less than
// 0. top is 0 or 1.
func subtract(x []uint32, top uint32, mod []uint32) {
	below := uint64(0)
	for i := range x {
		below = (uint64(x[i]) - uint64(mod[i]) - below) >> 63
	}
	take(x, mod, -(top | (1 - uint32(below))))
}

// take sets x to x minus y, y's limbs under a mask, and gives what is borrowed from
// above: 0 or 1.
func take(x, y []uint32, mask uint32) (borrow uint64) {
	for i := range x {
		d := uint64(x[i]) - uint64(y[i]&mask) - borrow
		x[i] = uint32(d)
		borrow = d >> 63
	}
	return borrow
}

// same is all ones if a is b, else 0; both are below 2^31.
func same(a, b uint32) uint32 { return uint32(int32((a^b)-1) >> 31) }

// product gives x times y plus z.
func product(x, y, z []uint32) []uint32 {
	p := make([]uint32, len(x)+len(y))
	copy(p, z)
	for i, xi := range x {
		c := uint64(0)
		for j, yj := range y {
			c += uint64(xi)*uint64(yj) + uint64(p[i+j])
			p[i+j] = uint32(c)
			c >>= 32
		}
		for k := i + len(y); k < len(p); k++ {
			c += uint64(p[k])
			p[k] = uint32(c)
			c >>= 32
		}
	}
	return p
}

// limbs reads a big-endian number that fits in n limbs.
func limbs(b []byte, n int) []uint32 {
	z := make([]uint32, n)
	for i, c := range b {
		at := len(b) - 1 - i
		z[at/4] |= uint32(c) << (at % 4 * 8)
	}
	return z
}

// bigEndian writes x in size bytes, of which it needs no more.
func bigEndian(x []uint32, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		if at := size - 1 - i; at/4 < len(x) {
			b[i] = byte(x[at/4] >> (at % 4 * 8))
		}
	}
	return b
}

// bitLen and less depend on the numbers, which are public.

func bitLen(x []uint32) int {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i] != 0 {
			return 32*i + bits.Len32(x[i])
		}
	}
	return 0
}

func less(x, y []uint32) bool {
	for i := len(x) - 1; i >= 0; i-- {
		if x[i] != y[i] {
			return x[i] < y[i]
		}
	}
	return false
}
