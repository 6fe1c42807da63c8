package pattern

import (
	"strings"
	"unicode/utf8"
)

type kind uint8

const (
	kEmpty      kind = iota
	kText            // literal bytes, from outside the fragments
	kChar            // one character
	kClass           // one character of a class
	kDot             // one character but \n
	kRef             // backreference
	kBegin           // \A \G and ^
	kEnd             // \z
	kEndLine         // \Z and $: at the end or before a last \n
	kLineBegin       // (?m)^
	kLineEnd         // (?m)$
	kBoundary        // \b
	kNoBoundary      // \B
	kConcat
	kAlternate
	kLoop
	kCapture
	kAhead
	kNotAhead
)

const unbounded = -1

// node is a node of the syntax tree; its children are linked through next.
type node struct {
	kind     kind
	fold     bool // (?i)
	lazy     bool
	single   bool // kLoop over one character, written without a group
	char     rune
	n        int32 // kCapture, kRef: the group; -1-i stands for the i-th name until the numbers of unnamed groups are known
	min, max int32
	child    *node
	next     *node
	class    *class
	text     string
}

// tree is a pattern while it is parsed.
type tree struct {
	slab     []node
	segments []segment
	buf      [8]segment
	root     *node
	unnamed  int
	names    []string
	groups   int
	refs     bool // it has a backreference
	exactEnd bool // it ends at the end of the URL only, not before a last \n too
	ascii    bool // a glob that is exact on ASCII only
}

//go:noinline
func (t *tree) node(k kind) *node {
	if len(t.slab) == cap(t.slab) {
		t.slab = make([]node, 0, 24)
	}
	t.slab = t.slab[:len(t.slab)+1]
	n := &t.slab[len(t.slab)-1]
	*n = node{kind: k}
	return n
}

func (t *tree) parse(s Strategy, url string) *Error {
	if len(url) > MaxPattern {
		return &Error{MaxPattern, "the pattern is longer than 2048 bytes: split it into several rules"}
	}
	if url == "" {
		return &Error{0, "the pattern is empty: write scheme://host/path"}
	}
	if i := invalidUTF8(url); i >= 0 {
		return &Error{i, "not valid UTF-8: write the character itself, encoded as UTF-8"}
	}
	var err *Error
	if t.segments, err = split(url, t.buf[:0]); err != nil {
		return err
	}
	var list chain
	if s == Glob {
		err = t.parseGlob(url, &list)
	} else {
		err = t.parseRegexp(&list)
	}
	if err != nil {
		return err
	}
	t.root = t.concat(&list)
	if s == Regexp {
		t.groups = t.unnamed + len(t.names)
		t.number(t.root)
	}
	if t.groups > MaxGroups {
		return &Error{0, "more than 100 groups: write (?:...) where nothing reads the group"}
	}
	if size(t.root, false) > MaxProgram {
		return &Error{0, "the counted repetitions expand to more than 4096 steps: use * or + in place of the larger {n,m}"}
	}
	joinTexts(t.root)
	return nil
}

func (t *tree) parseRegexp(list *chain) *Error {
	host := authority{}
	for i, seg := range t.segments {
		if !seg.fragment {
			text, err := host.literal(seg, i == len(t.segments)-1)
			if err != nil {
				return err
			}
			if text != "" {
				n := t.node(kText)
				n.text = text
				list.add(n)
			}
			continue
		}
		p := parser{tree: t, src: seg.text, base: seg.offset}
		n, err := p.fragment()
		if err != nil {
			return err
		}
		host.fragment(n)
		list.add(n)
	}
	return nil
}

// number gives named groups their numbers: .NET counts them after all unnamed ones.
func (t *tree) number(n *node) {
	for ; n != nil; n = n.next {
		if n.n < 0 {
			n.n = int32(t.unnamed) - n.n
		}
		t.number(n.child)
	}
}

// chain is a list of nodes in the making.
type chain struct{ first, last *node }

//go:noinline
func (c *chain) add(n *node) {
	n.next = nil
	if c.first == nil {
		c.first, c.last = n, n
		return
	}
	c.last.next = n
	c.last = n
}

// concat makes one node of a list, as regexp2 reduces a concatenation: empties vanish, inner concatenations are spliced in, one node stands alone.
func (t *tree) concat(list *chain) *node {
	var out chain
	for n := list.first; n != nil; {
		next := n.next
		switch n.kind {
		case kEmpty:
		case kConcat:
			for c := n.child; c != nil; {
				after := c.next
				out.add(c)
				c = after
			}
		default:
			out.add(n)
		}
		n = next
	}
	return t.wrap(kConcat, out)
}

