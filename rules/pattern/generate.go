package pattern

import (
	"unicode"
	"unicode/utf8"
)

type opcode uint8

const (
	opMatch     opcode = iota
	opText             // the bytes of text
	opChar             // the character arg, folded if fold
	opSet              // one character of set
	opRun              // up to max characters of set, as many as possible
	opRunLazy          // up to max characters of set, as few as possible
	opRep              // exactly max characters of set
	opSplit            // try next, then arg; at most once at each position
	opSplitLazy        // try arg, then next
	opJump             // to arg
	opOpen             // group arg starts
	opClose            // group arg ends
	opRef              // backreference to group arg
	opAssert           // the condition kind arg
	opEnter            // an iteration of the loop at level arg starts
	opCheck            // an iteration of the loop at level max ends: to arg if it took nothing
	opAhead            // lookahead, its body follows
	opNotAhead         // negative lookahead, its body follows; to arg where the body fails
	opAheadEnd         // the lookahead's body has matched
)

// follow tells what stands after a run, so that the places where it cannot go on are skipped.
type follow uint8

const (
	followAny  follow = iota
	followText        // the run's text
	followEnd         // the end of the URL, or a last \n
)

type inst struct {
	op    opcode
	fold  bool
	then  follow
	plane int32 // which row of the table of visited positions, -1 for none
	arg   int32
	max   int32 // -1: unbounded
	set   *set
	text  string
}

// program is the executable form of a pattern.
type program struct {
	broken   bool
	ascii    bool // a glob that is exact on ASCII only
	refs     bool
	aheads   bool
	captured bool // some lookahead has a group that captures
	code     []inst
	planes   int32
	levels   int32 // how deep loops over what can be empty nest
	groups   int
	simple   simple
	isSimple bool
}

// set is a class with a table for ASCII.
type set struct {
	low  [2]uint64
	high high
	fold bool
	from *class
}

// high tells which characters beyond ASCII are in a set.
type high uint8

const (
	highSome high = iota
	highNone
	highAll
)

func (s *set) hasByte(b byte) bool { return s.low[b>>6&1]>>(b&63)&1 != 0 }

func (s *set) has(r rune) bool {
	if s.fold {
		r = unicode.ToLower(r)
	}
	return s.from.has(r)
}

func (s *set) hasHigh(r rune) bool {
	switch s.high {
	case highAll:
		return true
	case highNone:
		return false
	}
	return s.has(r)
}

// dotLow is the table of a set that lacks \n alone.
var dotLow = [2]uint64{^uint64(1 << '\n'), ^uint64(0)}

func newSet(n *node) *set {
	s := &set{fold: n.fold, from: n.class}
	switch n.kind {
	case kDot:
		s.low = dotLow
		s.high = highAll
		return s
	case kChar:
		s.from = &class{spans: []span{{n.char, n.char}}}
	}
	for b := range rune(128) {
		if s.has(b) {
			s.low[b>>6] |= 1 << (b & 63)
		}
	}
	s.high = s.from.beyond(n.fold)
	return s
}

// beyond tells what of the characters beyond ASCII is in c.
func (c *class) beyond(fold bool) high {
	if len(c.cats) > 0 {
		return highSome
	}
	if c.all && !c.negate {
		return highAll
	}
	some := false
	for _, s := range c.spans {
		if s.hi >= 0x80 {
			some = true
			if s.lo <= 0x80 && s.hi == unicode.MaxRune && !fold {
				if c.negate {
					return highNone
				}
				return highAll
			}
		}
	}
	// Under (?i) some character beyond ASCII, such as the Kelvin sign, has an ASCII letter for its lower case.
	if some || fold {
		return highSome
	}
	if c.negate {
		return highAll
	}
	return highNone
}

type generator struct {
	tree  *tree
	p     *program
	level int32
	ahead bool
}

func (t *tree) generate() *program {
	p := &program{refs: t.refs, groups: t.groups, ascii: t.ascii}
	g := generator{tree: t, p: p}
	g.node(t.root)
	p.code = append(p.code, inst{op: opAssert, arg: int32(kEndLine), plane: -1})
	if t.exactEnd {
		p.code[len(p.code)-1].arg = int32(kEnd)
	}
	p.code = append(p.code, inst{op: opMatch, plane: -1})
	g.follow()
	p.simple, p.isSimple = simpleOf(p)
	return p
}

//go:noinline
func (g *generator) emit(i inst) int {
	i.plane = -1
	g.p.code = append(g.p.code, i)
	return len(g.p.code) - 1
}

func (g *generator) plane(at int) {
	g.p.code[at].plane = g.p.planes
	g.p.planes++
}

func (g *generator) here() int32 { return int32(len(g.p.code)) }

