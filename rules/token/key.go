package token

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strconv"

	"oathgate/rules/tree"
)

// Limits of keys.
const (
	// MaxKeys is the longest JWK set accepted, in bytes (DESIGN §5).
	MaxKeys = 256 << 10
	// minRSABits is what RFC 7518 sections 3.3 and 3.5 ask of a key that is used.
	minRSABits = 2048
	// maxRSABits bounds the time that one signature takes.
	maxRSABits = 8192
)

// Key is one JSON Web Key (RFC 7517), with or without its private part. It is
// read-only.
type Key struct {
	// ID, Algorithm and Use are `kid`, `alg` and `use`, "" where they are missing.
	ID, Algorithm, Use string

	// One of these is set, for kty RSA, EC, OKP and oct.
	rsa    *rsaKey
	curve  *curve
	ed     ed25519.PublicKey
	secret []byte

	// x and y are the point of an EC key.
	x, y []byte
	// spki is the public key in DER as Host takes it; of RSA and EC keys.
	spki []byte

	// The private parts, nil where there is none.
	edPrivate ed25519.PrivateKey
	// pkcs8 is the private key in DER as Host takes it; of RSA and EC keys.
	pkcs8 []byte
}

// Private reports whether the key can sign: it has its private part, or is
// symmetric.
func (k *Key) Private() bool { return k.pkcs8 != nil || k.edPrivate != nil || k.secret != nil }

// Symmetric reports whether the key has no public half.
func (k *Key) Symmetric() bool { return k.secret != nil }

// Equal reports whether both verify the same tokens under the same name.
func (k *Key) Equal(o *Key) bool {
	return k.ID == o.ID && k.Algorithm == o.Algorithm && k.Use == o.Use &&
		bytes.Equal(k.spki, o.spki) && bytes.Equal(k.ed, o.ed) && bytes.Equal(k.secret, o.secret)
}

// ParseKeys reads a JWK set (RFC 7517 section 5). A key that cannot be read spoils
// the set, as in Oathkeeper (go-jose v3, JSONWebKeySet); RFC 7517 would rather
// ignore it. What says nothing of the key itself (x5t, x5u, key_ops and others) is
// not read. The error names the place and quotes no value.
func ParseKeys(jwks []byte) ([]*Key, error) {
	set, err := tree.ParseJSON(jwks, tree.Limits{Bytes: MaxKeys})
	if err != nil {
		return nil, err
	}
	list := set.Get("keys")
	if list == nil || list.Kind != tree.Array {
		return nil, errors.New("not a JSON Web Key Set: an object with a list `keys` is expected")
	}
	keys := make([]*Key, 0, len(list.Items))
	for i, n := range list.Items {
		k, err := parseKey(n)
		if err != nil {
			return nil, errors.New("keys[" + strconv.Itoa(i) + "]: " + err.Error())
		}
		keys = append(keys, k)
	}
	return keys, nil
}

func parseKey(n *tree.Node) (*Key, error) {
	if n.Kind != tree.Object {
		return nil, errors.New("is not an object")
	}
	p := &keyParser{n: n}
	k := &Key{ID: p.text("kid"), Algorithm: p.text("alg"), Use: p.text("use")}
	switch p.text("kty") {
	case "RSA":
		p.rsa(k)
	case "EC":
		p.ec(k)
	case "OKP":
		p.okp(k)
	case "oct":
		if k.secret = p.bytes("k"); len(k.secret) == 0 {
			p.fail("k is empty")
		}
	default:
		p.fail("kty is none of RSA, EC, OKP and oct")
	}
	p.certificates(k)
	if p.err != nil {
		return nil, p.err
	}
	return k, nil
}

// keyParser reads the members of one key and keeps the first mistake.
type keyParser struct {
	n   *tree.Node
	err error
}

func (p *keyParser) fail(message string) {
	if p.err == nil {
		p.err = errors.New(message)
	}
}

func (p *keyParser) has(name string) bool {
	n := p.n.Get(name)
	return n != nil && n.Kind != tree.Null
}

// text gives a string, "" if it is missing.
func (p *keyParser) text(name string) string {
	if !p.has(name) {
		return ""
	}
	n := p.n.Get(name)
	if n.Kind != tree.String {
		p.fail(name + " is not a string")
	}
	return n.Text
}

// bytes gives what base64url encodes, which must be there.
func (p *keyParser) bytes(name string) []byte {
	if !p.has(name) {
		p.fail(name + " is missing")
		return nil
	}
	b, ok := decode(p.text(name))
	if !ok {
		p.fail(name + " is not base64url without padding")
	}
	return b
}

func (p *keyParser) sized(name string, size int) []byte {
	b := p.bytes(name)
	if len(b) != size {
		p.fail(name + " is not " + strconv.Itoa(size) + " bytes long")
	}
	return b
}

// number gives a big-endian number without zeros in front.
func (p *keyParser) number(name string) []byte { return bytes.TrimLeft(p.bytes(name), "\x00") }

