package token

import (
	"bytes"
	"crypto/subtle"
	"errors"
)

// rsaKey is an RSA public key, and perhaps the private one (RFC 8017 section 3).
type rsaKey struct {
	n *modulus
	// bits is the length of n.
	bits int
	e    uint32
	// private is nil in a public key.
	private *rsaPrivate
}

// rsaPrivate is the second form of section 3.2: for the Chinese remainder theorem.
type rsaPrivate struct {
	d      []uint32
	p, q   *modulus
	dp, dq []uint32
	qInv   []uint32
}

// size is the length of a signature in bytes.
func (k *rsaKey) size() int { return (k.bits + 7) / 8 }

// newPrivate completes a private key: d, p and q are big-endian, without zeros in
// front. It refuses numbers that do not sign for the public key. qi, which is 1/q modulo
// p, saves time: anything else, or nothing, will do.
func (k *rsaKey) newPrivate(d, p, q, qi []byte) error {
	wrong := errors.New("d, p and q do not belong to n and e")
	if !isModulus(p) || !isModulus(q) || len(d) > k.size() {
		return wrong
	}
	r := &rsaPrivate{p: newModulus(p), q: newModulus(q), d: limbs(d, len(k.n.limbs))}
	n := product(r.p.limbs, r.q.limbs, nil)
	if bitLen(n) != k.bits || !bytes.Equal(bigEndian(n, k.size()), bigEndian(k.n.limbs, k.size())) {
		return wrong
	}
	// Where e·d is 1 modulo p-1 and q-1 the key signs: no signature has to be tried at every load.
	e, ok := []uint32{k.e}, false
	r.dp, ok = inverse(r.d, e, without(r.p.limbs, 1))
	if ok {
		r.dq, ok = inverse(r.d, e, without(r.q.limbs, 1))
	}
	if !ok {
		return wrong
	}
	if len(qi) > len(p) {
		qi = nil
	}
	if r.qInv, ok = inverse(limbs(qi, (len(qi)+3)/4), r.q.limbs, r.p.limbs); !ok {
		// Fermat: q to the power of p-2 is 1/q modulo p.
		r.qInv = r.p.exp(reduce(r.q.limbs, r.p.limbs), without(r.p.limbs, 2))
	}
	k.private = r
	return nil
}

// inverse gives x modulo mod; false if that is not the inverse of y.
func inverse(x, y, mod []uint32) ([]uint32, bool) {
	x = reduce(x, mod)
	one := reduce(product(x, y, nil), mod)
	return x, one[0] == 1 && bitLen(one) == 1
}

// isModulus reports whether b is an odd number above 1 without zeros in front.
func isModulus(b []byte) bool {
	return len(b) > 0 && b[0] != 0 && b[len(b)-1]&1 == 1 && (len(b) > 1 || b[0] > 1)
}

// without is x less a number that its lowest limb holds: x is odd and above 1.
func without(x []uint32, less uint32) []uint32 {
	z := append([]uint32(nil), x...)
	for i := range z {
		before := z[i]
		z[i] -= less
		if z[i] <= before {
			break
		}
		less = 1
	}
	return z
}

// open is RSAVP1 (section 5.2.2): what a signature of the right length holds, in as
// many bytes; false if it is not below the modulus.
func (k *rsaKey) open(signature []byte) ([]byte, bool) {
	s := limbs(signature, len(k.n.limbs))
	if !less(s, k.n.limbs) {
		return nil, false
	}
	return bigEndian(k.n.expPublic(s, k.e), k.size()), true
}

// power is RSASP1 (section 5.2.1) of a message of the signature's length, which is
// below the modulus. The result is checked: one wrong half gives p and q away.
func (k *rsaKey) power(message []byte) ([]byte, error) {
	r := k.private
	m := limbs(message, len(k.n.limbs))
	m1 := r.p.exp(reduce(m, r.p.limbs), r.dp)
	m2 := r.q.exp(reduce(m, r.q.limbs), r.dq)
	r.p.sub(m1, reduce(m2, r.p.limbs))
	h := make([]uint32, len(m1))
	r.p.mul(h, m1, r.p.toMontgomery(r.qInv))
	signature := bigEndian(product(h, r.q.limbs, m2), k.size())
	if opened, ok := k.open(signature); !ok || subtle.ConstantTimeCompare(opened, message) == 0 {
		return nil, errors.New("the RSA key does not sign")
	}
	return signature, nil
}

