package memory

import (
	"crypto/sha256"
	"encoding/binary"
)

// Limits of Digests.
const (
	// maxKnown is the number of keys that are known. A power of two.
	maxKnown = 256
	// maxKnownInput is the size in bytes of the longest input that is known: all together take 1 MiB.
	maxKnownInput = 4 << 10
	// maxScratch is the size in bytes of the largest buffer that is used again.
	maxScratch = 64 << 10
)

// Digests are the keys that were made lately, by what they were made of. Hashing
// a token takes some microseconds in Wasm, comparing it with the one that came
// before much less. What is not the same byte for byte is hashed.
type Digests struct {
	known []knownKey
	spare *Digest
}

type knownKey struct {
	input []byte
	key   Key
}

// take gives a Digest without parts.
func (k *Digests) take() *Digest {
	d := k.spare
	if d == nil {
		d = &Digest{known: k}
	}
	k.spare = nil
	return d
}

// key ends a Digest.
func (k *Digests) key(d *Digest) Key {
	key := k.find(d.input)
	if d.input = d.input[:0]; cap(d.input) <= maxScratch {
		k.spare = d
	}
	return key
}

func (k *Digests) find(input []byte) Key {
	if len(input) > maxKnownInput {
		return sha256.Sum256(input)
	}
	if k.known == nil {
		k.known = make([]knownKey, maxKnown)
	}
	known := &k.known[spread(input)%maxKnown]
	if len(known.input) == 0 || string(known.input) != string(input) {
		known.input = append(known.input[:0], input...)
		known.key = sha256.Sum256(input)
	}
	return known.key
}

// spread is a number that differs for most inputs. Who makes inputs that share one
// has them hashed.
func spread(input []byte) uint64 {
	h := uint64(len(input))
	for ; len(input) >= 8; input = input[8:] {
		h = (h ^ binary.LittleEndian.Uint64(input)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	for _, b := range input {
		h = (h ^ uint64(b)) * 0x9e3779b97f4a7c15
	}
	return h >> 40
}
