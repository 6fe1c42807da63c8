package re2

import (
	"strings"
	"unicode/utf8"
)

// flags are those that an expression can set, i, m, s and U.
type flags struct{ fold, lines, dot, swap bool }

// parser reads an expression.
type parser struct {
	rest  string
	names []string // of the groups, "" for none
	depth int
}

func fail(message string) error { return constError(message) }

// alternatives reads up to a closing parenthesis or the end. Flags that are set
// inside hold up to there.
func (p *parser) alternatives(f flags) (*node, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fail("parentheses are nested too deeply")
	}
	defer func() { p.depth-- }()
	var alts []*node
	for {
		concat := &node{op: opConcat}
		if err := p.sequence(concat, &f); err != nil {
			return nil, err
		}
		alts = append(alts, concat)
		if !strings.HasPrefix(p.rest, "|") {
			break
		}
		p.rest = p.rest[1:]
	}
	if len(alts) == 1 {
		return alts[0], nil
	}
	return &node{op: opAlt, subs: alts}, nil
}

// sequence reads up to a bar, a closing parenthesis or the end.
func (p *parser) sequence(into *node, f *flags) error {
	// repeatable says that what was read last may be repeated, repeated that it was.
	repeatable, repeated := false, false
	for p.rest != "" {
		var n *node
		var err error
		switch c := p.rest[0]; c {
		case '|', ')':
			return nil
		case '*', '+', '?', '{':
			min, max, length := repeatCounts(p.rest)
			if length == 0 { // a brace that is one
				p.rest = p.rest[1:]
				n = literal('{', f)
				break
			}
			if !repeatable || repeated {
				return fail("there is nothing to repeat before " + p.rest[:length])
			}
			p.rest = p.rest[length:]
			if err := p.repeat(into, min, max, f); err != nil {
				return err
			}
			repeated = true
			continue
		case '(':
			if n, err = p.group(f); err == nil && n == nil {
				repeated = false
				continue
			}
		default:
			if strings.HasPrefix(p.rest, `\Q`) {
				var text string
				text, p.rest, _ = strings.Cut(p.rest[2:], `\E`)
				repeated = false
				for _, r := range text {
					into.subs = append(into.subs, literal(r, f))
					repeatable = true
				}
				continue
			}
			n, err = p.single(f)
		}
		if err != nil {
			return err
		}
		into.subs = append(into.subs, n)
		repeatable, repeated = true, false
	}
	return nil
}

// single reads what matches one character or a place.
func (p *parser) single(f *flags) (*node, error) {
	place := func(a assertion) (*node, error) {
		p.rest = p.rest[1:]
		return &node{op: opAssert, assert: a}, nil
	}
	switch p.rest[0] {
	case '^':
		if f.lines {
			return place(beginLine)
		}
		return place(beginText)
	case '$':
		if f.lines {
			return place(endLine)
		}
		return place(endText)
	case '.':
		p.rest = p.rest[1:]
		c := &class{negated: !f.dot, items: []item{single('\n')}}
		if f.dot {
			c.items[0] = anything()
		}
		return &node{op: opChar, class: c}, nil
	case '[':
		c, err := p.bracket(f)
		return &node{op: opChar, class: c}, err
	case '\\':
		if len(p.rest) > 1 {
			if i := strings.IndexByte("AzbB", p.rest[1]); i >= 0 {
				p.rest = p.rest[1:]
				return place([...]assertion{beginText, endText, wordEdge, noWordEdge}[i])
			}
		}
		it, ok, err := p.escapedGroup()
		if err != nil || ok {
			return &node{op: opChar, class: &class{items: []item{it}, fold: f.fold}}, err
		}
		r, err := p.escape()
		return literal(r, f), err
	}
	r, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	return literal(r, f), nil
}

func literal(r rune, f *flags) *node {
	return &node{op: opChar, class: &class{items: []item{single(r)}, fold: f.fold}}
}

