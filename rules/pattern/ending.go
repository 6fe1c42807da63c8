package pattern

import (
	"slices"
	"unicode/utf8"
)

// Ending tells a tool which characters the URLs that a pattern matches may end with.
type Ending struct {
	// last are the characters at each place, the last one first.
	last [16]charset
}

// charset is a set of characters, of which those beyond ASCII are all in it or none.
type charset struct {
	low  bitset
	high bool
}

var anyChar = charset{low: bitset{^uint64(0), ^uint64(0)}, high: true}

// NewEnding finds the characters: those, and perhaps more.
func NewEnding(p *Pattern) *Ending {
	e := &Ending{}
	prog := p.executable()
	if prog.refs {
		for i := range e.last {
			e.last[i] = anyChar
		}
		return e
	}
	s := newThreadSet(p)
	// The places at which a character is taken, those that can be the next after each, and whether the URL can end after it.
	var places []thread
	for pc := range prog.code {
		switch i := &prog.code[pc]; i.op {
		case opText:
			for n := range i.text {
				places = append(places, thread{pc: int32(pc), n: int32(n)})
			}
		case opChar, opSet, opRun, opRunLazy, opRep:
			places = append(places, thread{pc: int32(pc)})
		}
	}
	first := s.leaves(thread{}, true)
	s.states = []state{{parent: 0}} // no longer at the start
	next := make([][]int, len(places))
	now := make([]bool, len(places))
	for i, t := range places {
		after := []thread{s.after(t, s.any(t))}
		if op := prog.code[t.pc].op; op == opRun || op == opRunLazy || op == opRep {
			// However many it has taken.
			after = []thread{{pc: t.pc}, {pc: t.pc + 1}}
		}
		for _, to := range after {
			for _, l := range s.leaves(to, true) {
				if l.done {
					now[i] = true
				} else if j, ok := slices.BinarySearchFunc(places, thread{pc: l.at.pc, n: l.at.n}, compareThreads); ok {
					next[i] = append(next[i], j)
				}
			}
		}
	}
	for at := range e.last {
		before := make([]bool, len(places))
		for i, t := range places {
			if now[i] {
				e.last[at].add(s, t)
			}
			before[i] = slices.ContainsFunc(next[i], func(j int) bool { return now[j] })
		}
		if slices.ContainsFunc(first, func(l leaf) bool {
			i, ok := slices.BinarySearchFunc(places, thread{pc: l.at.pc, n: l.at.n}, compareThreads)
			return ok && now[i]
		}) {
			// A URL may have no more characters.
			for i := at + 1; i < len(e.last); i++ {
				e.last[i] = anyChar
			}
			break
		}
		now = before
	}
	return e
}

// any gives a character that product.after counts as one at t.
func (s *threadSet) any(t thread) rune {
	if i := &s.programs[0].code[t.pc]; i.op == opText {
		r, _ := utf8.DecodeRuneInString(i.text[t.n:])
		return r
	}
	return 'a'
}

// add adds the characters that the instruction at t takes.
func (c *charset) add(s *threadSet, t thread) {
	low := s.taken(t)
	c.low = bitset{c.low[0] | low[0], c.low[1] | low[1]}
	c.high = c.high || s.takesHigh(t)
}

// Fits tells whether there can be a URL with both endings.
func (e *Ending) Fits(o *Ending) bool {
	for i := range e.last {
		a, b := &e.last[i], &o.last[i]
		if a.low.and(b.low) == (bitset{}) && !(a.high && b.high) {
			return false
		}
	}
	return true
}