//go:noinline
func (g *generator) split(lazy bool) int {
	op := opSplit
	if lazy {
		op = opSplitLazy
	}
	at := g.emit(inst{op: op})
	g.plane(at)
	return at
}

func (g *generator) to(at int, target int32) { g.p.code[at].arg = target }

func (g *generator) node(n *node) {
	switch n.kind {
	case kEmpty:
	case kText:
		g.emit(inst{op: opText, text: n.text})
	case kChar:
		g.char(n)
	case kClass, kDot:
		g.emit(inst{op: opSet, set: newSet(n)})
	case kRef:
		g.emit(inst{op: opRef, arg: n.n, fold: n.fold})
	case kConcat:
		for c := n.child; c != nil; c = c.next {
			g.node(c)
		}
	case kAlternate:
		g.alternate(n)
	case kCapture:
		g.p.captured = g.p.captured || g.ahead
		g.emit(inst{op: opOpen, arg: n.n})
		g.node(n.child)
		g.emit(inst{op: opClose, arg: n.n})
	case kLoop:
		g.loop(n)
	case kAhead, kNotAhead:
		g.p.aheads = true
		op := opAhead
		if n.kind == kNotAhead {
			op = opNotAhead
		}
		at := g.emit(inst{op: op})
		saved := g.ahead
		g.ahead = true
		g.node(n.child)
		g.ahead = saved
		g.emit(inst{op: opAheadEnd})
		g.to(at, g.here())
	default:
		g.emit(inst{op: opAssert, arg: int32(n.kind)})
	}
}

// char joins plain characters to texts; the one that a jump may lead to starts a new one.
func (g *generator) char(n *node) {
	if n.fold {
		g.emit(inst{op: opChar, arg: n.char, fold: true})
		return
	}
	if n.char == utf8.RuneError {
		// It stands for every invalid byte too.
		g.emit(inst{op: opChar, arg: n.char})
		return
	}
	g.emit(inst{op: opText, text: string(n.char)})
}

func (g *generator) alternate(n *node) {
	var ends []int
	for c := n.child; c != nil; c = c.next {
		if c.next == nil {
			g.node(c)
			break
		}
		at := g.split(false)
		g.node(c)
		ends = append(ends, g.emit(inst{op: opJump}))
		g.to(at, g.here())
	}
	for _, at := range ends {
		g.to(at, g.here())
	}
}

func (g *generator) loop(n *node) {
	if isChar(n.child) && !g.ahead {
		g.run(n)
		return
	}
	body, lo, hi := n.child, n.min, n.max
	empty := nullable(body)
	if empty {
		g.level++
		g.p.levels = max(g.p.levels, g.level)
	}
	var exits []int
	// An iteration that may be followed by no other: the obligatory ones before the last cannot leave the loop.
	iteration := func(last bool) {
		if !empty || !last {
			g.node(body)
			return
		}
		g.emit(inst{op: opEnter, arg: g.level})
		g.node(body)
		exits = append(exits, g.emit(inst{op: opCheck, max: g.level}))
	}
	for i := int32(0); i < lo-1; i++ {
		iteration(false)
	}
	switch {
	case hi == unbounded && lo == 0:
		start := g.here()
		exits = append(exits, g.split(n.lazy))
		iteration(true)
		g.emit(inst{op: opJump, arg: start})
	case hi == unbounded:
		start := g.here()
		iteration(true)
		exits = append(exits, g.split(n.lazy))
		g.emit(inst{op: opJump, arg: start})
	default:
		if lo > 0 {
			iteration(true)
		}
		for i := lo; i < hi; i++ {
			exits = append(exits, g.split(n.lazy))
			iteration(true)
		}
	}
	for _, at := range exits {
		g.to(at, g.here())
	}
	if empty {
		g.level--
	}
}

func (g *generator) run(n *node) {
	s := newSet(n.child)
	if n.min > 0 {
		g.emit(inst{op: opRep, set: s, max: n.min})
	}
	if n.max == n.min {
		return
	}
	limit := n.max
	if limit != unbounded {
		limit -= n.min
	}
	op := opRun
	if n.lazy {
		op = opRunLazy
	}
	g.plane(g.emit(inst{op: op, set: s, max: limit}))
}

// follow notes after each run what must come next.
func (g *generator) follow() {
	code := g.p.code
	for i := range code {
		if code[i].op != opRun && code[i].op != opRunLazy {
			continue
		}
		j := i + 1
		for code[j].op == opClose || code[j].op == opOpen {
			j++
		}
		switch c := &code[j]; {
		case c.op == opText:
			code[i].then, code[i].text = followText, c.text
		case c.op == opAssert && (kind(c.arg) == kEndLine || kind(c.arg) == kEnd):
			code[i].then = followEnd
		}
	}
}