func (t *tree) wrap(k kind, list chain) *node {
	if list.first == nil {
		return t.node(kEmpty)
	}
	if list.first == list.last {
		return list.first
	}
	n := t.node(k)
	n.child = list.first
	return n
}

// alternate makes one node of alternatives, as regexp2 reduces them: inner alternations are spliced in and neighbours of one character become a class.
func (t *tree) alternate(list *chain) *node {
	var flat chain
	for n := list.first; n != nil; {
		next := n.next
		if n.kind == kAlternate {
			for c := n.child; c != nil; {
				after := c.next
				flat.add(c)
				c = after
			}
		} else {
			flat.add(n)
		}
		n = next
	}
	var out chain
	for n := flat.first; n != nil; {
		next := n.next
		if p := out.last; p != nil && mergeable(p) && mergeable(n) && p.fold == n.fold {
			t.toClass(p)
			t.toClass(n)
			p.class.merge(n.class)
		} else {
			out.add(n)
		}
		n = next
	}
	return t.wrap(kAlternate, out)
}

func mergeable(n *node) bool {
	return n.kind == kChar || n.kind == kClass && !n.class.negate
}

func (t *tree) toClass(n *node) {
	if n.kind == kChar {
		n.kind = kClass
		n.class = &class{spans: []span{{n.char, n.char}}}
	}
}

// reduceLoop multiplies the counts of directly nested loops where regexp2 does so, which decides between captures.
func reduceLoop(l *node) *node {
	c := l.child
	if l.single || c.kind != kLoop || c.lazy != l.lazy {
		return l
	}
	if l.min == 0 && c.min > 1 || c.max != unbounded && c.max < c.min*2 {
		return l
	}
	const huge = 1 << 15
	c.min = min(c.min*l.min, huge)
	if l.max == unbounded || c.max == unbounded {
		c.max = unbounded
	} else {
		c.max = min(c.max*l.max, huge)
	}
	c.next = nil
	return c
}

func nullable(n *node) bool {
	switch n.kind {
	case kText, kChar, kClass, kDot:
		return false
	case kConcat:
		for c := n.child; c != nil; c = c.next {
			if !nullable(c) {
				return false
			}
		}
		return true
	case kAlternate:
		for c := n.child; c != nil; c = c.next {
			if nullable(c) {
				return true
			}
		}
		return false
	case kLoop:
		return n.min == 0 || nullable(n.child)
	case kCapture:
		return nullable(n.child)
	}
	return true
}

// size bounds the instructions that n generates. It saturates above MaxProgram.
func size(n *node, ahead bool) int {
	const over = MaxProgram + 1
	total := 0
	switch n.kind {
	case kEmpty:
	case kConcat, kAlternate:
		for c := n.child; c != nil && total < over; c = c.next {
			total += size(c, ahead)
			if n.kind == kAlternate && c.next != nil {
				total += 2
			}
		}
	case kCapture:
		total = size(n.child, ahead) + 2
	case kAhead, kNotAhead:
		total = size(n.child, true) + 2
	case kLoop:
		if isChar(n.child) && !ahead {
			total = 2
			break
		}
		if copies := int(max(n.max, n.min, 1)); copies > over {
			total = over
		} else {
			total = copies*(size(n.child, ahead)+3) + 2
		}
	default:
		total = 1
	}
	return min(total, over)
}

func isChar(n *node) bool { return n.kind == kChar || n.kind == kClass || n.kind == kDot }

// joinTexts makes one text of neighbouring characters.
func joinTexts(n *node) {
	for c := n.child; c != nil; c = c.next {
		joinTexts(c)
	}
	if n.kind != kConcat {
		return
	}
	for c := n.child; c != nil; c = c.next {
		if !plain(c) || c.next == nil || !plain(c.next) {
			continue
		}
		var b strings.Builder
		d := c
		for ; d != nil && plain(d); d = d.next {
			if d.kind == kText {
				b.WriteString(d.text)
			} else {
				b.WriteRune(d.char)
			}
		}
		c.kind, c.text, c.next = kText, b.String(), d
	}
}

func plain(n *node) bool {
	return n.kind == kText && !strings.ContainsRune(n.text, utf8.RuneError) || n.kind == kChar && !n.fold && n.char != utf8.RuneError
}
