package pattern

import (
	"unicode"
	"unicode/utf8"
)

type flags struct{ fold, multi, single, spaced bool }

// parser reads one fragment by regexp2's grammar under the RE2 option.
type parser struct {
	tree     *tree
	src      string
	base     int // where src starts in the pattern
	pos      int
	depth    int
	f        flags
	first    int // unnamed groups before this fragment
	defined  []string
	pending  []pendingName
	maxRef   int32
	maxRefAt int
}

type pendingName struct {
	node *node
	name string
	at   int
}

func (p *parser) fail(at int, msg string) *Error { return &Error{p.base + at, msg} }

// fragment parses the whole of src as the capturing group that it stands for.
func (p *parser) fragment() (*node, *Error) {
	t := p.tree
	if len(p.src) > 0 && p.src[0] == '?' {
		return nil, p.fail(0, "a fragment cannot start with ?: for a group that does not capture write <(?:...)>, for a lookahead <(?!...)...>")
	}
	p.first = t.unnamed
	t.unnamed++
	group := t.node(kCapture)
	group.n = int32(t.unnamed)
	body, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if p.pos < len(p.src) {
		return nil, p.fail(p.pos, ") without (: write \\) for a literal parenthesis")
	}
	group.child = body
	// Oathkeeper compiles each fragment on its own as well, where the groups count from 1 and the fragment itself is none of them.
	inside := t.unnamed - p.first - 1 + len(p.defined)
	if int(p.maxRef) > inside {
		return nil, p.fail(p.maxRefAt, "the fragment has no such group: a backreference reaches groups of its own fragment only, and \\1 is the first fragment")
	}
	for _, u := range p.pending {
		i := indexOf(p.defined, u.name)
		if i < 0 {
			return nil, p.fail(u.at, "the fragment has no group of this name: write (?P<name>...) in the same fragment")
		}
		u.node.n = -1 - int32(indexOf(t.names, u.name))
	}
	return group, nil
}

func indexOf(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return -1
}

func (p *parser) more() bool { return p.pos < len(p.src) }

func (p *parser) peek() byte { return p.src[p.pos] }

//go:noinline
func (p *parser) peekAt(i int) byte {
	if p.pos+i < len(p.src) {
		return p.src[p.pos+i]
	}
	return 0
}

func (p *parser) rune() rune {
	r, n := utf8.DecodeRuneInString(p.src[p.pos:])
	p.pos += n
	return r
}

// alternatives parses up to the closing parenthesis or the end of the fragment.
func (p *parser) alternatives() (*node, *Error) {
	if p.depth++; p.depth > MaxDepth {
		return nil, p.fail(p.pos, "groups nest deeper than 64: simplify the fragment")
	}
	var alts chain
	for {
		var list chain
		if err := p.sequence(&list); err != nil {
			return nil, err
		}
		alts.add(p.tree.concat(&list))
		if !p.more() || p.peek() != '|' {
			break
		}
		p.pos++
	}
	p.depth--
	return p.tree.alternate(&alts), nil
}

func (p *parser) sequence(list *chain) *Error {
	quantified := false
	for {
		if err := p.blank(); err != nil {
			return err
		}
		if !p.more() {
			return nil
		}
		c := p.peek()
		if c == '|' || c == ')' {
			return nil
		}
		if c == '*' || c == '+' || c == '?' || c == '{' && p.counted() {
			if quantified {
				return p.fail(p.pos, "a repetition of a repetition: put the first into (?:...)")
			}
			return p.fail(p.pos, "nothing to repeat: write \\"+string(rune(c))+" for the character itself")
		}
		quantified = false
		n, err := p.atom()
		if err != nil {
			return err
		}
		if n == nil { // (?i)
			continue
		}
		if err := p.blank(); err != nil {
			return err
		}
		if p.more() {
			if n, quantified, err = p.quantifier(n); err != nil {
				return err
			}
		}
		list.add(ungroup(n))
	}
}

