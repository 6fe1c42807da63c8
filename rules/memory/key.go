package memory

import (
	"crypto/sha256"
	"encoding/binary"
)

// Key names a value in a Cache or a flight: a SHA-256 digest.
type Key [sha256.Size]byte

// Digest builds a Key from parts, each preceded by its length: no two different
// sequences of parts give the same input to the hash (CVE-2023-35941 is what
// happens otherwise). It is over with Key.
type Digest struct {
	input []byte
	known *Digests
}

// NewDigest starts a digest for one purpose; digests of different purposes never
// give the same key.
func NewDigest(purpose string) *Digest {
	d := &Digest{}
	d.Add(purpose)
	return d
}

// NewDigest is NewDigest for what requests bring: most bring it again.
func (m *Memory) NewDigest(purpose string) *Digest {
	d := m.digests.take()
	d.Add(purpose)
	return d
}

func (d *Digest) number(n int) { d.input = binary.LittleEndian.AppendUint64(d.input, uint64(n)) }

// Add appends one part.
//
//go:noinline
func (d *Digest) Add(part string) {
	d.number(len(part))
	d.input = append(d.input, part...)
}

// AddAll appends a list: the number of its parts, then each of them.
func (d *Digest) AddAll(parts []string) {
	d.number(len(parts))
	for _, p := range parts {
		d.Add(p)
	}
}

// Key gives the key of all parts added so far.
func (d *Digest) Key() Key {
	if d.known == nil {
		return sha256.Sum256(d.input)
	}
	defer d.known.end(d)
	return d.known.key(d.input)
}

// Again is Key for what is kept only when it comes again: it reports whether these
// parts were there lately, and gives their key then. What comes once costs no hash
// and pushes nothing out of a Cache. The Digest must be a Memory's.
func (d *Digest) Again() (k Key, again bool) {
	defer d.known.end(d)
	return d.known.again(d.input)
}
