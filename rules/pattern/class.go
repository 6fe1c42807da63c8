package pattern

import "unicode"

type span struct{ lo, hi rune }

type kindOfCategory uint8

const (
	inTable kindOfCategory = iota
	inSpace
	inWord
)

type member struct {
	kind   kindOfCategory
	name   string
	table  *unicode.RangeTable
	negate bool
}

// class is a set of characters with regexp2's own semantics, which depend on the order of the categories in it: see has.
type class struct {
	spans  []span
	cats   []member
	negate bool
	all    bool // some category and its opposite: everything, and nothing can be added
}

// has reports whether r is in the class. The categories are tried in order and the first that holds, or that is negated, decides: [\D\w] does not
// have '5' in regexp2.
func (c *class) has(r rune) bool {
	in := false
	for _, s := range c.spans {
		if r >= s.lo && r <= s.hi {
			in = true
			break
		}
	}
	if !in {
		for i := range c.cats {
			m := &c.cats[i]
			if m.holds(r) {
				in = !m.negate
				break
			}
			if m.negate {
				in = true
				break
			}
		}
	}
	return in != c.negate
}

func (m *member) holds(r rune) bool {
	switch m.kind {
	case inSpace:
		return unicode.IsSpace(r)
	case inWord:
		return isWord(r)
	}
	return unicode.Is(m.table, r)
}

//go:noinline
func (c *class) addSpan(lo, hi rune) { c.spans = append(c.spans, span{lo, hi}) }

//go:noinline
func (c *class) add(m member) {
	if c.all {
		return
	}
	for i := range c.cats {
		if o := &c.cats[i]; o.kind == m.kind && o.name == m.name {
			if o.negate != m.negate {
				c.all = true
				c.cats = nil
				c.spans = []span{{0, unicode.MaxRune}}
			}
			return
		}
	}
	c.cats = append(c.cats, m)
}

// addProperty adds \p{name}. Under (?i) each of the three letter cases stands for all of them.
func (c *class) addProperty(name string, table *unicode.RangeTable, negate, fold bool) {
	if fold && (name == "Ll" || name == "Lu" || name == "Lt") {
		c.add(member{name: "Ll", table: unicode.Ll, negate: negate})
		c.add(member{name: "Lu", table: unicode.Lu, negate: negate})
		c.add(member{name: "Lt", table: unicode.Lt, negate: negate})
	}
	c.add(member{name: name, table: table, negate: negate})
}

// merge adds what o has, as regexp2 does with neighbouring one-character alternatives. Neither is negated.
func (c *class) merge(o *class) {
	if c.all {
		return
	}
	if o.all {
		c.all, c.cats, c.spans = true, nil, []span{{0, unicode.MaxRune}}
		return
	}
	c.spans = append(c.spans, o.spans...)
	for _, m := range o.cats {
		c.add(m)
	}
}

// lower prepares a class for (?i), where the text's characters are lower-cased before they are looked up.
func (c *class) lower() {
	if c.all {
		return
	}
	for _, s := range c.spans {
		if lo, hi := max(s.lo, 'A'), min(s.hi, 'Z'); lo <= hi {
			c.addSpan(lo+'a'-'A', hi+'a'-'A')
		}
	}
}

func (c *class) hasUpper() bool {
	for _, s := range c.spans {
		if s.hi >= 0x80 && hasUpper(s.lo, s.hi) {
			return true
		}
	}
	return false
}

// posix adds [:name:]. All of them are ASCII except digit, which is \d, and space, which is ECMAScript's.
func (c *class) posix(name string, negate bool) bool {
	var spans []span
	switch name {
	case "alnum":
		spans = []span{{'0', '9'}, {'A', 'Z'}, {'a', 'z'}}
	case "alpha":
		spans = []span{{'A', 'Z'}, {'a', 'z'}}
	case "ascii":
		spans = []span{{0, 0x7f}}
	case "blank":
		spans = []span{{'\t', '\t'}, {' ', ' '}}
	case "cntrl":
		spans = []span{{0, 0x1f}, {0x7f, 0x7f}}
	case "digit":
		c.add(member{name: "Nd", table: unicode.Nd, negate: negate})
		return true
	case "graph":
		spans = []span{{'!', '~'}}
	case "lower":
		spans = []span{{'a', 'z'}}
	case "print":
		spans = []span{{' ', '~'}}
	case "punct":
		spans = []span{{'!', '/'}, {':', '@'}, {'[', '`'}, {'{', '~'}}
	case "space":
		spans = []span{
			{9, 0xd},
			{0x20, 0x20},
			{0xa0, 0xa0},
			{0x1680, 0x1680},
			{0x2000, 0x200a},
			{0x2028, 0x2029},
			{0x202f, 0x202f},
			{0x205f, 0x205f},
			{0x3000, 0x3000},
			{0xfeff, 0xfeff},
		}
	case "upper":
		spans = []span{{'A', 'Z'}}
	case "word":
		spans = []span{{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}}
	case "xdigit":
		spans = []span{{'0', '9'}, {'A', 'F'}, {'a', 'f'}}
	default:
		return false
	}
	if !negate {
		c.spans = append(c.spans, spans...)
		return true
	}
	next := rune(0)
	for _, s := range spans {
		if next < s.lo {
			c.addSpan(next, s.lo-1)
		}
		next = s.hi + 1
	}
	c.addSpan(next, unicode.MaxRune)
	return true
}