// digestInfo is the DER in front of a hash (section 9.2, note 1).
func (a algorithm) digestInfo() []byte {
	size := byte(a.hash.Size())
	const sha2 = "\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02"
	last := map[byte]byte{32: 1, 48: 2, 64: 3}[size]
	return append(append([]byte{tagSequence, 17 + size}, sha2...), last, 5, 0, tagOctets, size)
}

// encodePKCS1 is EMSA-PKCS1-v1_5 (section 9.2).
func (k *rsaKey) encodePKCS1(a algorithm, text []byte) []byte {
	info, sum := a.digestInfo(), a.digest(text)
	em := bytes.Repeat([]byte{0xff}, k.size())
	at := len(em) - len(sum) - len(info)
	em[0], em[1], em[at-1] = 0, 1, 0
	copy(em[at:], info)
	copy(em[at+len(info):], sum)
	return em
}

// verifyPKCS1 is RSASSA-PKCS1-V1_5-VERIFY (section 8.2.2).
func (k *rsaKey) verifyPKCS1(a algorithm, text, signature []byte) bool {
	em, ok := k.open(signature)
	return ok && bytes.Equal(em, k.encodePKCS1(a, text))
}

// verifyPSS is RSASSA-PSS-VERIFY (section 8.1.2) with MGF1 of the same hash and a
// salt of any length, as in Oathkeeper (golang-jwt, rsa_pss.go, VerifyOptions).
func (k *rsaKey) verifyPSS(a algorithm, text, signature []byte) bool {
	em, ok := k.open(signature)
	if !ok {
		return false
	}
	em, unused := k.pssBlock(em)
	hLen := a.hash.Size()
	if em == nil || len(em) < hLen+2 || em[len(em)-1] != 0xbc || em[0]&^(0xff>>unused) != 0 {
		return false
	}
	db, h := em[:len(em)-hLen-1], em[len(em)-hLen-1:len(em)-1]
	a.mask(db, h)
	db[0] &= 0xff >> unused
	salt := bytes.TrimLeft(db, "\x00")
	if len(salt) == 0 || salt[0] != 1 {
		return false
	}
	return bytes.Equal(h, a.pssHash(text, salt[1:]))
}

// encodePSS is EMSA-PSS-ENCODE (section 9.1.1) with a salt as long as the hash (RFC
// 7518 section 3.5).
func (k *rsaKey) encodePSS(a algorithm, text []byte, random func([]byte)) []byte {
	message := make([]byte, k.size())
	em, unused := k.pssBlock(message)
	hLen := a.hash.Size()
	db, h := em[:len(em)-hLen-1], em[len(em)-hLen-1:len(em)-1]
	salt := db[len(db)-hLen:]
	random(salt)
	copy(h, a.pssHash(text, salt))
	db[len(db)-hLen-1] = 1
	a.mask(db, h)
	db[0] &= 0xff >> unused
	em[len(em)-1] = 0xbc
	return message
}

// pssBlock is the part of a message that EMSA-PSS fills, one bit shorter than the
// modulus, and how many bits of its first byte it leaves out; nil if there is
// something in front of it.
func (k *rsaKey) pssBlock(message []byte) (em []byte, unused int) {
	emLen := (k.bits - 1 + 7) / 8
	for _, b := range message[:len(message)-emLen] {
		if b != 0 {
			return nil, 0
		}
	}
	return message[len(message)-emLen:], 8*emLen - (k.bits - 1)
}

// pssHash is the hash H of EMSA-PSS.
func (a algorithm) pssHash(text, salt []byte) []byte {
	h := a.hash.New()
	h.Write(make([]byte, 8))
	h.Write(a.digest(text))
	h.Write(salt)
	return h.Sum(nil)
}

// mask exclusive-ors b with MGF1 of seed (appendix B.2.1).
func (a algorithm) mask(b, seed []byte) {
	h := a.hash.New()
	for i := byte(0); len(b) > 0; i++ { // 16 KiB of a key would need a second byte
		h.Reset()
		h.Write(seed)
		h.Write([]byte{0, 0, 0, i})
		n := subtle.XORBytes(b, b, h.Sum(nil))
		b = b[n:]
	}
}
