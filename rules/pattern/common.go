package pattern

import (
	"math/bits"
	"slices"
	"unicode"
	"unicode/utf8"
)

// Common looks for URLs that each of ps matches and none of without, short ones first, and gives them to yield until that returns false. It is for
// tools that look at rules; no request is matched with it.
//
// It goes through the product of the patterns' automata, lookaheads included, with one character for each set of characters that makes no difference
// there. So it gives some URLs of many, and what it gives is always a match. It finds one wherever there is one, but for what only a backreference to
// more than an empty group, a line break, or a lookahead within a negative lookahead or in without could match: none is true only if these took no part
// and all was looked at. steps is what it may take, and what is left of it afterwards; a step is about a fifth of a microsecond's work.
func Common(ps, without []*Pattern, steps *int, yield func(url string) bool) (none bool) {
	s := product{steps: steps, seen: map[string]bool{}}
	var start state
	for i, p := range slices.Concat(ps, without) {
		prog := p.executable()
		s.programs = append(s.programs, prog)
		if t := (thread{p: int32(i)}); i < len(ps) {
			start.must = append(start.must, t)
		} else {
			start.not = append(start.not, t)
		}
		for j := range prog.code {
			in := &prog.code[j]
			s.words = s.words || in.op == opAssert && (kind(in.arg) == kBoundary || kind(in.arg) == kNoBoundary)
		}
	}
	s.push(start, -1, 0)
	var m Scratch
	found := false
	for at := 0; at < len(s.states); at++ {
		if *s.steps <= 0 {
			return false
		}
		s.at = int32(at)
		if !s.expand() {
			continue
		}
		url := s.url(int32(at))
		match := func(want bool) func(*Pattern) bool {
			return func(p *Pattern) bool { ok, err := p.Match([]byte(url), &m); return ok != want || err != nil }
		}
		if slices.ContainsFunc(ps, match(true)) || slices.ContainsFunc(without, match(false)) {
			s.inexact = true
			continue
		}
		found = true
		if !yield(url) {
			return false
		}
	}
	return !found && !s.inexact && *s.steps > 0
}

// thread is a place in a program: an instruction, and how much of it is done, in bytes of opText and in characters of a run.
type thread struct{ p, pc, n int32 }

func compareThreads(a, b thread) int {
	switch {
	case a.p != b.p:
		return int(a.p - b.p)
	case a.pc != b.pc:
		return int(a.pc - b.pc)
	}
	return int(a.n - b.n)
}

// state is a place in the product: every thread of must has to come to its end on what follows, and none of not may.
type state struct {
	must, not []thread
	word      bool // the character before is a word's
	parent    int32
	char      rune
}

// product is the search of Common.
type product struct {
	programs []*program
	steps    *int
	states   []state
	seen     map[string]bool
	key      []byte
	at       int32 // the state that is expanded
	words    bool  // some pattern has \b or \B
	loose    bool  // \b and \B hold
	inexact  bool  // something was left out
	accepts  bool
	visited  []thread
}

// leaf is where a thread gets without a character.
type leaf struct {
	at           thread
	done         bool // its body has matched
	end          bool // if the URL ends here
	word, noWord bool // if the next character is a word's, or is none
	must, not    []thread
}

// conditions gives a number for end, word and noWord.
func (l *leaf) conditions() (n int) {
	for i, holds := range [...]bool{l.end, l.word, l.noWord} {
		if holds {
			n |= 1 << i
		}
	}
	return n
}

// always tells whether the leaf's body has matched whatever follows.
func (l *leaf) always() bool { return l.done && !l.end && !l.word && !l.noWord }

// atEnd tells whether it has matched if the URL ends here.
func (l *leaf) atEnd() bool { return l.done && !l.word }

// before tells whether the leaf's conditions allow r to be next.
func (l *leaf) before(r rune) bool {
	return !l.end && (!l.word || isWord(r)) && (!l.noWord || !isWord(r))
}

func (s *product) push(next state, parent int32, r rune) {
	slices.SortFunc(next.must, compareThreads)
	slices.SortFunc(next.not, compareThreads)
	next.must, next.not = slices.Compact(next.must), slices.Compact(next.not)
	next.parent, next.char = parent, r
	next.word = s.words && parent >= 0 && isWord(r)
	key := s.key[:0]
	for _, list := range [...][]thread{next.must, next.not} {
		for _, t := range list {
			key = append(key, byte(t.p), byte(t.pc>>8), byte(t.pc), byte(t.n>>8), byte(t.n))
		}
		key = append(key, 0xff)
	}
	if next.word {
		key = append(key, 1)
	}
	s.key = key
	if !s.seen[string(key)] {
		s.seen[string(key)] = true
		s.states = append(s.states, next)
	}
}

