package pattern

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// needs is what every URL that matches has: cheap to check before the match, and what the index is built from.
type needs struct {
	prefix   bool     // the first literal starts the URL
	suffix   bool     // the last one ends it, a last \n aside
	literals [][]byte // they occur in this order and do not overlap
	// choices are for the index alone. The texts occur in the URL in lower case if it is folded.
	choices []choice
	folded  bool
}

// choice is a list of alternatives; all texts of one of them occur.
type choice [][][]byte

func (n *needs) from(t *tree) {
	c := collector{n: n, start: true}
	c.node(t.root)
	n.suffix = c.run != ""
	c.flush()
	c.unfold()
}

// allow tells whether url has what it needs to match.
func (n *needs) allow(url []byte) bool {
	literals := n.literals
	if n.prefix {
		if !bytes.HasPrefix(url, literals[0]) {
			return false
		}
		if url, literals = url[len(literals[0]):], literals[1:]; len(literals) == 0 {
			return true
		}
	}
	if len(literals) == 0 {
		return true
	}
	last := len(literals) - 1
	if n.suffix && !bytes.HasSuffix(url, literals[last]) && !(len(url) > 0 && url[len(url)-1] == '\n' && bytes.HasSuffix(url[:len(url)-1], literals[last])) {
		return false
	}
	for _, s := range literals {
		i := bytes.Index(url, s)
		if i < 0 {
			return false
		}
		url = url[i+len(s):]
	}
	return true
}

// collector walks a tree and collects the texts that no match can do without.
type collector struct {
	n     *needs
	run   string
	start bool // run started where the URL does
	// loose is a run in lower case that goes on through letters whose case is ignored; mixed says that it has some.
	loose string
	mixed bool
}

// flush ends the run.
//
//go:noinline
func (c *collector) flush() {
	if c.run != "" {
		c.n.prefix = c.n.prefix || c.start
		c.n.literals = append(c.n.literals, []byte(c.run))
	}
	c.run, c.start = "", false
}

// unfold ends the loose run.
//
//go:noinline
func (c *collector) unfold() {
	if c.mixed {
		c.n.choices = append(c.n.choices, choice{{[]byte(c.loose)}})
		c.n.folded = true
	}
	c.loose, c.mixed = "", false
}

func (c *collector) node(n *node) {
	switch n.kind {
	case kText, kChar:
		s, ok := literal(n)
		if !ok {
			c.flush()
			c.letter(n)
			return
		}
		if c.run == "" {
			c.run = s
		} else {
			c.run += s
		}
		if c.mixed {
			c.loose += lowerASCII(s)
		}
	case kConcat:
		for d := n.child; d != nil; d = d.next {
			c.node(d)
		}
	case kCapture:
		c.node(n.child)
	case kLoop:
		c.end()
		if n.min > 0 {
			c.node(n.child)
			c.end()
		}
	case kAlternate:
		begin := common(n)
		c.run += begin
		c.end()
		c.choose(n, begin)
	case kClass, kDot, kRef:
		c.end()
	}
}

// end ends both runs.
//
//go:noinline
func (c *collector) end() {
	c.flush()
	c.unfold()
}

// letter adds a character whose case is ignored to the loose run, which ends where lower case is not all that stands for it.
func (c *collector) letter(n *node) {
	if n.kind != kChar || !n.fold || n.char < 'a' || n.char > 'z' || n.char == 'i' || n.char == 'k' {
		c.unfold()
		return
	}
	c.loose += string(n.char)
	c.mixed = true
}

// maxChoice is how many alternatives a choice may have.
const maxChoice = 32

// choose adds the choice between the alternatives of n, which all begin with begin, unless one of them says no more than that.
func (c *collector) choose(n *node, begin string) {
	for a := n.child; a != nil; a = a.next {
		if s, ok := literal(a); ok && strings.Contains(begin, s) {
			return
		}
	}
	var all choice
	folded := false
	for a := n.child; a != nil; a = a.next {
		var of needs
		sub := collector{n: &of}
		sub.node(a)
		sub.end()
		inner := choice{nil}
		if len(of.choices) > 0 {
			inner = of.choices[0]
		}
		for _, texts := range inner {
			texts = append(texts[:len(texts):len(texts)], of.literals...)
			if len(all) == maxChoice || !slices.ContainsFunc(texts, func(s []byte) bool { return pieceSize(len(s)) > 0 && !strings.Contains(begin, string(s)) }) {
				return
			}
			all = append(all, texts)
		}
		folded = folded || of.folded
	}
	c.n.choices = append(c.n.choices, all)
	c.n.folded = c.n.folded || folded
}

// literal returns the text that a node stands for, false if it stands for more than one. U+FFFD stands for every invalid byte too.
func literal(n *node) (string, bool) {
	switch {
	case n.kind == kText && !strings.ContainsRune(n.text, utf8.RuneError):
		return n.text, true
	case n.kind == kChar && (!n.fold || caseless(n.char)) && n.char != utf8.RuneError:
		return string(n.char), true
	}
	return "", false
}

// caseless tells whether a character of ASCII is the same in upper and in lower case.
func caseless(r rune) bool {
	return r < utf8.RuneSelf && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// common returns the text that all alternatives of n start with.
func common(n *node) string {
	out, first := "", true
	for a := n.child; a != nil; a = a.next {
		s := leading(a)
		if first {
			out, first = s, false
			continue
		}
		i := 0
		for i < len(out) && i < len(s) && out[i] == s[i] {
			i++
		}
		out = out[:i]
	}
	return out
}

func leading(n *node) string {
	switch n.kind {
	case kCapture:
		return leading(n.child)
	case kConcat:
		out := ""
		for c := n.child; c != nil; c = c.next {
			s, ok := literal(c)
			if !ok {
				break
			}
			out += s
		}
		return out
	}
	s, _ := literal(n)
	return s
}
