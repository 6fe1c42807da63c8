package re2

import "unicode/utf8"

// machine looks for one match: it goes through the text once, with all the places
// of the expression where it may be, in order of preference.
type machine struct {
	re    *Regexp
	text  string
	slots int // per place
	steps *int
	now   places
	next  places
	ends  []int // of the place being added
	match []int // nil: none yet
}

// places are instructions that wait for a character, each at most once.
type places struct {
	order []int
	mark  []int // where in order an instruction stands
	ends  []int
}

func (q *places) has(pc int) bool {
	i := q.mark[pc]
	return i < len(q.order) && q.order[i] == pc
}

func newPlaces(insts, slots int) places {
	return places{order: make([]int, 0, insts), mark: make([]int, insts), ends: make([]int, insts*slots)}
}

// Groups is the number of groups, the whole match included.
func (re *Regexp) Groups() int { return len(re.names) }

// find looks for the first match in text from pos on, and gives where it and its
// groups begin and end; nil if there is none, -1 for groups that took no part. Of
// groups those are remembered that groups counts. steps is taken from for what is
// done.
func (re *Regexp) find(text string, pos, groups int, steps *int) ([]int, error) {
	slots := 2 * groups
	m := machine{
		re: re, text: text, slots: slots, steps: steps, ends: make([]int, slots),
		now: newPlaces(len(re.insts), slots), next: newPlaces(len(re.insts), slots),
	}
	for {
		r, size := rune(-1), 0
		if pos < len(text) {
			r, size = utf8.DecodeRuneInString(text[pos:])
		}
		if m.match == nil {
			for i := range m.ends {
				m.ends[i] = -1
			}
			m.ends[0] = pos
			m.add(&m.now, re.start, pos)
		}
		if len(m.now.order) == 0 {
			break
		}
		m.step(r, pos, pos+size)
		if *steps < 0 {
			return nil, ErrSteps
		}
		m.now, m.next = m.next, m.now
		m.next.order = m.next.order[:0]
		if size == 0 {
			break
		}
		pos += size
	}
	return m.match, nil
}

// step goes on from all places over the character r.
func (m *machine) step(r rune, pos, after int) {
	for i := 0; i < len(m.now.order); i++ {
		*m.steps--
		in := &m.re.insts[m.now.order[i]]
		ends := m.now.ends[i*m.slots : (i+1)*m.slots]
		switch in.code {
		case codeMatch:
			m.match = append(m.match[:0], ends...)
			m.match[1] = pos
			// What comes later in order is less preferred.
			return
		case codeChar:
			if r >= 0 && in.class.has(r) {
				copy(m.ends, ends)
				m.add(&m.next, in.out, after)
			}
		}
	}
}

// add puts pc among the places, or where it leads without a character.
func (m *machine) add(q *places, pc, pos int) {
	for !q.has(pc) {
		*m.steps--
		in := &m.re.insts[pc]
		q.mark[pc] = len(q.order)
		q.order = append(q.order, pc)
		at := (len(q.order) - 1) * m.slots
		switch in.code {
		case codeMatch, codeChar:
			copy(q.ends[at:at+m.slots], m.ends)
			return
		case codeAssert:
			if !m.holds(in.assert, pos) {
				return
			}
		case codeSplit:
			m.add(q, in.out, pos)
			pc = in.arg
			continue
		case codeCapture:
			if in.arg < m.slots {
				old := m.ends[in.arg]
				m.ends[in.arg] = pos
				m.add(q, in.out, pos)
				m.ends[in.arg] = old
				return
			}
		}
		pc = in.out
	}
}

// holds says whether an assertion is true at pos.
func (m *machine) holds(a assertion, pos int) bool {
	switch a {
	case beginText:
		return pos == 0
	case endText:
		return pos == len(m.text)
	case beginLine:
		return pos == 0 || m.text[pos-1] == '\n'
	case endLine:
		return pos == len(m.text) || m.text[pos] == '\n'
	}
	before := pos > 0 && isWord(rune(m.text[pos-1]))
	after := pos < len(m.text) && isWord(rune(m.text[pos]))
	return (before != after) == (a == wordEdge)
}
