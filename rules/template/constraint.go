package template

import "strings"

// constraint is what a version must fulfil.
type constraint struct {
	operator string
	version  *version
	// anyMinor and anyPatch say that the number was left out or is a wildcard; then
	// and if all of them are, open is set.
	open, anyMinor, anyPatch bool
}

const blanksOfConstraint = " \t\n\f\r"

// operators, of which one that begins as another is before it.
var operators = [...]string{"!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"}

// parseConstraints reads alternatives, with || between them, of constraints that
// must hold together, with spaces or commas between them.
func parseConstraints(s string) (alternatives [][]constraint, err error) {
	for _, part := range strings.Split(s, "||") {
		all, ranges, err := parseAll(part)
		if err != nil {
			return nil, err
		}
		// Without spaces around || Sprig takes it for a part of a version.
		if ranges && strings.Count(s, "||") != strings.Count(s, " || ") {
			return nil, errConstraint
		}
		alternatives = append(alternatives, all)
	}
	return alternatives, nil
}

// parseAll reads constraints that must hold together; ranges says that there is
// `1.2 - 2.3` among them.
func parseAll(s string) (all []constraint, ranges bool, err error) {
	for separated, comma := true, true; ; {
		s = strings.TrimLeft(s, blanksOfConstraint)
		if s == "" {
			break
		}
		if !separated {
			return nil, false, errConstraint
		}
		operator := ""
		for _, o := range operators {
			if strings.HasPrefix(s, o) {
				operator = o
				break
			}
		}
		var first constraint
		if first, s, err = cutConstraint(s[len(operator):], operator); err != nil {
			return nil, false, err
		}
		rest := strings.TrimLeft(s, blanksOfConstraint)
		if spaced := len(rest) < len(s); spaced && operator == "" && len(rest) > 1 && rest[0] == '-' && strings.IndexByte(blanksOfConstraint, rest[1]) >= 0 {
			// Sprig takes the spaces before a range away.
			if !comma {
				return nil, false, errConstraint
			}
			var last constraint
			if last, s, err = cutConstraint(rest[1:], "<="); err != nil {
				return nil, false, err
			}
			first.operator, ranges = ">=", true
			all = append(all, first, last)
		} else {
			all = append(all, first)
		}
		rest = strings.TrimLeft(s, blanksOfConstraint)
		comma = strings.HasPrefix(rest, ",")
		separated = comma || len(rest) < len(s)
		if comma {
			if rest = rest[1:]; strings.TrimLeft(rest, blanksOfConstraint) == "" {
				return nil, false, errConstraint
			}
		}
		s = rest
	}
	if len(all) == 0 {
		return nil, false, errConstraint
	}
	return all, ranges, nil
}

// cutConstraint reads the version of a constraint, behind spaces.
func cutConstraint(s, operator string) (c constraint, rest string, err error) {
	p, rest := cutVersion(strings.TrimLeft(s, blanksOfConstraint), digitsOfVersion+"xX*")
	c.operator = operator
	if len(p.numbers) == 0 {
		return c, "", errConstraint
	}
	for i, n := range p.numbers {
		if n == "x" || n == "X" || n == "*" {
			p.numbers = p.numbers[:i]
			break
		}
	}
	switch len(p.numbers) {
	case 0:
		p.numbers = []string{"0"}
	case 1:
		c.anyMinor = true
	case 2:
		c.anyPatch = true
	case 3:
		c.version, err = p.version()
		return c, rest, err
	}
	c.open = true
	c.version, err = p.version()
	return c, rest, err
}

func holdsFor(all []constraint, v *version) bool {
	for i := range all {
		if !all[i].holds(v) {
			return false
		}
	}
	return true
}

// holds says whether v fulfils the constraint. A version before a release fulfils
// only constraints that name one.
func (c *constraint) holds(v *version) bool {
	w := c.version
	order := compareVersions(v, w)
	if v.pre != "" && w.pre == "" && (c.operator != "!=" || c.open) {
		return false
	}
	switch c.operator {
	case "!=":
		return c.differs(v, order)
	case ">":
		switch {
		case !c.open:
			return order > 0
		case v.major != w.major:
			return v.major > w.major
		case c.anyMinor:
			return false
		case c.anyPatch:
			return v.minor > w.minor
		}
		return order > 0
	case "<":
		return order < 0
	case ">=", "=>":
		return order >= 0
	case "<=", "=<":
		if !c.open {
			return order <= 0
		}
		return v.major < w.major || v.major == w.major && (v.minor <= w.minor || c.anyMinor)
	case "^":
		return order >= 0 && c.compatible(v)
	case "", "=":
		if !c.open {
			return order == 0
		}
	}
	// ~1.2 is 1.2 with any patch, as is 1.2 alone.
	everything := w.major == 0 && w.minor == 0 && w.patch == 0 && !c.anyMinor && !c.anyPatch
	return order >= 0 && (everything || v.major == w.major && (v.minor == w.minor || c.anyMinor))
}

func (c *constraint) differs(v *version, order int) bool {
	w := c.version
	switch {
	case !c.open:
		return order != 0
	case v.major != w.major:
		return true
	case c.anyMinor:
		return false
	case v.minor != w.minor:
		return true
	case c.anyPatch:
		return v.pre != w.pre
	case v.patch != w.patch:
		return true
	}
	return order != 0
}

// compatible says that the first number that is not 0 is the same.
func (c *constraint) compatible(v *version) bool {
	w := c.version
	switch {
	case w.major > 0 || c.anyMinor:
		return v.major == w.major
	case v.major > 0:
		return false
	case w.minor > 0 || c.anyPatch:
		return v.minor == w.minor
	}
	return v.minor == 0 && v.patch == w.patch
}
