package re2

import (
	"strings"
	"unicode/utf8"
)

// bracket reads a class from `[` on.
func (p *parser) bracket(f *flags) (*class, error) {
	c := &class{fold: f.fold}
	p.rest = p.rest[1:]
	if strings.HasPrefix(p.rest, "^") {
		p.rest = p.rest[1:]
		c.negated = true
	}
	for first := true; ; first = false {
		switch {
		case p.rest == "":
			return nil, fail("a closing bracket is missing")
		case p.rest[0] == ']' && !first:
			p.rest = p.rest[1:]
			return c, nil
		}
		it, ok, err := p.bracketGroup()
		if err != nil {
			return nil, err
		}
		if !ok {
			if it, err = p.bracketRange(); err != nil {
				return nil, err
			}
		}
		c.items = append(c.items, it)
	}
}

// bracketGroup reads [:name:], \d and its like, and \p.
func (p *parser) bracketGroup() (it item, ok bool, err error) {
	if strings.HasPrefix(p.rest, "[:") {
		if name, rest, closed := strings.Cut(p.rest[2:], ":]"); closed {
			name, negated := strings.CutPrefix(name, "^")
			it = item{group: posixGroup(name), negated: negated}
			if it.group == "" {
				return it, false, fail("there is no class [:" + name + ":]")
			}
			p.rest = rest
			return it, true, nil
		}
	}
	if p.rest[0] == '\\' {
		return p.escapedGroup()
	}
	return it, false, nil
}

// bracketRange reads a character, or two with a hyphen between them.
func (p *parser) bracketRange() (it item, err error) {
	if it.lo, err = p.bracketChar(); err != nil {
		return it, err
	}
	it.hi = it.lo
	if len(p.rest) >= 2 && p.rest[0] == '-' && p.rest[1] != ']' {
		p.rest = p.rest[1:]
		if it.hi, err = p.bracketChar(); err != nil {
			return it, err
		}
		if it.hi < it.lo {
			return it, fail("a range ends before it begins")
		}
	}
	return it, nil
}

func (p *parser) bracketChar() (rune, error) {
	if p.rest == "" {
		return 0, fail("a closing bracket is missing")
	}
	if p.rest[0] == '\\' {
		return p.escape()
	}
	r, size := utf8.DecodeRuneInString(p.rest)
	p.rest = p.rest[size:]
	return r, nil
}

// escapedGroup reads \d and its like, and \p.
func (p *parser) escapedGroup() (it item, ok bool, err error) {
	if len(p.rest) < 2 {
		return it, false, nil
	}
	c := p.rest[1]
	if it, ok = perlGroup(c); ok {
		p.rest = p.rest[2:]
		return it, true, nil
	}
	if c|0x20 != 'p' {
		return it, false, nil
	}
	name, rest := p.rest[2:], ""
	if strings.HasPrefix(name, "{") {
		var closed bool
		if name, rest, closed = strings.Cut(name[1:], "}"); !closed {
			return it, false, fail(`\p{ is not closed`)
		}
	} else {
		_, size := utf8.DecodeRuneInString(name)
		name, rest = name[:size], name[size:]
	}
	it.negated = c == 'P'
	if inner, caret := strings.CutPrefix(name, "^"); caret {
		name, it.negated = inner, !it.negated
	}
	if name == "Any" {
		it.hi = utf8.MaxRune
	} else if it.table = table(name); it.table == nil {
		return it, false, fail(`there is no \p{` + name + `} here`)
	}
	p.rest = rest
	return it, true, nil
}

// escape reads an escaped character.
func (p *parser) escape() (rune, error) {
	s := p.rest[1:]
	if s == "" {
		return 0, fail("there is a backslash at the end")
	}
	c := s[0]
	p.rest = s[1:]
	switch {
	case c == '0' || '1' <= c && c <= '7' && len(s) > 1 && '0' <= s[1] && s[1] <= '7':
		n, i := rune(0), 0
		for ; i < 3 && i < len(s) && '0' <= s[i] && s[i] <= '7'; i++ {
			n = n*8 + rune(s[i]-'0')
		}
		p.rest = s[i:]
		return n, nil
	case c == 'x':
		return p.hexEscape()
	case c < utf8.RuneSelf && !isAlnum(c):
		return rune(c), nil
	}
	if i := strings.IndexByte("afnrtv", c); i >= 0 {
		return rune("\a\f\n\r\t\v"[i]), nil
	}
	return 0, fail(`there is no escape \` + string(rune(c)))
}

// hexEscape reads two hexadecimal digits, or any number of them in braces.
func (p *parser) hexEscape() (rune, error) {
	digits, rest := "", ""
	if strings.HasPrefix(p.rest, "{") {
		var closed bool
		if digits, rest, closed = strings.Cut(p.rest[1:], "}"); !closed {
			return 0, fail(`\x{ is not closed`)
		}
	} else if len(p.rest) >= 2 {
		digits, rest = p.rest[:2], p.rest[2:]
	}
	n := rune(0)
	for i := range len(digits) {
		v := strings.IndexByte("0123456789abcdef", digits[i]|0x20)
		if digits[i] < '0' || v < 0 {
			return 0, fail(`\x needs hexadecimal digits`)
		}
		if n = n*16 + rune(v); n > utf8.MaxRune {
			return 0, fail(`\x is larger than 10FFFF`)
		}
	}
	if digits == "" {
		return 0, fail(`\x needs hexadecimal digits`)
	}
	p.rest = rest
	return n, nil
}
