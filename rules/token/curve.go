package token

import "math/big"

// curve is a curve of NIST's, y² = x³ - 3x + b over the integers modulo p (FIPS
// 186-4 appendix D.1.2), as JWK names it and X.509 does.
type curve struct {
	name string
	// bytes is the length of a coordinate and of half a signature.
	bytes int
	// oid is the object identifier's DER, with tag and length.
	oid string
	// p and b are hexadecimal.
	p, b string
}

var (
	p256 = &curve{
		"P-256", 32, "\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
	}
	p384 = &curve{
		"P-384", 48, "\x06\x05\x2b\x81\x04\x00\x22",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
		"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
	}
	p521 = &curve{
		"P-521", 66, "\x06\x05\x2b\x81\x04\x00\x23",
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff" +
			"ffffffffffffffffffffffffffffffff",
		"0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf07" +
			"3573df883d2c34f1ef451fd46b503f00",
	}
)

func curveOf(name string) *curve {
	switch name {
	case p256.name:
		return p256
	case p384.name:
		return p384
	case p521.name:
		return p521
	}
	return nil
}

// has reports whether x and y, both big-endian, are a point of the curve.
func (c *curve) has(x, y []byte) bool {
	p, _ := new(big.Int).SetString(c.p, 16)
	b, _ := new(big.Int).SetString(c.b, 16)
	px, py := new(big.Int).SetBytes(x), new(big.Int).SetBytes(y)
	if px.Cmp(p) >= 0 || py.Cmp(p) >= 0 {
		return false
	}
	right := new(big.Int).Mul(px, px)
	right.Sub(right, big.NewInt(3))
	right.Mul(right, px)
	right.Add(right, b)
	right.Mod(right, p)
	left := py.Mul(py, py)
	return left.Mod(left, p).Cmp(right) == 0
}
