package pattern

import (
	"math/bits"
	"slices"
)

// Index finds the patterns of a set that may match a URL without trying each. From the text that a pattern cannot do without it takes the piece of 2, 3,
// 4, 6 or 8 bytes that is rarest in the set; the pieces of a URL are looked up in a table. A pattern without such text is always a candidate.
//
// An Index is immutable: methods, priorities and the like are the caller's to check, before the match.
type Index struct {
	size   int
	always []int32
	sizes  []uint8 // of the pieces in use
	filter []uint64
	slots  []slot
	posts  []int32
	shift  uint // from a hash to a slot
	narrow uint // from a hash to a bit of filter
}

type slot struct {
	piece      uint64
	start, end int32 // of its patterns in posts; empty slots have none
	size       uint8
}

var pieceSizes = [...]uint8{8, 6, 4, 3, 2}

type key struct {
	piece uint64
	size  uint8
}

func (k key) hash() uint64 {
	return (k.piece ^ uint64(k.size)<<57) * 0x9e3779b97f4a7c15
}

func pieceAt(s string, at int, size uint8) uint64 {
	v := uint64(0)
	for i := range int(size) {
		v |= uint64(s[at+i]) << (8 * i)
	}
	return v
}

// pieceSize returns the largest piece that fits into n bytes, 0 if there is none.
func pieceSize(n int) uint8 {
	for _, q := range pieceSizes {
		if n >= int(q) {
			return q
		}
	}
	return 0
}

// pieces calls f with each piece that can stand for p.
func (p *Pattern) pieces(f func(key)) {
	for _, s := range p.need.literals {
		q := pieceSize(len(s))
		if q == 0 {
			continue
		}
		for i := 0; i+int(q) <= len(s); i++ {
			f(key{pieceAt(s, i, q), q})
		}
	}
}

// fewPatterns are tried one by one sooner than the pieces of a URL are looked up.
const fewPatterns = 6

// NewIndex builds the index of ps; a candidate is named by its place in ps.
func NewIndex(ps []*Pattern) *Index {
	ix := &Index{size: len(ps)}
	if len(ps) <= fewPatterns {
		ix.fill(make([]key, len(ps)))
		return ix
	}
	// How many patterns have a piece is counted by hash: a collision makes a choice worse, not wrong.
	log := uint(max(10, min(19, bits.Len(uint(len(ps)))+6)))
	counts := make([]uint16, 1<<log)
	for _, p := range ps {
		p.pieces(func(k key) {
			if c := &counts[k.hash()>>(64-log)]; *c < 1<<16-1 {
				*c++
			}
		})
	}
	keys := make([]key, len(ps))
	for i, p := range ps {
		best, rarest := key{}, uint16(1<<16-1)
		p.pieces(func(k key) {
			c := counts[k.hash()>>(64-log)]
			if best.size == 0 || c < rarest || c == rarest && k.size >= best.size {
				best, rarest = k, c
			}
		})
		keys[i] = best
	}
	ix.fill(keys)
	return ix
}

func (ix *Index) fill(keys []key) {
	logSlots := uint(max(4, bits.Len(uint(len(keys)))+1))
	logBits := max(logSlots+2, 9)
	ix.shift, ix.narrow = 64-logSlots, 64-logBits
	ix.slots = make([]slot, 1<<logSlots)
	ix.filter = make([]uint64, 1<<(logBits-6))
	used := [9]bool{}
	for i, k := range keys {
		if k.size == 0 {
			ix.always = append(ix.always, int32(i))
			continue
		}
		used[k.size] = true
		h := k.hash()
		ix.filter[h>>ix.narrow>>6] |= 1 << (h >> ix.narrow & 63)
		s := ix.slot(k, h)
		s.piece, s.size = k.piece, k.size
		s.end++
	}
	at := int32(0)
	for i := range ix.slots {
		s := &ix.slots[i]
		s.start, s.end, at = at, at, at+s.end
	}
	ix.posts = make([]int32, at)
	for i, k := range keys {
		if k.size != 0 {
			s := ix.slot(k, k.hash())
			ix.posts[s.end] = int32(i)
			s.end++
		}
	}
	for _, q := range pieceSizes {
		if used[q] {
			ix.sizes = append(ix.sizes, q)
		}
	}
}

// slot returns the slot of k, or the empty one where it belongs. No more than half of the slots are in use.
func (ix *Index) slot(k key, h uint64) *slot {
	for i := h >> ix.shift; ; i++ {
		s := &ix.slots[i&uint64(len(ix.slots)-1)]
		if s.size == 0 || s.size == k.size && s.piece == k.piece {
			return s
		}
	}
}

// Candidates returns the patterns that may match url, in ascending order: each that does is among them. The slice is s's and is good until the next
// call with s; matching with s in between does not disturb it.
func (ix *Index) Candidates(url string, s *Scratch) []int32 {
	if len(s.seen) < ix.size {
		s.seen = make([]uint32, ix.size)
		s.epoch = 0
	}
	if s.epoch++; s.epoch == 0 {
		clear(s.seen)
		s.epoch = 1
	}
	found := append(s.found[:0], ix.always...)
	if len(ix.sizes) == 0 {
		s.found = found
		return found
	}
	window := uint64(0)
	for i := 0; i < 8 && i < len(url); i++ {
		window |= uint64(url[i]) << (8 * i)
	}
	for i := range len(url) {
		left := len(url) - i
		for _, q := range ix.sizes {
			if int(q) > left {
				continue
			}
			k := key{window & (^uint64(0) >> (64 - 8*uint(q))), q}
			h := k.hash()
			if ix.filter[h>>ix.narrow>>6]>>(h>>ix.narrow&63)&1 == 0 {
				continue
			}
			sl := ix.slot(k, h)
			for _, p := range ix.posts[sl.start:sl.end] {
				if s.seen[p] != s.epoch {
					s.seen[p] = s.epoch
					found = append(found, p)
				}
			}
		}
		window >>= 8
		if i+8 < len(url) {
			window |= uint64(url[i+8]) << 56
		}
	}
	slices.Sort(found)
	s.found = found
	return found
}
