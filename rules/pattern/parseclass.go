package pattern

// class parses from [ on.
func (p *parser) class() (*node, *Error) {
	at := p.pos
	p.pos++
	n := p.tree.node(kClass)
	n.fold = p.f.fold
	c := &class{}
	n.class = c
	if p.more() && p.peek() == '^' {
		c.negate = true
		p.pos++
	}
	first := true
	inRange := false
	var lo rune
	for ; ; first = false {
		if !p.more() {
			return nil, p.fail(at, "[ without ]: close the class inside the fragment, or write \\[")
		}
		here := p.pos
		escaped := false
		r := p.rune()
		switch {
		case r == ']' && !first:
			return p.finishClass(n, at)
		case r == '\\' && p.more():
			e := p.peek()
			switch e {
			case 'd', 'D', 's', 'S', 'w', 'W', 'p', 'P':
				if inRange {
					return nil, p.fail(here, "a range cannot end with a class: write \\- for the dash")
				}
				p.pos++
				if err := p.classEscape(c, e, here); err != nil {
					return nil, err
				}
				continue
			case '-':
				if inRange {
					return nil, p.fail(here, "a range cannot end with \\-: write \\x2d")
				}
				p.pos++
				c.addSpan('-', '-')
				continue
			}
			var err *Error
			if r, err = p.charEscape(here); err != nil {
				return nil, err
			}
			escaped = true
		case r == '[' && !inRange && p.peekAt(0) == ':':
			if err := p.posix(c, here); err != nil {
				return nil, err
			}
			continue
		}
		switch {
		case inRange:
			inRange = false
			if r == '[' && !escaped {
				return nil, p.fail(here, "no subtraction of classes: write a lookahead (?![...])[...], or \\[ for the bracket")
			}
			if lo > r {
				return nil, p.fail(here, "the range is the wrong way round: write [smaller-larger]")
			}
			c.addSpan(lo, r)
		case p.peekAt(0) == '-' && p.pos+1 < len(p.src) && p.src[p.pos+1] != ']':
			lo, inRange = r, true
			p.pos++
		case r == '-' && !escaped && p.peekAt(0) == '[' && !first:
			return nil, p.fail(here, "no subtraction of classes: write a lookahead (?![...])[...], or \\[ for the bracket")
		default:
			c.addSpan(r, r)
		}
	}
}

func (p *parser) finishClass(n *node, at int) (*node, *Error) {
	c := n.class
	if n.fold {
		if c.hasUpper() && !c.all {
			return nil, p.fail(at, "a class under (?i) with capital letters beyond ASCII: write the small letters, they match both")
		}
		c.lower()
	}
	if !c.negate && len(c.cats) == 0 && len(c.spans) == 1 && c.spans[0].lo == c.spans[0].hi {
		n.kind = kChar
		n.char = c.spans[0].lo
		n.class = nil
	}
	return n, nil
}

// classEscape adds \d \s \w \p{..} or its opposite; the letter has been seen, p is after it.
func (p *parser) classEscape(c *class, letter byte, at int) *Error {
	negate := letter >= 'A' && letter <= 'Z'
	switch letter {
	case 'd', 'D':
		c.add(member{name: "Nd", table: category("Nd"), negate: negate})
	case 's', 'S':
		c.add(member{kind: inSpace, negate: negate})
	case 'w', 'W':
		c.add(member{kind: inWord, negate: negate})
	default:
		if p.peekAt(0) != '{' {
			return p.fail(at, "a property is written \\p{Name}")
		}
		p.pos++
		name := p.word()
		if p.peekAt(0) != '}' {
			return p.fail(at, "a property is written \\p{Name}")
		}
		p.pos++
		table := category(name)
		if table == nil {
			return p.fail(at, "an unknown property: known are "+knownCategories)
		}
		c.addProperty(name, table, negate, p.f.fold)
	}
	return nil
}

// posix parses [:name:] from the second character on.
func (p *parser) posix(c *class, at int) *Error {
	p.pos++
	negate := p.peekAt(0) == '^'
	if negate {
		p.pos++
	}
	name := p.word()
	if p.peekAt(0) != ':' || p.peekAt(1) != ']' || !c.posix(name, negate) {
		return p.fail(at, "[: starts a named class such as [:alpha:]: write \\[ for the bracket itself")
	}
	p.pos += 2
	return nil
}