// repeat repeats the last of the sequence.
func (p *parser) repeat(into *node, min, max int, f *flags) error {
	lazy := f.swap
	if strings.HasPrefix(p.rest, "?") {
		p.rest = p.rest[1:]
		lazy = !lazy
	}
	last := len(into.subs) - 1
	n := &node{op: opRepeat, min: min, max: max, lazy: lazy, subs: []*node{into.subs[last]}}
	if times(n) > maxRepeat {
		return fail("a repeat count is larger than 1000")
	}
	into.subs[last] = n
	return nil
}

// times is how often counts make copies of what is repeated.
func times(n *node) int {
	most := 1
	for _, sub := range n.subs {
		most = max(most, times(sub))
	}
	if n.op == opRepeat {
		if count := max(n.min, n.max); count > 1 {
			most *= count
		}
	}
	return most
}

// repeatCounts reads *, +, ?, {n}, {n,} or {n,m}; length is 0 for a brace that
// begins none, and counts over 1000 stay over.
func repeatCounts(s string) (min, max, length int) {
	switch s[0] {
	case '*':
		return 0, -1, 1
	case '+':
		return 1, -1, 1
	case '?':
		return 0, 1, 1
	}
	min, i := number(s, 1)
	if i == 1 {
		return 0, 0, 0
	}
	max = min
	if i < len(s) && s[i] == ',' {
		j := i + 1
		if max, i = number(s, j); i == j {
			max = -1
		}
	}
	if i >= len(s) || s[i] != '}' {
		return 0, 0, 0
	}
	if max >= 0 && min > max {
		min, max = maxRepeat+1, maxRepeat+1
	}
	return min, max, i + 1
}

// number reads decimal digits, without a leading zero, from i on.
func number(s string, i int) (n, end int) {
	start := i
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		n = min(n*10+int(s[i]-'0'), maxRepeat+1)
	}
	if i > start+1 && s[start] == '0' {
		return 0, start
	}
	return n, i
}

// group reads from an opening parenthesis on. It gives nil for flags that hold for
// the rest of the sequence.
func (p *parser) group(f *flags) (*node, error) {
	inner := *f
	capture := 0
	switch {
	case !strings.HasPrefix(p.rest, "(?"):
		p.rest = p.rest[1:]
		p.names = append(p.names, "")
		capture = len(p.names) - 1
	case strings.HasPrefix(p.rest, "(?P<"), strings.HasPrefix(p.rest, "(?<"):
		name, rest, ok := strings.Cut(p.rest[strings.IndexByte(p.rest, '<')+1:], ">")
		if !ok || !isName(name) {
			return nil, fail("a group's name must be of letters, digits and underscores")
		}
		p.rest = rest
		p.names = append(p.names, name)
		capture = len(p.names) - 1
	default:
		whole, err := p.setFlags(&inner)
		if err != nil {
			return nil, err
		}
		if whole {
			*f = inner
			return nil, nil
		}
	}
	if len(p.names) > maxGroups {
		return nil, fail("there are more than 100 groups")
	}
	n, err := p.alternatives(inner)
	if err != nil {
		return nil, err
	}
	if p.rest == "" {
		return nil, fail("a closing parenthesis is missing")
	}
	p.rest = p.rest[1:]
	if capture > 0 {
		n = &node{op: opCapture, min: capture, subs: []*node{n}}
	}
	return n, nil
}

func isName(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '_' && !isAlnum(c) {
			return false
		}
	}
	return s != ""
}

func isAlnum(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

// setFlags reads `(?flags)` and `(?flags:`; whole says that it is the former.
func (p *parser) setFlags(f *flags) (whole bool, err error) {
	on, set, cleared := true, false, false
	for i := 2; i < len(p.rest); i++ {
		c := p.rest[i]
		switch c {
		case 'i':
			f.fold = on
		case 'm':
			f.lines = on
		case 's':
			f.dot = on
		case 'U':
			f.swap = on
		case '-':
			if !on {
				return false, fail("a flag is cleared twice")
			}
			on, set, cleared = false, false, true
			continue
		case ':', ')':
			if cleared && !set {
				return false, fail("there is no flag behind the minus")
			}
			p.rest = p.rest[i+1:]
			return c == ')', nil
		default:
			return false, fail("there is no group (?" + string(rune(c)))
		}
		set = true
	}
	return false, fail("a closing parenthesis is missing")
}
