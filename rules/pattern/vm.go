package pattern

import (
	"bytes"
	"errors"
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// Errors of a match. Each means that it is not known whether the URL matches: the request must be refused.
var (
	ErrSteps = errors.New("pattern: the match takes more steps than allowed")
	ErrLong  = errors.New("pattern: the URL is longer than 16384 bytes")
	ErrText  = errors.New("pattern: a glob with ? or [...] decides on ASCII URLs only")
)

var errBroken = errors.New("pattern: not compiled")

const (
	maxStack = 1 << 17
	maxTable = 1 << 16 // words of visited positions
)

// Scratch is the memory that matches share. It belongs to one caller at a time; its zero value is ready. It grows to what the largest match needed.
type Scratch struct {
	visited []uint64
	stack   []frame
	caps    []capture
	won     []uint64 // positions from which the body of a lookahead has matched before
	log     []int32  // bits of visited that a lookahead under way has set and not refuted
	steps   int
	// Of the index:
	found []int32
	seen  []uint32
	epoch uint32
}

// Steps returns what the last match took, in units of MaxSteps.
func (s *Scratch) Steps() int { return s.steps }

type capture struct{ open, start, end int32 }

type frameKind uint8

const (
	frameAlternative frameKind = iota
	frameRun
	frameLazy
	frameOpen
	frameClose
	frameAhead
	frameNotAhead
)

// frame is an entry of the backtracking stack: something to try next, or to undo on the way back.
type frame struct {
	kind   frameKind
	fresh  int32 // see machine.fresh
	pc     int32
	pos    int32
	a, b   int32
	logged int32
}

// machine runs one match. fresh is the outermost level of a loop whose present iteration has taken nothing yet, none if there is none: marks nest, so
// this one number says for each loop whether it has.
type machine struct {
	p      *program
	s      []byte
	m      *Scratch
	stride int32 // words of a row of visited
	ahead  int32 // index of the innermost lookahead's frame, -1 for none
	fresh  int32
	none   int32
	keep   bool // captures are kept
	proofs bool // won is in use
}

func (p *program) match(s []byte, m *Scratch, keep bool) (bool, error) {
	m.steps = 0
	switch {
	case p.broken:
		return false, errBroken
	case len(s) > MaxURL:
		return false, ErrLong
	case p.ascii && !isASCII(s):
		return false, ErrText
	case p.isSimple && !keep:
		if matches, ok := p.simple.match(s); ok {
			return matches, nil
		}
	}
	m.stack = m.stack[:0]
	m.log = m.log[:0]
	v := machine{p: p, s: s, m: m, ahead: -1, none: p.levels + 1, keep: keep || p.refs}
	v.fresh = v.none
	if v.keep {
		if cap(m.caps) < p.groups+1 {
			m.caps = make([]capture, p.groups+1, max(16, p.groups+1))
		}
		m.caps = m.caps[:p.groups+1]
		for i := range m.caps {
			m.caps[i] = capture{-1, -1, -1}
		}
	}
	if !p.refs && p.planes > 0 {
		v.stride = int32(len(s)/64 + 1)
		words := int(v.stride) * int(p.planes) * int(p.levels+1)
		if words > maxTable {
			return false, ErrSteps
		}
		if cap(m.visited) < words {
			m.visited = make([]uint64, words, max(64, words))
		}
		m.visited = m.visited[:words]
		clear(m.visited)
		if v.proofs = p.aheads && !(v.keep && p.captured); v.proofs {
			if cap(m.won) < words {
				m.won = make([]uint64, words, max(64, words))
			}
			m.won = m.won[:words]
			clear(m.won)
		}
	}
	return v.run()
}

func isASCII(s []byte) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// bit is the place of a position in the table of visited ones.
func (v *machine) bit(plane, pos, fresh int32) int32 {
	row := plane*(v.p.levels+1) + v.none - fresh
	return row*v.stride*64 + pos
}

// visit notes that plane is tried at pos and tells whether it has been before.
func (v *machine) visit(plane, pos int32) bool {
	if v.p.refs {
		return false
	}
	b := v.bit(plane, pos, v.fresh)
	w, mask := &v.m.visited[b>>6], uint64(1)<<(b&63)
	if *w&mask != 0 {
		return true
	}
	*w |= mask
	if v.ahead >= 0 {
		v.m.log = append(v.m.log, b)
	}
	return false
}

// proven tells whether the body of the lookahead under way has matched from here before.
func (v *machine) proven(plane, pos int32) bool {
	if v.ahead < 0 || !v.proofs {
		return false
	}
	b := v.bit(plane, pos, v.fresh)
	return v.m.won[b>>6]>>(b&63)&1 != 0
}

func (v *machine) push(f frame) {
	f.fresh = v.fresh
	f.logged = int32(len(v.m.log))
	v.m.stack = append(v.m.stack, f)
}

func (v *machine) run() (bool, error) {
	code, s, m := v.p.code, v.s, v.m
	pc, pos := int32(0), int32(0)
	end := int32(len(s))
	for {
		if m.steps++; m.steps > MaxSteps || len(m.stack) > maxStack {
			return false, ErrSteps
		}
		i := &code[pc]
		ok := true
		switch i.op {
		case opMatch:
			return true, nil
		case opText:
			if ok = len(s)-int(pos) >= len(i.text) && string(s[pos:int(pos)+len(i.text)]) == i.text; ok {
				pos += int32(len(i.text))
				v.fresh = v.none
				pc++
			}
		case opChar:
			if ok = pos < end; ok {
				r, n := utf8.DecodeRune(s[pos:])
				if i.fold {
					r = unicode.ToLower(r)
				}
				if ok = r == i.arg; ok {
					pos += int32(n)
					v.fresh = v.none
					pc++
				}
			}
		case opSet:
			n := v.one(i.set, pos)
			if ok = n > 0; ok {
				pos += n
				v.fresh = v.none
				pc++
			}
		case opRep:
			for range i.max {
				n := v.one(i.set, pos)
				if n == 0 {
					ok = false
					break
				}
				pos += n
				v.fresh = v.none
			}
			m.steps += int(i.max) >> 3
			pc++
		case opRun:
			pos, ok = v.greedy(i, pc, pos)
			pc++
		case opRunLazy:
			f := frame{kind: frameLazy, pc: pc, pos: pos, a: i.max}
			if !v.visit(i.plane, pos) {
				v.push(f)
				pc++
			} else if ok = i.max != unbounded; ok {
				pc, pos, ok = v.advance(f)
			}
		case opSplit:
			if ok = !v.visit(i.plane, pos); ok {
				v.push(frame{kind: frameAlternative, pc: i.arg, pos: pos})
				pc++
			} else if v.proven(i.plane, pos) {
				pc, pos, ok = v.endAhead()
			}
		case opSplitLazy:
			if ok = !v.visit(i.plane, pos); ok {
				v.push(frame{kind: frameAlternative, pc: pc + 1, pos: pos})
				pc = i.arg
			} else if v.proven(i.plane, pos) {
				pc, pos, ok = v.endAhead()
			}
		case opJump:
			pc = i.arg
		case opOpen:
			if v.keep {
				c := &m.caps[i.arg]
				v.push(frame{kind: frameOpen, pc: i.arg, a: c.open})
				c.open = pos
			}
			pc++
		case opClose:
			if v.keep {
				c := &m.caps[i.arg]
				v.push(frame{kind: frameClose, pc: i.arg, a: c.start, b: c.end})
				c.start, c.end = c.open, pos
			}
			pc++
		case opRef:
			pos, ok = v.reference(i, pos)
			pc++
		case opAssert:
			ok = v.assert(kind(i.arg), pos)
			pc++
		case opEnter:
			v.fresh = min(v.fresh, i.arg)
			pc++
		case opCheck:
			empty := v.fresh <= i.max
			if v.fresh >= i.max {
				v.fresh = v.none
			}
			if empty {
				pc = i.arg
			} else {
				pc++
			}
		case opAhead, opNotAhead:
			kind := frameAhead
			if i.op == opNotAhead {
				kind = frameNotAhead
			}
			v.push(frame{kind: kind, pc: i.arg, pos: pos, a: v.ahead})
			v.ahead = int32(len(m.stack) - 1)
			pc++
		case opAheadEnd:
			pc, pos, ok = v.endAhead()
		}
		if ok {
			continue
		}
		if pc, pos, ok = v.backtrack(); !ok {
			if m.steps > MaxSteps {
				return false, ErrSteps
			}
			return false, nil
		}
	}
}

// one returns the bytes of the character at pos if set has it, else 0.
func (v *machine) one(set *set, pos int32) int32 {
	if int(pos) >= len(v.s) {
		return 0
	}
	c := v.s[pos]
	if c < utf8.RuneSelf {
		if set.hasByte(c) {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRune(v.s[pos:])
	if set.hasHigh(r) {
		return int32(n)
	}
	return 0
}

// greedy takes as many characters as it can and leaves a frame for fewer.
func (v *machine) greedy(i *inst, pc, from int32) (int32, bool) {
	if i.max != unbounded || v.p.refs {
		to := from
		for n := int32(0); n != i.max; n++ {
			w := v.one(i.set, to)
			if w == 0 {
				break
			}
			to += w
		}
		v.m.steps += int(to-from) >> 3
		return v.retreat(i, pc, from, to)
	}
	if v.visit(i.plane, from) {
		return from, false
	}
	return v.retreat(i, pc, from, v.sweep(i, from))
}

// sweep returns where an unbounded run from from ends, and notes each position on the way. One noted before ends it: whatever could follow from there on
// has been tried by an earlier run.
func (v *machine) sweep(i *inst, from int32) int32 {
	s, set, visited := v.s, i.set, v.m.visited
	row := v.bit(i.plane, 0, v.none)
	to := from
	for int(to) < len(s) {
		next := row + to + 1
		word, off := &visited[next>>6], uint(next&63)
		room := 64 - off
		free := min(room, uint(bits.TrailingZeros64(*word>>off)))
		start, stop := int(to), min(int(to)+int(free), len(s))
		at := start
		for at < stop && s[at] < utf8.RuneSelf && set.hasByte(s[at]) {
			at++
		}
		*word |= (1<<uint(at-start) - 1) << off
		to = int32(at)
		if at == len(s) {
			break
		}
		if at == stop {
			if free < room {
				break
			}
			continue
		}
		n := int32(0)
		if s[at] >= utf8.RuneSelf {
			n = v.one(set, to)
		}
		if n == 0 {
			break
		}
		b := row + to + n
		if visited[b>>6]>>(b&63)&1 != 0 {
			break
		}
		visited[b>>6] |= 1 << (b & 63)
		to += n
	}
	v.m.steps += int(to-from) >> 3
	return to
}

// retreat finds the last place in from..at where what follows the run can start, leaves a frame for the places before it, and goes there.
func (v *machine) retreat(i *inst, pc, from, at int32) (int32, bool) {
	s := v.s
	fresh := v.fresh
	for {
		v.fresh = fresh
		if i.then == followText {
			if at = v.lastText(i.text, from, at); at < from {
				return from, false
			}
		}
		if i.then == followEnd && int(at) < len(s)-1 {
			return from, false
		}
		if at > from {
			v.push(frame{kind: frameRun, pc: pc, pos: from, a: v.before(from, at)})
			v.fresh = v.none
		}
		if i.max == unbounded || !v.visit(i.plane, at) {
			return at, true
		}
		if at == from {
			return from, false
		}
		top := len(v.m.stack) - 1
		at = v.m.stack[top].a
		v.m.stack = v.m.stack[:top]
		v.m.steps++
	}
}

// lastText returns the last place in from..at where text is, one before from if there is none.
func (v *machine) lastText(text string, from, at int32) int32 {
	for at >= from {
		at = int32(bytes.LastIndexByte(v.s[from:min(int(at)+1, len(v.s))], text[0])) + from
		if at < from || hasPrefix(v.s[at:], text) {
			break
		}
		v.m.steps++
		at--
	}
	return at
}

// before returns the start of the character that ends at at.
func (v *machine) before(from, at int32) int32 {
	if v.s[at-1] < utf8.RuneSelf {
		return at - 1
	}
	_, n := utf8.DecodeLastRune(v.s[from:at])
	return at - int32(n)
}

// reference matches the text of a group again.
func (v *machine) reference(i *inst, pos int32) (int32, bool) {
	c := v.m.caps[i.arg]
	if c.end < 0 {
		return pos, false
	}
	text := v.s[c.start:c.end]
	v.m.steps += len(text) >> 3
	start := pos
	for len(text) > 0 {
		if int(pos) >= len(v.s) {
			return pos, false
		}
		a, n := utf8.DecodeRune(text)
		b, w := utf8.DecodeRune(v.s[pos:])
		if i.fold {
			a, b = unicode.ToLower(a), unicode.ToLower(b)
		}
		if a != b {
			return pos, false
		}
		text = text[n:]
		pos += int32(w)
	}
	if pos > start {
		v.fresh = v.none
	}
	return pos, true
}

func (v *machine) assert(k kind, pos int32) bool {
	s := v.s
	switch k {
	case kBegin:
		return pos == 0
	case kEnd:
		return int(pos) == len(s)
	case kEndLine:
		return int(pos) == len(s) || int(pos) == len(s)-1 && s[pos] == '\n'
	case kLineBegin:
		return pos == 0 || s[pos-1] == '\n'
	case kLineEnd:
		return int(pos) == len(s) || s[pos] == '\n'
	}
	before, after := false, false
	if pos > 0 {
		r, _ := utf8.DecodeLastRune(s[:pos])
		before = isWord(r)
	}
	if int(pos) < len(s) {
		r, _ := utf8.DecodeRune(s[pos:])
		after = isWord(r)
	}
	return (before != after) == (k == kBoundary)
}

// endAhead ends the innermost lookahead, whose body has matched: what the body could still have tried is dropped, what it captured stays.
func (v *machine) endAhead() (int32, int32, bool) {
	m := v.m
	at := v.ahead
	f := m.stack[at]
	v.ahead = f.a
	v.fresh = f.fresh
	// The places on the way to the body's end are no dead ends: another way into the body may come by them.
	for _, b := range m.log[f.logged:] {
		if v.proofs {
			m.won[b>>6] |= 1 << (b & 63)
		} else {
			m.visited[b>>6] &^= 1 << (b & 63)
		}
	}
	m.log = m.log[:f.logged]
	if f.kind == frameNotAhead {
		for i := len(m.stack) - 1; i > int(at); i-- {
			v.undo(&m.stack[i])
		}
		m.steps += len(m.stack) - int(at)
		m.stack = m.stack[:at]
		return 0, 0, false
	}
	keep := at
	for i := int(at) + 1; i < len(m.stack); i++ {
		if k := m.stack[i].kind; k == frameOpen || k == frameClose {
			m.stack[keep] = m.stack[i]
			m.stack[keep].logged = f.logged
			keep++
		}
	}
	m.steps += len(m.stack) - int(at)
	m.stack = m.stack[:keep]
	return f.pc, f.pos, true
}

func (v *machine) undo(f *frame) {
	switch f.kind {
	case frameOpen:
		v.m.caps[f.pc].open = f.a
	case frameClose:
		c := &v.m.caps[f.pc]
		c.start, c.end = f.a, f.b
	}
}

// backtrack takes frames off the stack up to one that has something to try.
func (v *machine) backtrack() (pc, pos int32, ok bool) {
	m := v.m
	for len(m.stack) > 0 {
		if m.steps++; m.steps > MaxSteps {
			return 0, 0, false
		}
		f := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		m.log = m.log[:f.logged]
		v.fresh = f.fresh
		switch f.kind {
		case frameAlternative:
			return f.pc, f.pos, true
		case frameRun:
			if at, ok := v.retreat(&v.p.code[f.pc], f.pc, f.pos, f.a); ok {
				return f.pc + 1, at, true
			}
		case frameLazy:
			if pc, pos, ok = v.advance(f); ok {
				return pc, pos, true
			}
		case frameAhead:
			v.ahead = f.a
		case frameNotAhead:
			v.ahead = f.a
			return f.pc, f.pos, true
		default:
			v.undo(&f)
		}
	}
	return 0, 0, false
}

// advance lets a lazy run take one more character, or several up to where it can go on.
func (v *machine) advance(f frame) (pc, pos int32, ok bool) {
	i := &v.p.code[f.pc]
	left := f.a
	at := f.pos
	for left != 0 {
		n := v.one(i.set, at)
		if n == 0 {
			return 0, 0, false
		}
		v.m.steps++
		at += n
		v.fresh = v.none
		if left > 0 {
			left--
		}
		if v.visit(i.plane, at) {
			if i.max == unbounded {
				return 0, 0, false
			}
			continue
		}
		v.push(frame{kind: frameLazy, pc: f.pc, pos: at, a: left})
		return f.pc + 1, at, true
	}
	return 0, 0, false
}
