package pattern

import (
	"slices"
	"unicode/utf8"
)

// Reach tells a tool where a URL and a pattern part. at is how many bytes of url the beginning of some match has, lookaheads aside. part is the first
// piece of the pattern, as it was written, with which the URL does not go on: literal text or a <fragment>. It is "" if the pattern matches the
// beginning of the URL and only the rest is too much, or if url matches.
func Reach(p *Pattern, url string) (at int, part string) {
	s := newThreadSet(p)
	for i, r := range url {
		if s.advance(r); len(s.threads) == 0 {
			break
		}
		at = min(i+utf8.RuneLen(r), len(url))
	}
	segments, err := split(p.url, nil)
	if err != nil {
		return at, ""
	}
	rest := `<[\s\S]*>`
	if p.strategy == Glob {
		rest = "<**>"
	}
	var m Scratch
	for _, seg := range segments {
		start, end := seg.offset, seg.offset+len(seg.text)
		if seg.fragment {
			start, end = start-1, end+1
		}
		begins, err := Compile(p.strategy, p.url[:end]+rest)
		if err != nil {
			continue
		}
		if ok, err := begins.Match([]byte(url), &m); err == nil && !ok {
			return at, p.url[start:end]
		}
	}
	return at, ""
}

// Prefix tells a tool what every URL begins with that p matches and that begins with start, which is part of it. It may be shorter than it could be. ok
// is false if there is no such URL.
func Prefix(p *Pattern, start string) (prefix string, ok bool) {
	if p.executable().refs {
		return start, true
	}
	s := newThreadSet(p)
	for _, r := range start {
		s.advance(r)
	}
	if len(s.threads) == 0 {
		return "", false
	}
	return start + s.forced(), true
}

// Segments tells a tool what must follow the first, second, third and fourth slash after start in every URL that p matches and that has so many; "" is
// not known. What it gives may go on beyond the next slash.
func Segments(p *Pattern, start string) (segments [4]string) {
	s := newThreadSet(p)
	if p.executable().refs {
		return segments
	}
	for _, r := range start {
		s.advance(r)
	}
	for i := range segments {
		s.toSlash()
		after := *s
		segments[i] = after.forced()
	}
	return segments
}

// forced gives the text that must follow.
func (s *threadSet) forced() string {
	var text []rune
	for len(text) < MaxPattern {
		r, one := s.only()
		if !one {
			break
		}
		s.advance(r)
		text = append(text, r)
	}
	return string(text)
}

// toSlash goes on to behind the next slash.
func (s *threadSet) toSlash() {
	var after []thread
	for i := 0; i < len(s.threads); i++ {
		for _, l := range s.leaves(s.threads[i], true) {
			if l.done {
				continue
			}
			low := s.taken(l.at)
			if low.and(bit('/')) != (bitset{}) {
				after = append(after, s.after(l.at, '/'))
			}
			if low.without(bit('/')) == (bitset{}) && !s.takesHigh(l.at) {
				continue
			}
			if next := s.after(l.at, s.any(l.at)); !slices.Contains(s.threads, next) {
				s.threads = append(s.threads, next)
			}
		}
		s.states = []state{{parent: 0}} // no longer at the start
	}
	slices.SortFunc(after, compareThreads)
	s.threads = slices.Compact(after)
}

// Walker tells a tool what URLs that a pattern matches may begin with. It is quick if it is asked in alphabetical order.
type Walker struct {
	// sets are those after each character of text.
	sets []*threadSet
	text []rune
	refs bool
}

// NewWalker makes a Walker for p.
func NewWalker(p *Pattern) *Walker {
	return &Walker{sets: []*threadSet{newThreadSet(p)}, refs: p.executable().refs}
}

// Dead gives the length of the shortest beginning of text with which no URL begins that the pattern matches, 0 if it is not known that there is one.
func (w *Walker) Dead(text string) int {
	if w.refs {
		return 0
	}
	n := 0
	for i, r := range text {
		if n < len(w.text) && w.text[n] == r {
			n++
		} else {
			next := *w.sets[n]
			next.advance(r)
			w.sets, w.text = append(w.sets[:n+1], &next), append(w.text[:n], r)
			n++
		}
		if len(w.sets[n].threads) == 0 {
			return i + utf8.RuneLen(r)
		}
	}
	return 0
}

// threadSet is every place in one program that a text may lead to, lookaheads and other conditions aside.
type threadSet struct {
	product
	threads []thread
}

func newThreadSet(p *Pattern) *threadSet {
	none := 0
	s := &threadSet{product: product{programs: []*program{p.executable()}, steps: &none, loose: true}, threads: []thread{{}}}
	s.states = []state{{parent: -1}}
	return s
}

func (s *threadSet) advance(r rune) {
	var next []thread
	for _, t := range s.threads {
		for _, l := range s.leaves(t, true) {
			if !l.done && s.takes(l.at, r) {
				next = append(next, s.after(l.at, r))
			}
		}
	}
	slices.SortFunc(next, compareThreads)
	s.threads = slices.Compact(next)
	s.states = []state{{parent: 0}} // no longer at the start
}

// only gives the one character that can follow, false if several can or the text may end.
func (s *threadSet) only() (r rune, one bool) {
	for _, t := range s.threads {
		for _, l := range s.leaves(t, true) {
			if l.done {
				return 0, false
			}
			i := &s.programs[0].code[l.at.pc]
			if i.op != opText && (i.op != opChar || i.fold) {
				return 0, false
			}
			next := s.samples(l.at)[0]
			if one && next != r {
				return 0, false
			}
			r, one = next, true
		}
	}
	return r, one
}
