package pattern

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// gobwas/glob matches some combinations otherwise than its documentation says, in both directions: of two wildcards side by side one can cross a
// separator, "??" matches "//", a wildcard among alternatives hides matches. This parser takes what gobwas matches as documented, which the
// differential test checks, and refuses the rest.

// item is what gobwas would make of a piece of glob, as far as its neighbours matter.
type item uint8

const (
	itemText     item = iota // text, or a class that lists characters
	itemWild                 // * or **
	itemOne                  // ? or [!abc]: gobwas joins it with neighbouring wildcards
	itemVariable             // alternatives of several lengths
)

type globParser struct {
	tree *tree
	list *chain
	src  string
	base int
	pos  int
	last item
}

func (t *tree) parseGlob(url string, list *chain) *Error {
	t.exactEnd = true
	for i := range len(url) {
		if url[i] == 0 {
			return &Error{i, "a NUL ends a glob: remove it"}
		}
	}
	g := globParser{tree: t, list: list}
	host := authority{}
	for i, seg := range t.segments {
		if !seg.fragment {
			text, err := host.literal(seg, i == len(t.segments)-1)
			if err != nil {
				return err
			}
			g.text(text)
			continue
		}
		g.src, g.base, g.pos = seg.text, seg.offset, 0
		before := list.last
		if err := g.fragment(); err != nil {
			return err
		}
		n := list.first
		if before != nil {
			n = before.next
		}
		for ; n != nil; n = n.next {
			host.fragment(n)
		}
	}
	if list.first != nil && list.first == list.last && list.first.kind == kClass {
		return &Error{0, "a pattern of one character: write scheme://host/path"}
	}
	g.overlap()
	return nil
}

func (g *globParser) fail(at int, msg string) *Error { return &Error{g.base + at, msg} }

func (g *globParser) text(s string) {
	if s == "" {
		return
	}
	g.last = itemText
	if n := g.list.last; n != nil && n.kind == kText {
		n.text += s
		return
	}
	n := g.tree.node(kText)
	n.text = s
	g.list.add(n)
}

// overlap adds what gobwas matches beyond its documentation where a glob is text, ** and text: there the two texts may overlap, so that /a/<**>/b
// matches /a/b.
func (g *globParser) overlap() {
	a := g.list.first
	if a == nil || a.kind != kText || a.next == nil || a.next.kind != kLoop || !a.next.child.class.all {
		return
	}
	b := a.next.next
	if b == nil || b != g.list.last || b.kind != kText {
		return
	}
	var alts chain
	for k := 1; k <= len(a.text) && k <= len(b.text); k++ {
		if strings.HasSuffix(a.text, b.text[:k]) {
			n := g.tree.node(kText)
			n.text = a.text + b.text[k:]
			alts.add(n)
		}
	}
	if alts.first == nil {
		return
	}
	whole := g.tree.node(kConcat)
	whole.child = a
	alts.add(whole)
	either := g.tree.node(kAlternate)
	either.child = alts.first
	*g.list = chain{either, either}
}

func (g *globParser) fragment() *Error {
	for g.pos < len(g.src) {
		at := g.pos
		switch g.src[at] {
		case '*':
			g.pos++
			super := g.peek() == '*'
			if super {
				g.pos++
			}
			if err := g.next(itemWild, at); err != nil {
				return err
			}
			g.wild(super)
		case '?':
			g.pos++
			if err := g.next(itemOne, at); err != nil {
				return err
			}
			n := g.tree.node(kClass)
			n.class = &class{spans: []span{{'.', '/'}}, negate: true}
			g.list.add(n)
			g.tree.ascii = true
		case '[':
			if err := g.class(); err != nil {
				return err
			}
		case '{':
			if err := g.alternatives(); err != nil {
				return err
			}
		default:
			s, err := g.word("*?[{")
			if err != nil {
				return err
			}
			g.text(s)
		}
	}
	return nil
}

func (g *globParser) peek() byte {
	if g.pos < len(g.src) {
		return g.src[g.pos]
	}
	return 0
}

// next notes an item and refuses it next to one that gobwas would mix it up with.
func (g *globParser) next(i item, at int) *Error {
	spread := func(i item) bool { return i == itemWild || i == itemVariable }
	joined := func(i item) bool { return i == itemWild || i == itemOne }
	if spread(i) && spread(g.last) || joined(i) && joined(g.last) {
		return g.fail(at, "gobwas does not match wildcards side by side as documented: put text between them, or write one ** in place of both")
	}
	g.last = i
	return nil
}