func (s *product) url(at int32) string {
	var runes []rune
	for ; s.states[at].parent >= 0; at = s.states[at].parent {
		runes = append(runes, s.states[at].char)
	}
	slices.Reverse(runes)
	return string(runes)
}

// expand notes the states after the present one and reports whether the URL may end there.
func (s *product) expand() bool {
	s.accepts = false
	now := &s.states[s.at]
	s.choose(now.must, nil, now.not)
	return s.accepts
}

// choose tries each way in which the threads of pending get to a leaf.
func (s *product) choose(pending []thread, leaves []leaf, not []thread) {
	if *s.steps--; *s.steps <= 0 {
		return
	}
	if len(pending) == 0 {
		s.move(leaves, not)
		return
	}
	rest := pending[1:]
	for _, l := range s.leaves(pending[0], false) {
		next, forbidden, with := rest, not, leaves
		if len(l.must) > 0 {
			next = append(slices.Clone(rest), l.must...)
		}
		if len(l.not) > 0 {
			forbidden = append(slices.Clone(not), l.not...)
		}
		if !l.always() {
			with = append(leaves[:len(leaves):len(leaves)], l)
		}
		s.choose(next, with, forbidden)
	}
}

// leaves gives where a thread gets without a character. A forbidden one is followed as if lookaheads in it held.
func (s *product) leaves(t thread, forbidden bool) []leaf {
	f := follower{s: s, forbidden: forbidden, visited: s.visited[:0]}
	f.follow(leaf{at: t})
	s.visited = f.visited
	*s.steps -= len(f.visited) >> 3
	return f.found
}

type follower struct {
	s         *product
	forbidden bool
	visited   []thread
	// many has what is visited if that is more than few.
	many  map[thread]bool
	found []leaf
}

// few places are searched one by one.
const few = 32

// visit notes a place and reports whether it was noted before.
func (f *follower) visit(mark thread) bool {
	switch {
	case f.many != nil:
		if f.many[mark] {
			return true
		}
		f.many[mark] = true
	case slices.Contains(f.visited, mark):
		return true
	case len(f.visited) == few:
		f.many = map[thread]bool{mark: true}
		for _, t := range f.visited {
			f.many[t] = true
		}
	}
	f.visited = append(f.visited, mark)
	return false
}

func (f *follower) follow(l leaf) {
	s := f.s
	for {
		// The same place with other obligations is another one.
		mark := thread{int32(len(l.must)<<16 | len(l.not)<<8 | l.conditions()), l.at.pc, l.at.n}
		if f.visit(mark) {
			return
		}
		i := &s.programs[l.at.p].code[l.at.pc]
		next := l
		next.at.pc, next.at.n = l.at.pc+1, 0
		switch i.op {
		case opMatch, opAheadEnd:
			l.done = true
			f.found = append(f.found, l)
			return
		case opText, opChar, opSet, opRep:
			f.take(l)
			return
		case opRun, opRunLazy:
			if i.max == unbounded || l.at.n < i.max {
				f.take(l)
			}
		case opSplit, opSplitLazy, opCheck:
			other := l
			other.at.pc, other.at.n = i.arg, 0
			f.follow(other)
		case opJump:
			next.at.pc = i.arg
		case opRef:
			s.inexact = true
		case opAssert:
			if !s.assert(kind(i.arg), &next) {
				return
			}
		case opAhead, opNotAhead:
			body := thread{p: l.at.p, pc: l.at.pc + 1}
			next.at.pc = i.arg
			switch {
			case f.forbidden:
				s.inexact = true
			case i.op == opAhead:
				next.must = append(slices.Clone(l.must), body)
			default:
				next.not = append(slices.Clone(l.not), body)
			}
		}
		l = next
	}
}

// take notes a leaf that takes a character. Behind $ that can be a line break, which is left out.
func (f *follower) take(l leaf) {
	if l.end {
		f.s.inexact = f.s.inexact || f.s.takes(l.at, '\n')
		return
	}
	f.found = append(f.found, l)
}

