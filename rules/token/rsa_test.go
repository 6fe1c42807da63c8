package token

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"math/big"
	"strings"
	"testing"
)

// unequal makes a key of two primes of those lengths.
func unequal(t *testing.T, p, q int) *rsa.PrivateKey {
	t.Helper()
	for {
		a, err := rand.Prime(rand.Reader, p)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := rand.Prime(rand.Reader, q)
		n, one := new(big.Int).Mul(a, b), big.NewInt(1)
		phi := new(big.Int).Mul(new(big.Int).Sub(a, one), new(big.Int).Sub(b, one))
		if d := new(big.Int).ModInverse(big.NewInt(65537), phi); d != nil && n.Bit(0) == 1 {
			return &rsa.PrivateKey{PublicKey: rsa.PublicKey{N: n, E: 65537}, D: d, Primes: []*big.Int{a, b}}
		}
	}
}

// What Go's crypto/rsa signs is verified here, and the reverse, for moduli of every
// remainder modulo 8: PSS leaves a byte out where it is 1.
func TestAgainstGo(t *testing.T) {
	var list []*rsa.PrivateKey
	for _, bits := range []int{1024, 2048, 2049, 2050, 2051, 2052, 2053, 2054, 2055, 3072} {
		key, err := rsa.GenerateKey(rand.Reader, bits)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, key)
	}
	list = append(list, unequal(t, 900, 1200), unequal(t, 1200, 900))
	text := []byte("text")
	sum := sha256.Sum256(text)
	a := algorithmOf("RS256")
	for _, key := range list {
		k := keys(t, jwk(key, "k", "RS256", "sig"))[0].rsa
		if k.bits != key.N.BitLen() {
			t.Fatalf("%d bits, want %d", k.bits, key.N.BitLen())
		}
		mine, err := k.power(k.encodePKCS1(a, text))
		if err != nil || rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], mine) != nil {
			t.Errorf("%d: PKCS #1: %v", k.bits, err)
		}
		theirs, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
		if err != nil || !k.verifyPKCS1(a, text, theirs) {
			t.Errorf("%d: PKCS #1 of Go's: %v", k.bits, err)
		}
		mine, err = k.power(k.encodePSS(a, text, random))
		exact := rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		if err != nil || rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, sum[:], mine, &exact) != nil || !k.verifyPSS(a, text, mine) {
			t.Errorf("%d: PSS: %v", k.bits, err)
		}
		for _, salt := range []int{rsa.PSSSaltLengthAuto, rsa.PSSSaltLengthEqualsHash, 1, 20} {
			theirs, err = rsa.SignPSS(rand.Reader, key, crypto.SHA256, sum[:], &rsa.PSSOptions{SaltLength: salt})
			if err != nil || !k.verifyPSS(a, text, theirs) {
				t.Errorf("%d: PSS of Go's, salt %d: %v", k.bits, salt, err)
			}
			if k.verifyPSS(a, []byte("other"), theirs) || k.verifyPKCS1(a, text, theirs) {
				t.Errorf("%d: another text or padding passes", k.bits)
			}
		}
	}
}

// Whatever stands in an encoded message, both judge alike: most of it is nearly right.
func TestNearlyRightMessages(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k := keys(t, jwk(key, "k", "RS256", "sig"))[0].rsa
	a := algorithmOf("RS256")
	text := []byte("text")
	sum := sha256.Sum256(text)
	good := map[string]int{}
	judge := func(name string, em []byte) {
		t.Helper()
		signature, err := k.power(em)
		if err != nil {
			t.Fatal(err)
		}
		pkcs1 := rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, sum[:], signature) == nil
		pss := rsa.VerifyPSS(&key.PublicKey, crypto.SHA256, sum[:], signature, nil) == nil
		if k.verifyPKCS1(a, text, signature) != pkcs1 || k.verifyPSS(a, text, signature) != pss {
			t.Errorf("%s: Go says %v and %v", name, pkcs1, pss)
		}
		if pkcs1 || pss {
			good[name]++
		}
	}
	judge("PKCS #1", k.encodePKCS1(a, text))
	judge("PSS", k.encodePSS(a, text, random))
	for _, at := range []int{1, 2, 3, 100, 200, 202, 203, 204, 205, 210, 220, 223, 224, 254, 255} {
		em := k.encodePKCS1(a, text)
		em[at] ^= 1
		judge("PKCS #1 changed", em)
		em = k.encodePSS(a, text, random)
		em[at] ^= 1
		judge("PSS changed", em)
	}
	if len(good) != 2 || good["PKCS #1"] != 1 || good["PSS"] != 1 {
		t.Errorf("good: %v", good)
	}
	n := bigEndian(k.n.limbs, k.size())
	signature, _ := k.power(k.encodePKCS1(a, text))
	sum2 := new(big.Int).Add(new(big.Int).SetBytes(signature), new(big.Int).SetBytes(n))
	if sum2.BitLen() <= 2048 && k.verifyPKCS1(a, text, sum2.Bytes()) {
		t.Error("a signature above the modulus passes")
	}
	if k.verifyPKCS1(a, text, n) || k.verifyPSS(a, text, n) || k.verifyPKCS1(a, text, make([]byte, 256)) {
		t.Error("n or 0 passes for a signature")
	}
}

// The inverse of q may stand in a key, and is not believed.
func TestInverseOfQ(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	right := key.Precomputed.Qinv.Bytes()
	without := jwk(key, "k", "RS256", "sig")
	for name, qi := range map[string][]byte{"right": right, "wrong": key.D.Bytes()[:100], "long": key.D.Bytes(), "zero": {0}} {
		k := keys(t, strings.Replace(without, `{`, `{"qi":"`+b64(qi)+`",`, 1))[0].rsa
		if got := bytes.TrimLeft(bigEndian(k.private.qInv, 256), "\x00"); !bytes.Equal(got, right) {
			t.Errorf("%s: %x, want %x", name, got, right)
		}
		if _, err := k.power(k.encodePKCS1(algorithmOf("RS256"), []byte("text"))); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// One wrong half of a signature gives the primes away: it must not leave.
func TestFaultsAreKeptBack(t *testing.T) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	k := keys(t, jwk(key, "k", "RS256", "sig"))[0].rsa
	for _, x := range [][]uint32{k.private.dp, k.private.dq, k.private.qInv} {
		x[3] ^= 1
		if _, err := k.power(k.encodePKCS1(algorithmOf("RS256"), []byte("text"))); err == nil {
			t.Error("signed with a wrong key")
		}
		x[3] ^= 1
	}
	if _, err := k.power(k.encodePKCS1(algorithmOf("RS256"), []byte("text"))); err != nil {
		t.Error(err)
	}
}
