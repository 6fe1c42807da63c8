// Package credentials makes keys for signing, as JSON Web Key Sets (Oathkeeper: cmd/credentials_generate.go,
// oryx/jwksx/generator.go).
package credentials

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// Algorithms are those that there are keys for.
var Algorithms = []string{
	"HS256", "HS384", "HS512", "ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
}

// key is a JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037 section 2), in the order in which go-jose writes it.
type key struct {
	Use       string `json:"use"`
	Type      string `json:"kty"`
	ID        string `json:"kid"`
	Curve     string `json:"crv,omitempty"`
	Algorithm string `json:"alg"`
	Secret    number `json:"k,omitempty"`
	X         number `json:"x,omitempty"`
	Y         number `json:"y,omitempty"`
	N         number `json:"n,omitempty"`
	E         number `json:"e,omitempty"`
	D         number `json:"d,omitempty"`
	P         number `json:"p,omitempty"`
	Q         number `json:"q,omitempty"`
	DP        number `json:"dp,omitempty"`
	DQ        number `json:"dq,omitempty"`
	QInv      number `json:"qi,omitempty"`
}

// number is bytes in base64url without padding.
type number []byte

func (n number) MarshalJSON() ([]byte, error) {
	return json.Marshal(base64.RawURLEncoding.EncodeToString(n))
}

// Generate makes a private key for an algorithm and gives the set that holds it, in JSON. An empty id is chosen at
// random; bits is 0 for a good length. The set is a secret.
func Generate(id, algorithm string, bits int) ([]byte, error) {
	if id == "" {
		id = newID()
	}
	k := key{Use: "sig", ID: id, Algorithm: algorithm}
	var err error
	switch family, _, _ := strings.Cut(algorithm, "S"); {
	case algorithm == "EdDSA":
		err = k.ed25519(bits)
	case algorithm == "ES256":
		err = k.ec(elliptic.P256(), bits)
	case algorithm == "ES384":
		err = k.ec(elliptic.P384(), bits)
	case algorithm == "ES512":
		err = k.ec(elliptic.P521(), bits)
	case !known(algorithm):
		err = fmt.Errorf("%q is not one of %s", algorithm, strings.Join(Algorithms, ", "))
	case family == "H":
		err = k.hmac(bits)
	default:
		err = k.rsa(bits)
	}
	if err != nil {
		return nil, err
	}
	return json.MarshalIndent(map[string][]key{"keys": {k}}, "", "  ")
}

func known(algorithm string) bool {
	for _, a := range Algorithms {
		if a == algorithm {
			return true
		}
	}
	return false
}

// maxBits is the longest key that the filter reads (rules/token).
const maxBits = 8192

// within checks a length.
func (k *key) within(bits, least int) error {
	if bits < least || bits > maxBits {
		return fmt.Errorf("a key for %s has %d to %d bits", k.Algorithm, least, maxBits)
	}
	return nil
}

// hmac makes a secret. Its default lengths are Oathkeeper's.
func (k *key) hmac(bits int) error {
	lengths := map[string]struct{ least, usual int }{"HS256": {256, 256}, "HS384": {384, 384}, "HS512": {512, 1024}}[k.Algorithm]
	if bits == 0 {
		bits = lengths.usual
	}
	if err := k.within(bits, lengths.least); err != nil {
		return err
	}
	if bits%8 != 0 {
		return fmt.Errorf("the bits of a key for %s must be a multiple of 8", k.Algorithm)
	}
	k.Type, k.Secret = "oct", make([]byte, bits/8)
	_, err := rand.Read(k.Secret)
	return err
}

func (k *key) rsa(bits int) error {
	if bits == 0 {
		bits = 2048
	}
	if err := k.within(bits, 2048); err != nil {
		return err
	}
	p, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		return err
	}
	k.Type = "RSA"
	k.N, k.E = p.N.Bytes(), big.NewInt(int64(p.E)).Bytes()
	k.D = p.D.FillBytes(make([]byte, len(k.N))) // RFC 7518 section 6.3.2.1
	k.P, k.Q = p.Primes[0].Bytes(), p.Primes[1].Bytes()
	k.DP, k.DQ, k.QInv = p.Precomputed.Dp.Bytes(), p.Precomputed.Dq.Bytes(), p.Precomputed.Qinv.Bytes()
	return nil
}

// fixed refuses another length than the one that there is.
func (k *key) fixed(bits, size int) error {
	if bits != 0 && bits != size {
		return fmt.Errorf("a key for %s has %d bits and no others", k.Algorithm, size)
	}
	return nil
}

func (k *key) ec(curve elliptic.Curve, bits int) error {
	if err := k.fixed(bits, curve.Params().BitSize); err != nil {
		return err
	}
	p, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		return err
	}
	point, err := p.PublicKey.Bytes()
	if err != nil {
		return err
	}
	d, err := p.Bytes()
	if err != nil {
		return err
	}
	half := len(point) / 2
	k.Type, k.Curve = "EC", curve.Params().Name
	k.X, k.Y, k.D = point[1:1+half], point[1+half:], d
	return nil
}

func (k *key) ed25519(bits int) error {
	if err := k.fixed(bits, 256); err != nil {
		return err
	}
	public, p, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	k.Type, k.Curve, k.X, k.D = "OKP", "Ed25519", number(public), p.Seed()
	return nil
}

// newID is a random UUID (RFC 9562 section 5.4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}
