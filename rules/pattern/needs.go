package pattern

import (
	"strings"
	"unicode/utf8"
)

// needs is what every URL that matches has: cheap to check before the match, and what the index is built from.
type needs struct {
	prefix   bool     // the first literal starts the URL
	suffix   bool     // the last one ends it, a last \n aside
	literals []string // they occur in this order and do not overlap
}

func (n *needs) from(t *tree) {
	c := collector{n: n, start: true}
	c.node(t.root)
	n.suffix = c.run != ""
	c.flush()
}

// allow tells whether url has what it needs to match.
func (n *needs) allow(url string) bool {
	literals := n.literals
	if n.prefix {
		if !strings.HasPrefix(url, literals[0]) {
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
	if n.suffix && !strings.HasSuffix(url, literals[last]) && !(url != "" && url[len(url)-1] == '\n' && strings.HasSuffix(url[:len(url)-1], literals[last])) {
		return false
	}
	for _, s := range literals {
		i := strings.Index(url, s)
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
}

func (c *collector) flush() {
	if c.run != "" {
		c.n.prefix = c.n.prefix || c.start
		c.n.literals = append(c.n.literals, c.run)
	}
	c.run, c.start = "", false
}

func (c *collector) node(n *node) {
	switch n.kind {
	case kText, kChar:
		s, ok := literal(n)
		if !ok {
			c.flush()
		}
		if c.run == "" {
			c.run = s
		} else {
			c.run += s
		}
	case kConcat:
		for d := n.child; d != nil; d = d.next {
			c.node(d)
		}
	case kCapture:
		c.node(n.child)
	case kLoop:
		c.flush()
		if n.min > 0 {
			c.node(n.child)
			c.flush()
		}
	case kAlternate:
		c.run += common(n)
		c.flush()
	case kClass, kDot, kRef:
		c.flush()
	}
}

// literal returns the text that a node stands for, false if it stands for more than one. U+FFFD stands for every invalid byte too.
func literal(n *node) (string, bool) {
	switch {
	case n.kind == kText && !strings.ContainsRune(n.text, utf8.RuneError):
		return n.text, true
	case n.kind == kChar && !n.fold && n.char != utf8.RuneError:
		return string(n.char), true
	}
	return "", false
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
