package memory

import (
	"crypto/sha256"
	"encoding/binary"
)

// Limits of Digests.
const (
	// maxKnown is the number of keys that are known, maxSeen that of inputs which are
	// known to have been there. Powers of two.
	maxKnown = 256
	maxSeen  = 8192
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
	// seen has a part of a hash of each input that was there lately.
	seen  []uint32
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

// end takes a Digest back.
func (k *Digests) end(d *Digest) {
	if d.input = d.input[:0]; cap(d.input) <= maxScratch {
		k.spare = d
	}
}

// key gives the key of an input.
func (k *Digests) key(input []byte) Key {
	known := k.slot(input, spread(input))
	if known == nil {
		return sha256.Sum256(input)
	}
	if !known.is(input) {
		known.set(input)
	}
	return known.key
}

// again is key for an input that was there before.
func (k *Digests) again(input []byte) (key Key, again bool) {
	h := spread(input)
	known := k.slot(input, h)
	if known != nil && known.is(input) {
		return known.key, true
	}
	if k.seen == nil {
		k.seen = make([]uint32, maxSeen)
	}
	// Few inputs share both numbers: those are taken for seen when they come first.
	seen, mark := &k.seen[h>>8%maxSeen], uint32(h>>32)|1
	if *seen != mark {
		*seen = mark
		return Key{}, false
	}
	if known == nil {
		return sha256.Sum256(input), true
	}
	known.set(input)
	return known.key, true
}

// slot is the place of an input whose hash is h, nil if it is too long for one.
func (k *Digests) slot(input []byte, h uint64) *knownKey {
	if len(input) > maxKnownInput {
		return nil
	}
	if k.known == nil {
		k.known = make([]knownKey, maxKnown)
	}
	return &k.known[h%maxKnown]
}

func (k *knownKey) is(input []byte) bool {
	return len(k.input) > 0 && string(k.input) == string(input)
}

func (k *knownKey) set(input []byte) {
	k.input = append(k.input[:0], input...)
	k.key = sha256.Sum256(input)
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
	return h ^ h>>29
}