// assert adds an assertion to a leaf's conditions and reports whether they can hold.
func (s *product) assert(k kind, l *leaf) bool {
	now := &s.states[s.at]
	switch k {
	case kBegin, kLineBegin:
		s.inexact = s.inexact || k == kLineBegin
		return now.parent < 0
	case kEnd, kEndLine, kLineEnd:
		s.inexact = s.inexact || k == kLineEnd
		l.end = true
	case kBoundary, kNoBoundary:
		if s.loose {
			break
		}
		if now.word == (k == kBoundary) {
			l.noWord = true
		} else {
			l.word = true
		}
	}
	return !(l.word && (l.noWord || l.end))
}

// move notes the states that the leaves lead to with one more character, and whether the URL may end here.
func (s *product) move(leaves []leaf, not []thread) {
	var forbidden []leaf
	for _, t := range not {
		*s.steps--
		for _, l := range s.leaves(t, true) {
			if l.always() {
				return
			}
			forbidden = append(forbidden, l)
		}
	}
	accepts := true
	for i := range leaves {
		accepts = accepts && leaves[i].atEnd()
	}
	for i := range forbidden {
		accepts = accepts && !forbidden[i].atEnd()
	}
	s.accepts = s.accepts || accepts

	mask := bitset{^uint64(0), ^uint64(0)}
	for i := range leaves {
		if leaves[i].end {
			return
		}
		mask = mask.and(s.ascii(&leaves[i]))
	}
	if mask != (bitset{}) {
		parts := []bitset{mask}
		if s.words {
			parts = divide(parts, wordBits)
		}
		for i := range forbidden {
			parts = divide(parts, s.ascii(&forbidden[i]))
		}
		for _, part := range parts {
			s.step(leaves, forbidden, part.pick())
		}
	}
	// Beyond ASCII a character is as good as one of ASCII if nothing tells them apart.
	if mask == (bitset{}) || s.words || len(forbidden) > 0 {
		for _, r := range s.beyond(leaves, forbidden) {
			s.step(leaves, forbidden, r)
		}
	}
}

// step goes on with one character, which all leaves take.
func (s *product) step(leaves, forbidden []leaf, r rune) {
	var next state
	for i := range leaves {
		if l := &leaves[i]; !l.done {
			next.must = append(next.must, s.after(l.at, r))
		}
	}
	for i := range forbidden {
		l := &forbidden[i]
		switch {
		case !l.before(r):
		case l.done:
			return
		case s.takes(l.at, r):
			next.not = append(next.not, s.after(l.at, r))
		}
	}
	s.push(next, s.at, r)
}

// after is the thread once it has taken r.
func (s *product) after(t thread, r rune) thread {
	i := &s.programs[t.p].code[t.pc]
	over := true
	switch i.op {
	case opText:
		t.n += int32(utf8.RuneLen(r))
		over = int(t.n) == len(i.text)
	case opRep:
		t.n++
		over = t.n == i.max
	case opRun, opRunLazy:
		over = false
		if i.max != unbounded {
			t.n++
		}
	}
	if over {
		t.pc, t.n = t.pc+1, 0
	}
	return t
}

// takes tells whether the instruction at t takes r.
func (s *product) takes(t thread, r rune) bool {
	i := &s.programs[t.p].code[t.pc]
	switch {
	case i.op == opText:
		want, _ := utf8.DecodeRuneInString(i.text[t.n:])
		return r == want
	case i.op == opChar && i.fold:
		return unicode.ToLower(r) == i.arg
	case i.op == opChar:
		return r == i.arg
	case r < utf8.RuneSelf:
		return i.set.hasByte(byte(r))
	}
	return i.set.hasHigh(r)
}

// beyond gives characters beyond ASCII that all leaves take: one for each way in which the forbidden ones take them or not.
func (s *product) beyond(leaves, forbidden []leaf) (list []rune) {
	for i := range leaves {
		if l := &leaves[i]; !l.done && !s.takesHigh(l.at) {
			return nil
		}
	}
	var ways []string
	for _, l := range slices.Concat(leaves, forbidden) {
		if l.done {
			continue
		}
		for _, r := range s.samples(l.at) {
			if r < utf8.RuneSelf || !utf8.ValidRune(r) {
				continue
			}
			if slices.ContainsFunc(leaves, func(o leaf) bool { return !o.before(r) || !o.done && !s.takes(o.at, r) }) {
				continue
			}
			way := make([]byte, len(forbidden)+1)
			if s.words && isWord(r) {
				way[len(forbidden)] = 1
			}
			for i := range forbidden {
				if o := &forbidden[i]; o.before(r) && (o.done || s.takes(o.at, r)) {
					way[i] = 1
				}
			}
			if !slices.Contains(ways, string(way)) {
				ways, list = append(ways, string(way)), append(list, r)
			}
		}
	}
	return list
}