// blank skips (?#comments) and, under (?x), white space and # comments.
func (p *parser) blank() *Error {
	for p.more() {
		c := p.peek()
		switch {
		case p.f.spaced && (c == ' ' || c >= 9 && c <= 13):
			p.pos++
		case p.f.spaced && c == '#':
			at := p.pos
			for p.more() && p.peek() != '\n' {
				p.pos++
			}
			if !p.more() {
				return p.fail(at, "a # comment under (?x) ends at a line's end and would swallow the fragment's own: write (?#...)")
			}
		case c == '(' && p.peekAt(1) == '?' && p.peekAt(2) == '#':
			at := p.pos
			for p.more() && p.peek() != ')' {
				p.pos++
			}
			if !p.more() {
				return p.fail(at, "the comment is not closed: add )")
			}
			p.pos++
		default:
			return nil
		}
	}
	return nil
}

// counted tells whether {n}, {n,} or {n,m} stands here; any other { is literal.
func (p *parser) counted() bool {
	i := 1
	for isDigit(p.peekAt(i)) {
		i++
	}
	if i == 1 {
		return false
	}
	if p.peekAt(i) == ',' {
		i++
		for isDigit(p.peekAt(i)) {
			i++
		}
	}
	return p.peekAt(i) == '}'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func (p *parser) quantifier(n *node) (*node, bool, *Error) {
	at := p.pos
	var lo, hi int32
	switch p.peek() {
	case '*':
		lo, hi = 0, unbounded
		p.pos++
	case '+':
		lo, hi = 1, unbounded
		p.pos++
	case '?':
		lo, hi = 0, 1
		p.pos++
	case '{':
		if !p.counted() {
			return n, false, nil
		}
		p.pos++
		lo = p.number()
		hi = lo
		if p.peek() == ',' {
			p.pos++
			if hi = unbounded; p.peek() != '}' {
				hi = p.number()
			}
		}
		p.pos++
		if lo > MaxRepeat || hi > MaxRepeat {
			return nil, false, p.fail(at, "a count over 1000: use * or +")
		}
		if hi != unbounded && lo > hi {
			return nil, false, p.fail(at, "the counts are the wrong way round: write {smaller,larger}")
		}
	default:
		return n, false, nil
	}
	if err := p.blank(); err != nil {
		return nil, false, err
	}
	lazy := false
	if p.more() && p.peek() == '?' {
		lazy = true
		p.pos++
	}
	if lo == 0 && hi == 0 {
		return p.tree.node(kEmpty), true, nil
	}
	if lo == 1 && hi == 1 {
		return n, true, nil
	}
	l := p.tree.node(kLoop)
	l.min, l.max, l.lazy = lo, hi, lazy
	l.child = ungroup(n)
	l.child.next = nil
	if l.single = isChar(n); l.single {
		return l, true, nil
	}
	if lazy && nullable(l.child) {
		return nil, false, p.fail(at, "a lazy repetition of something that can be empty: drop the ? after the repetition, or make its content at least one character")
	}
	return reduceLoop(l), true, nil
}

// kGroup marks a group that does not capture until its quantifier has been seen.
const kGroup kind = 200

func ungroup(n *node) *node {
	if n.kind == kGroup {
		return n.child
	}
	return n
}

// number reads digits and saturates.
func (p *parser) number() int32 {
	v := int32(0)
	for isDigit(p.peekAt(0)) {
		if v = v*10 + int32(p.peek()-'0'); v > 1_000_000 {
			v = 1_000_000
		}
		p.pos++
	}
	return v
}

func (p *parser) atom() (*node, *Error) {
	t := p.tree
	c := p.peek()
	switch c {
	case '(':
		return p.group()
	case '[':
		return p.class()
	case '\\':
		return p.escape()
	case '^':
		p.pos++
		if p.f.multi {
			return t.node(kLineBegin), nil
		}
		return t.node(kBegin), nil
	case '$':
		p.pos++
		if p.f.multi {
			return t.node(kLineEnd), nil
		}
		return t.node(kEndLine), nil
	case '.':
		p.pos++
		if p.f.single {
			n := t.node(kClass)
			n.class = &class{spans: []span{{0, unicode.MaxRune}}, all: true}
			return n, nil
		}
		return t.node(kDot), nil
	}
	return p.char(p.rune()), nil
}

func (p *parser) char(r rune) *node {
	n := p.tree.node(kChar)
	if n.fold = p.f.fold; n.fold {
		r = unicode.ToLower(r)
	}
	n.char = r
	return n
}

// group parses from ( on. It returns nil for (?i), which holds up to the end of the enclosing group.
func (p *parser) group() (*node, *Error) {
	t := p.tree
	at := p.pos
	saved := p.f
	p.pos++
	n := t.node(kCapture)
	if p.more() && p.peek() == '?' {
		p.pos++
		if !p.more() {
			return nil, p.fail(at, "an unfinished (?: write (?:...) or \\(")
		}
		switch c := p.peek(); c {
		case ':':
			p.pos++
			n.kind = kGroup
		case '=':
			p.pos++
			n.kind = kAhead
		case '!':
			p.pos++
			n.kind = kNotAhead
		case '>':
			return nil, p.fail(at, "no atomic groups: write (?:...)")
		case '(':
			return nil, p.fail(at, "no conditionals: write the two cases as alternatives")
		case '<', '\'', 'P':
			if err := p.name(n, at); err != nil {
				return nil, err
			}
		default:
			done, err := p.options(at)
			if done || err != nil {
				return nil, err
			}
			n.kind = kGroup
		}
	} else {
		t.unnamed++
		n.n = int32(t.unnamed)
	}
	body, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.more() {
		return nil, p.fail(at, "( without ): close the group inside the fragment, or write \\(")
	}
	p.pos++
	p.f = saved
	n.child = body
	return n, nil
}

func (p *parser) name(n *node, at int) *Error {
	closing := byte('>')
	switch p.peek() {
	case 'P':
		if p.peekAt(1) != '<' {
			return p.fail(at, "an unknown kind of group: write (?P<name>...)")
		}
		p.pos += 2
	case '\'':
		closing = '\''
		p.pos++
	default:
		p.pos++
		if c := p.peekAt(0); c == '=' || c == '!' {
			return p.fail(at, "no lookbehind: write the condition as a lookahead (?!...) before the text it is about")
		}
	}
	start := p.pos
	name := p.word()
	if name == "" || isDigit(name[0]) || p.peekAt(0) != closing {
		return p.fail(start, "a group's name is made of letters, digits and _, does not start with a digit and ends with >: write (?P<name>...)")
	}
	p.pos++
	i := indexOf(p.tree.names, name)
	if i < 0 {
		i = len(p.tree.names)
		p.tree.names = append(p.tree.names, name)
	}
	if indexOf(p.defined, name) < 0 {
		p.defined = append(p.defined, name)
	}
	n.n = -1 - int32(i)
	return nil
}

func (p *parser) word() string {
	start := p.pos
	for p.more() {
		r, w := utf8.DecodeRuneInString(p.src[p.pos:])
		if !isWord(r) {
			break
		}
		p.pos += w
	}
	return p.src[start:p.pos]
}

// options parses the letters of (?i) or (?i: and tells whether the group ended with them.
func (p *parser) options(at int) (bool, *Error) {
	on := true
	for p.more() {
		c := p.peek()
		p.pos++
		switch c {
		case '-':
			on = false
		case 'i', 'I':
			p.f.fold = on
		case 'm', 'M':
			p.f.multi = on
		case 's', 'S':
			p.f.single = on
		case 'x', 'X':
			p.f.spaced = on
		case ':':
			return false, nil
		case ')':
			if p.pos-at == 3 {
				return false, p.fail(at, "an empty (?): remove it")
			}
			return true, nil
		default:
			return false, p.fail(at, "an unknown kind of group: after (? write one of : = ! P<name> or flags of imsx")
		}
	}
	return false, p.fail(at, "( without ): close the group inside the fragment")
}

// escape parses from \ on, outside of a class.
func (p *parser) escape() (*node, *Error) {
	t := p.tree
	at := p.pos
	p.pos++
	if !p.more() {
		return nil, p.fail(at, "\\ at the end of the fragment: write \\\\ for a backslash")
	}
	c := p.peek()
	switch c {
	case 'b':
		p.pos++
		return t.node(kBoundary), nil
	case 'B':
		p.pos++
		return t.node(kNoBoundary), nil
	case 'A', 'G':
		p.pos++
		return t.node(kBegin), nil
	case 'Z':
		p.pos++
		return t.node(kEndLine), nil
	case 'z':
		p.pos++
		return t.node(kEnd), nil
	case 'w', 'W', 's', 'S', 'd', 'D', 'p', 'P':
		p.pos++
		n := t.node(kClass)
		n.fold = p.f.fold
		n.class = &class{}
		switch c {
		case 'w', 'W':
			n.class.add(member{kind: inWord})
			n.class.negate = c == 'W'
		case 's', 'S':
			n.class.add(member{kind: inSpace})
			n.class.negate = c == 'S'
		default:
			if err := p.classEscape(n.class, c, at); err != nil {
				return nil, err
			}
		}
		return n, nil
	case 'k':
		return p.namedRef(at)
	case '\'', '<':
		return nil, p.fail(at, "\\"+string(rune(c))+" would start a backreference: write \\x27 or \\x3c for the character, \\k<name> for the group")
	}
	if c >= '1' && c <= '9' {
		n := p.number()
		if n > 9 && int(n) > t.unnamed+len(t.names) {
			return nil, p.fail(at, "no such group before this place: write \\x{...} for a character by its number")
		}
		if n > p.maxRef {
			p.maxRef, p.maxRefAt = n, at
		}
		ref := t.node(kRef)
		ref.fold = p.f.fold
		ref.n = n
		t.refs = true
		return ref, nil
	}
	r, err := p.charEscape(at)
	if err != nil {
		return nil, err
	}
	return p.char(r), nil
}

func (p *parser) namedRef(at int) (*node, *Error) {
	p.pos++
	closing := byte('>')
	switch p.peekAt(0) {
	case '<':
	case '\'':
		closing = '\''
	default:
		return nil, p.fail(at, "a backreference by name is \\k<name>")
	}
	p.pos++
	name := p.word()
	if name == "" || isDigit(name[0]) || p.peekAt(0) != closing {
		return nil, p.fail(at, "a backreference by name is \\k<name>, by number \\1")
	}
	p.pos++
	n := p.tree.node(kRef)
	n.fold = p.f.fold
	p.tree.refs = true
	p.pending = append(p.pending, pendingName{n, name, at})
	return n, nil
}

// charEscape reads what follows a \ and stands for one character.
func (p *parser) charEscape(at int) (rune, *Error) {
	r := p.rune()
	switch r {
	case '0', '1', '2', '3', '4', '5', '6', '7':
		v := r - '0'
		for range 2 {
			// regexp2 takes what sorts before '0' for a digit.
			if p.peekAt(0) < '0' {
				return 0, p.fail(at, "an octal escape that may go on: write \\x followed by two hexadecimal digits")
			}
			if p.peek() > '7' {
				break
			}
			v = v*8 + rune(p.peek()-'0')
			p.pos++
		}
		return v & 0xff, nil
	case 'x':
		if p.peekAt(0) == '{' {
			p.pos++
			end := p.pos
			for end < len(p.src) && p.src[end] != '}' {
				end++
			}
			if end == len(p.src) || end == p.pos {
				return 0, p.fail(at, "write \\x{...} with hexadecimal digits between the braces")
			}
			v, err := p.hex(at, end-p.pos)
			p.pos++
			return v, err
		}
		return p.hex(at, 2)
	case 'u':
		return p.hex(at, 4)
	case 'a':
		return '\a', nil
	case 'b':
		return '\b', nil
	case 'e':
		return 0x1b, nil
	case 'f':
		return '\f', nil
	case 'n':
		return '\n', nil
	case 'r':
		return '\r', nil
	case 't':
		return '\t', nil
	case 'v':
		return '\v', nil
	case 'c':
		c := p.peekAt(0)
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c < '@' || c-'@' >= ' ' {
			return 0, p.fail(at, "\\c takes a letter: write \\cA or \\x01")
		}
		p.pos++
		return rune(c - '@'), nil
	}
	if isWord(r) {
		return 0, p.fail(at, "an unknown escape \\"+string(r)+": write the letter without \\, or \\\\ for a backslash")
	}
	return r, nil
}

func (p *parser) hex(at, digits int) (rune, *Error) {
	v := rune(0)
	for range digits {
		c := p.peekAt(0)
		var d byte
		switch {
		case isDigit(c):
			d = c - '0'
		case c >= 'a' && c <= 'f':
			d = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			d = c - 'A' + 10
		default:
			return 0, p.fail(at, "not enough hexadecimal digits: write \\x41, \\u0041 or \\x{41}")
		}
		if v = v<<4 | rune(d); v > unicode.MaxRune {
			return 0, p.fail(at, "no such character: the largest is \\x{10ffff}")
		}
		p.pos++
	}
	if v >= 0xd800 && v <= 0xdfff {
		return 0, p.fail(at, "a surrogate is no character: write the whole code point as \\x{...}")
	}
	return v, nil
}