// rsa reads RFC 7518 section 6.3. The primes must stand beside a private exponent,
// as go-jose wants them; what follows from d, p and q is not read (dp, dq) or not
// believed (qi).
func (p *keyParser) rsa(k *Key) {
	n, e := p.number("n"), p.number("e")
	if p.err != nil {
		return
	}
	if len(n) > maxRSABits/8 {
		p.fail("n is longer than " + strconv.Itoa(maxRSABits) + " bits")
		return
	}
	if !isModulus(n) || !isModulus(e) || len(e) > 4 || e[0] > 0x7f && len(e) == 4 {
		p.fail("n or e is no RSA number: both are odd, and e is from 3 to 2147483647")
		return
	}
	m := newModulus(n)
	k.rsa = &rsaKey{n: m, bits: bitLen(m.limbs), e: limbs(e, 1)[0]}
	k.spki = spki([]byte(derRSA), der(tagSequence, derUint(n), derUint(e)))
	if !p.has("d") {
		return
	}
	if p.has("oth") {
		p.fail("it has more than two primes (oth)")
	}
	d, p1, p2 := p.number("d"), p.number("p"), p.number("q")
	var qi []byte
	if p.has("qi") {
		qi = p.number("qi")
	}
	if p.err != nil {
		return
	}
	if err := k.rsa.newPrivate(d, p1, p2, qi); err != nil {
		p.fail(err.Error())
		return
	}
	r := k.rsa.private
	private := [][]byte{derUint(nil), derUint(n), derUint(e), derUint(d), derUint(p1), derUint(p2)}
	for _, x := range [][]uint32{r.dp, r.dq, r.qInv} {
		private = append(private, derUint(bigEndian(x, 4*len(x))))
	}
	k.pkcs8 = pkcs8([]byte(derRSA), der(tagSequence, private...))
}

// ec reads RFC 7518 section 6.2.
func (p *keyParser) ec(k *Key) {
	c := curveOf(p.text("crv"))
	if c == nil {
		p.fail("crv is none of P-256, P-384 and P-521")
		return
	}
	k.curve, k.x, k.y = c, p.sized("x", c.bytes), p.sized("y", c.bytes)
	if p.err != nil {
		return
	}
	if !c.has(k.x, k.y) {
		p.fail("x and y are not a point of " + c.name)
		return
	}
	identifier := []byte(derEC + c.oid)
	point := append(append([]byte{4}, k.x...), k.y...)
	k.spki = spki(identifier, point)
	if !p.has("d") {
		return
	}
	public := der(tagPublic, der(tagBitString, []byte{0}, point))
	d := p.sized("d", c.bytes)
	k.pkcs8 = pkcs8(identifier, der(tagSequence, derUint([]byte{1}), der(tagOctets, d), public))
}

// okp reads RFC 8037 section 2.
func (p *keyParser) okp(k *Key) {
	if p.text("crv") != "Ed25519" {
		p.fail("crv is not Ed25519")
	}
	k.ed = p.sized("x", ed25519.PublicKeySize)
	if !p.has("d") {
		return
	}
	seed := p.sized("d", ed25519.SeedSize)
	if p.err != nil {
		return
	}
	k.edPrivate = ed25519.NewKeyFromSeed(seed)
	// With another x in the hash than in the key, two signatures give d away.
	if !bytes.Equal(k.edPrivate[ed25519.SeedSize:], k.ed) {
		p.fail("d does not belong to x")
	}
}

// derEd25519 is a SubjectPublicKeyInfo of Ed25519 up to the key (RFC 8410).
const derEd25519 = "\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"

// certificates checks that the first certificate of `x5c` is one of the key (RFC 7517
// section 4.7), whose SubjectPublicKeyInfo has one spelling in DER; nothing else of
// it is read.
func (p *keyParser) certificates(k *Key) {
	n := p.n.Get("x5c")
	if n == nil || n.Kind == tree.Null {
		return
	}
	public := k.spki
	if k.ed != nil {
		public = append([]byte(derEd25519), k.ed...)
	}
	for i, item := range n.Items {
		der, err := base64.StdEncoding.DecodeString(item.Text)
		if err != nil || item.Kind != tree.String || i == 0 && (public == nil || !bytes.Contains(der, public)) {
			p.fail("x5c holds no certificate of this key")
		}
	}
	if n.Kind != tree.Array {
		p.fail("x5c is not a list")
	}
}

// spki is a SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7).
func spki(identifier, key []byte) []byte {
	return der(tagSequence, der(tagSequence, identifier), der(tagBitString, []byte{0}, key))
}

// pkcs8 is a PrivateKeyInfo (RFC 5208 section 5).
func pkcs8(identifier, key []byte) []byte {
	return der(tagSequence, derUint(nil), der(tagSequence, identifier), der(tagOctets, key))
}

// strict refuses bits after the last byte, which would make two spellings of one
// value.
var strict = base64.RawURLEncoding.Strict()

// decode reads base64url without padding (RFC 7515 section 2). Go's decoder would
// skip line breaks.
func decode(s string) ([]byte, bool) {
	for i := range len(s) {
		if s[i] == '\r' || s[i] == '\n' {
			return nil, false
		}
	}
	b, err := strict.DecodeString(s)
	return b, err == nil
}
