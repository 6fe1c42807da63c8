package pattern

import "math/bits"

// Index finds the patterns of a set that may match a URL without trying each. From the text that a pattern cannot do without it takes the piece of 2, 3,
// 4, 6 or 8 bytes that is rarest in the set, or such a piece of each alternative; the pieces of a URL are looked up in a table. A pattern without
// such text is always a candidate.
//
// An Index is immutable: methods, priorities and the like are the caller's to check, before the match.
type Index struct {
	size   int
	folded bool // pieces are in lower case
	always []int32
	sizes  []uint8  // of the pieces in use
	starts []uint64 // has a bit for each two bytes that a piece begins with
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

func (ix *Index) pieceAt(s []byte, at int, size uint8) uint64 {
	v := uint64(0)
	for i := range int(size) {
		v |= uint64(ix.byte(s[at+i])) << (8 * i)
	}
	return v
}

func (ix *Index) byte(c byte) byte {
	if ix.folded && c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
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

// pieces calls f with each piece that can stand for text.
func (ix *Index) pieces(text []byte, f func(key)) {
	q := pieceSize(len(text))
	if q == 0 {
		return
	}
	for i := 0; i+int(q) <= len(text); i++ {
		f(key{ix.pieceAt(text, i, q), q})
	}
}

// post says that a pattern is a candidate where a piece occurs, always if the piece is empty.
type post struct {
	key
	pattern int32
}

// fewPatterns are tried one by one sooner than the pieces of a URL are looked up.
const fewPatterns = 6

// NewIndex builds the index of ps; a candidate is named by its place in ps.
func NewIndex(ps []*Pattern) *Index {
	ix := &Index{size: len(ps)}
	posts := make([]post, 0, len(ps))
	if len(ps) <= fewPatterns {
		for i := range ps {
			posts = append(posts, post{pattern: int32(i)})
		}
		ix.fill(posts)
		return ix
	}
	for _, p := range ps {
		ix.folded = ix.folded || p.need.folded
	}
	count := newCounter(ix, ps)
	for i, p := range ps {
		at := len(posts)
		best, least := count.rarest(p.need.literals)
		posts = append(posts, post{best, int32(i)})
		for _, choice := range p.need.choices {
			sum := 0
			for _, texts := range choice {
				_, n := count.rarest(texts)
				sum += n
			}
			if best.size != 0 && sum >= least {
				continue
			}
			least = sum
			posts = posts[:at]
			for _, texts := range choice {
				best, _ = count.rarest(texts)
				posts = append(posts, post{best, int32(i)})
			}
		}
	}
	ix.fill(posts)
	return ix
}

// counter counts how many patterns have a piece, by hash: a collision makes a choice worse, not wrong.
type counter struct {
	ix     *Index
	counts []uint16
	shift  uint
}

func newCounter(ix *Index, ps []*Pattern) *counter {
	log := uint(max(10, min(19, bits.Len(uint(len(ps)))+6)))
	c := &counter{ix: ix, counts: make([]uint16, 1<<log), shift: 64 - log}
	add := func(k key) {
		if n := &c.counts[k.hash()>>c.shift]; *n < 1<<16-1 {
			*n++
		}
	}
	for _, p := range ps {
		for _, text := range p.need.literals {
			ix.pieces(text, add)
		}
		for _, choice := range p.need.choices {
			for _, texts := range choice {
				for _, text := range texts {
					ix.pieces(text, add)
				}
			}
		}
	}
	return c
}

// rarest gives the rarest piece of texts and how many patterns have it: no piece if the texts are too short.
func (c *counter) rarest(texts [][]byte) (best key, count int) {
	for _, text := range texts {
		c.ix.pieces(text, func(k key) {
			n := int(c.counts[k.hash()>>c.shift])
			if best.size == 0 || n < count || n == count && k.size >= best.size {
				best, count = k, n
			}
		})
	}
	return best, count
}

func (ix *Index) fill(posts []post) {
	logSlots := uint(max(4, bits.Len(uint(len(posts)))+1))
	logBits := max(logSlots+2, 9)
	ix.shift, ix.narrow = 64-logSlots, 64-logBits
	ix.slots = make([]slot, 1<<logSlots)
	ix.filter = make([]uint64, 1<<(logBits-6))
	ix.starts = make([]uint64, 1<<(16-6))
	used := [9]bool{}
	for _, p := range posts {
		if p.size == 0 {
			ix.always = append(ix.always, p.pattern)
			continue
		}
		used[p.size] = true
		h := p.hash()
		ix.filter[h>>ix.narrow>>6] |= 1 << (h >> ix.narrow & 63)
		ix.starts[p.piece&0xffff>>6] |= 1 << (p.piece & 63)
		s := ix.slot(p.key, h)
		s.piece, s.size = p.piece, p.size
		s.end++
	}
	at := int32(0)
	for i := range ix.slots {
		s := &ix.slots[i]
		s.start, s.end, at = at, at, at+s.end
	}
	ix.posts = make([]int32, at)
	for _, p := range posts {
		if p.size != 0 {
			s := ix.slot(p.key, p.hash())
			ix.posts[s.end] = p.pattern
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
func (ix *Index) Candidates(url []byte, s *Scratch) []int32 {
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
	window := uint64(0) // the 8 bytes of the URL from i on
	for i := 0; i < 7 && i < len(url); i++ {
		window |= uint64(ix.byte(url[i])) << (8 * (i + 1))
	}
	for i := range len(url) {
		window >>= 8
		if i+7 < len(url) {
			window |= uint64(ix.byte(url[i+7])) << 56
		}
		if ix.starts[window&0xffff>>6]>>(window&63)&1 == 0 {
			continue
		}
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
	}
	ascend(found)
	s.found = found
	return found
}
