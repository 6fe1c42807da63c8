package token

import (
	"crypto"
	_ "crypto/sha256" // crypto.SHA256
	_ "crypto/sha512" // crypto.SHA384, crypto.SHA512
)

// family is a kind of signature.
type family uint8

const (
	familyNone family = iota
	familyRS          // RSASSA-PKCS1-v1_5 (RFC 7518 section 3.3)
	familyPS          // RSASSA-PSS (section 3.5)
	familyES          // ECDSA (section 3.4)
	familyHS          // HMAC (section 3.2)
	familyEd          // Ed25519 (RFC 8037 section 3.1)
)

// algorithm is what an `alg` value stands for.
type algorithm struct {
	family family
	hash   crypto.Hash
	// hashName is hash as Host knows it.
	hashName string
	// curve is ECDSA's: each algorithm has its own.
	curve *curve
}

// algorithmOf gives the algorithm of a name; its family is familyNone for any
// other name, `none` among them.
func algorithmOf(name string) (a algorithm) {
	if name == "EdDSA" {
		return algorithm{family: familyEd}
	}
	if len(name) != 5 {
		return a
	}
	switch name[2:] {
	case "256":
		a = algorithm{hash: crypto.SHA256, hashName: "sha256", curve: p256}
	case "384":
		a = algorithm{hash: crypto.SHA384, hashName: "sha384", curve: p384}
	case "512":
		a = algorithm{hash: crypto.SHA512, hashName: "sha512", curve: p521}
	default:
		return a
	}
	switch name[:2] {
	case "RS":
		a.family = familyRS
	case "PS":
		a.family = familyPS
	case "ES":
		a.family = familyES
	case "HS":
		a.family = familyHS
	}
	return a
}

// KnownAlgorithm reports whether name is an algorithm that this package verifies
// and signs.
func KnownAlgorithm(name string) bool { return algorithmOf(name).family != familyNone }

// NeedsHost reports whether signatures of that algorithm are the host's alone:
// ECDSA is (Go's would make the module 1.5 MB larger).
func NeedsHost(name string) bool { return algorithmOf(name).family == familyES }

func (a algorithm) digest(text []byte) []byte {
	h := a.hash.New()
	h.Write(text)
	return h.Sum(nil)
}
