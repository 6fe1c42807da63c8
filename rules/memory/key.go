package memory

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// Key names a value in a Cache or a flight: a SHA-256 digest.
type Key [sha256.Size]byte

// Digest builds a Key from parts, each preceded by its length: no two different
// sequences of parts give the same input to the hash (CVE-2023-35941 is what
// happens otherwise).
type Digest struct {
	h   hash.Hash
	len [8]byte
}

// NewDigest starts a digest for one purpose; digests of different purposes never
// give the same key.
func NewDigest(purpose string) *Digest {
	d := &Digest{h: sha256.New()}
	d.Add(purpose)
	return d
}

// Add appends one part.
func (d *Digest) Add(part string) {
	binary.LittleEndian.PutUint64(d.len[:], uint64(len(part)))
	d.h.Write(d.len[:])
	d.h.Write([]byte(part))
}

// AddAll appends a list: the number of its parts, then each of them.
func (d *Digest) AddAll(parts []string) {
	binary.LittleEndian.PutUint64(d.len[:], uint64(len(parts)))
	d.h.Write(d.len[:])
	for _, p := range parts {
		d.Add(p)
	}
}

// Key gives the key of all parts added so far.
func (d *Digest) Key() (k Key) {
	d.h.Sum(k[:0])
	return k
}