// wild adds * or **, which is any run without or with separators.
func (g *globParser) wild(super bool) {
	c := g.tree.node(kClass)
	c.class = &class{spans: []span{{0, unicode.MaxRune}}, all: true}
	if !super {
		c.class = &class{spans: []span{{'.', '/'}}, negate: true}
	}
	l := g.tree.node(kLoop)
	l.max, l.single, l.child = unbounded, true, c
	g.list.add(l)
}

// word reads text up to one of the stops; \ quotes the next character.
func (g *globParser) word(stops string) (string, *Error) {
	var out []byte
	for g.pos < len(g.src) {
		c := g.src[g.pos]
		if c == '\\' {
			if g.pos++; g.pos == len(g.src) {
				return "", g.fail(g.pos-1, "\\ at the end of the fragment: write \\\\ for a backslash")
			}
			_, n := utf8.DecodeRuneInString(g.src[g.pos:])
			out = append(out, g.src[g.pos:g.pos+n]...)
			g.pos += n
			continue
		}
		for i := range len(stops) {
			if c == stops[i] {
				return string(out), nil
			}
		}
		out = append(out, c)
		g.pos++
	}
	return string(out), nil
}

// class parses [abc], [a-c], [!abc] or [!a-c].
func (g *globParser) class() *Error {
	at := g.pos
	g.pos++
	c := &class{}
	if g.peek() == '!' {
		c.negate = true
		g.pos++
	}
	var chars []rune
	closed := false
	for g.pos < len(g.src) && !closed {
		r, n := utf8.DecodeRuneInString(g.src[g.pos:])
		g.pos += n
		switch r {
		case ']':
			closed = true
		case '[', '\\', '!':
			return g.fail(at, "a class of a glob holds single characters or one range, without [ ! or \\: write [abc], [a-c] or [!abc]")
		default:
			chars = append(chars, r)
		}
	}
	if !closed || len(chars) == 0 {
		return g.fail(at, "a class of a glob is written [abc], [a-c] or [!abc], inside one fragment")
	}
	if len(chars) == 1 && !c.negate {
		return g.fail(at, "a class of one character: write the character, with \\ before it if it is one of * ? [ {")
	}
	kind := itemText
	if len(chars) == 3 && chars[1] == '-' {
		if chars[0] > chars[2] {
			return g.fail(at, "the range is the wrong way round: write [smaller-larger]")
		}
		c.addSpan(chars[0], chars[2])
	} else {
		for _, r := range chars {
			if r == '-' {
				return g.fail(at, "a class of a glob holds single characters or one range, not both: write {[a-c],-}")
			}
			c.addSpan(r, r)
		}
		if c.negate {
			kind = itemOne
		}
	}
	if err := g.next(kind, at); err != nil {
		return err
	}
	n := g.tree.node(kClass)
	n.class = c
	g.list.add(n)
	g.tree.ascii = true
	return nil
}

// alternatives parses {a,b} whose alternatives are plain text.
func (g *globParser) alternatives() *Error {
	at := g.pos
	g.pos++
	var alts chain
	var texts []string
	for {
		s, err := g.word("*?[{},")
		if err != nil {
			return err
		}
		switch g.peek() {
		case 0:
			return g.fail(at, "{ without }: close it inside the fragment, or write \\{")
		case ',', '}':
		default:
			return g.fail(g.pos, "gobwas does not match wildcards among alternatives as documented: put the wildcard outside of the braces, as in *.{html,css}, or write a rule for each alternative")
		}
		if indexOf(texts, s) >= 0 {
			return g.fail(at, "the same alternative twice: remove one")
		}
		texts = append(texts, s)
		n := g.tree.node(kEmpty)
		if s != "" {
			n.kind, n.text = kText, s
		}
		alts.add(n)
		g.pos++
		if g.src[g.pos-1] == '}' {
			break
		}
	}
	if len(texts) == 1 {
		return g.fail(at, "braces around one alternative: remove them, or write \\{ for the brace itself")
	}
	kind := itemText
	for _, s := range texts {
		if utf8.RuneCountInString(s) != utf8.RuneCountInString(texts[0]) {
			kind = itemVariable
		}
	}
	if err := g.next(kind, at); err != nil {
		return err
	}
	if kind == itemText {
		g.tree.ascii = true
	}
	n := g.tree.node(kAlternate)
	n.child = alts.first
	g.list.add(n)
	return nil
}