// takesHigh tells whether the instruction at t may take characters beyond ASCII.
func (s *product) takesHigh(t thread) bool {
	switch i := &s.programs[t.p].code[t.pc]; i.op {
	case opText:
		return i.text[t.n] >= utf8.RuneSelf
	case opChar:
		return i.fold || i.arg >= utf8.RuneSelf
	default:
		return i.set.high != highNone
	}
}

// samples gives characters beyond ASCII for the instruction at t: those at which a range begins or one has just ended, and some others.
func (s *product) samples(t thread) []rune {
	i := &s.programs[t.p].code[t.pc]
	list := []rune{'é', '€', utf8.RuneSelf}
	switch {
	case i.op == opText:
		r, _ := utf8.DecodeRuneInString(i.text[t.n:])
		return []rune{r}
	case i.op == opChar:
		s.inexact = s.inexact || i.fold && i.arg >= utf8.RuneSelf
		return []rune{i.arg, i.arg + 1, unicode.ToUpper(i.arg)}
	case i.set.high != highSome:
		return list
	}
	s.inexact = s.inexact || i.set.fold || len(i.set.from.cats) > 0
	for _, span := range i.set.from.spans {
		list = append(list, span.lo, span.hi+1)
	}
	for _, m := range i.set.from.cats {
		if m.table != nil {
			for _, r := range m.table.R16 {
				list = append(list, rune(r.Lo))
			}
		}
	}
	return list
}

// bitset is a set of ASCII characters.
type bitset [2]uint64

func (b bitset) and(o bitset) bitset { return bitset{b[0] & o[0], b[1] & o[1]} }

func (b bitset) without(o bitset) bitset { return bitset{b[0] &^ o[0], b[1] &^ o[1]} }

func bit(c byte) (b bitset) {
	b[c>>6&1] = 1 << (c & 63)
	return b
}

// wordBits are the ASCII characters of isWord.
var wordBits = bitset{0x03ff << '0', 0x07fffffe<<('@'-64) | 1<<('_'-64) | 0x07fffffe<<('`'-64)}

// divide divides each part into what is in by and what is not.
func divide(parts []bitset, by bitset) (out []bitset) {
	for _, p := range parts {
		for _, half := range [...]bitset{p.and(by), p.without(by)} {
			if half != (bitset{}) {
				out = append(out, half)
			}
		}
	}
	return out
}

// ascii gives the ASCII characters with which the leaf goes on.
func (s *product) ascii(l *leaf) bitset {
	b := bitset{^uint64(0), ^uint64(0)}
	if !l.done {
		b = s.taken(l.at)
	}
	if l.word {
		b = b.and(wordBits)
	}
	if l.noWord {
		b = b.without(wordBits)
	}
	return b
}

// taken gives the ASCII characters that the instruction at t takes.
func (s *product) taken(t thread) (b bitset) {
	i := &s.programs[t.p].code[t.pc]
	switch {
	case i.op == opText:
		if c := i.text[t.n]; c < utf8.RuneSelf {
			return bit(c)
		}
	case i.op == opChar:
		if i.arg < utf8.RuneSelf {
			b = bit(byte(i.arg))
			if i.fold && i.arg >= 'a' && i.arg <= 'z' {
				c := bit(byte(i.arg - 'a' + 'A'))
				b = bitset{b[0] | c[0], b[1] | c[1]}
			}
		}
	default:
		return i.set.low
	}
	return b
}

// liked are characters in the order in which an example has them, if it can have no lower-case letter.
const liked = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-_.~/:@!$&'()*+,;="

// pick gives a character of a set that has one.
func (b bitset) pick() rune {
	const letters = 0x07fffffe << ('`' - 64)
	if b[1]&letters != 0 {
		return rune(64 + bits.TrailingZeros64(b[1]&letters))
	}
	for i := range len(liked) {
		if c := liked[i]; b.and(bit(c)) != (bitset{}) {
			return rune(c)
		}
	}
	if b[0] != 0 {
		return rune(63 - bits.LeadingZeros64(b[0]))
	}
	return rune(127 - bits.LeadingZeros64(b[1]))
}
