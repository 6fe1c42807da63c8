package re2

import (
	"unicode"
	"unicode/utf8"
)

// class is a set of characters.
type class struct {
	items   []item
	negated bool
	// fold says that letters of other case are the same.
	fold bool
}

// item is a part of a class: the characters from lo to hi, or those of a table.
type item struct {
	lo, hi  rune
	table   *unicode.RangeTable
	negated bool
	// group has further ranges, of \w and its like.
	group string
}

// has says whether r is one of the class.
func (c *class) has(r rune) bool {
	for i := range c.items {
		if c.items[i].has(r, c.fold) {
			return !c.negated
		}
	}
	return c.negated
}

func (it *item) has(r rune, fold bool) bool {
	found := it.hasExactly(r)
	if fold && !found {
		for f := unicode.SimpleFold(r); f != r && !found; f = unicode.SimpleFold(f) {
			found = it.hasExactly(f)
		}
	}
	return found != it.negated
}

func (it *item) hasExactly(r rune) bool {
	if it.table != nil {
		return unicode.Is(it.table, r)
	}
	if it.group == "" {
		return it.lo <= r && r <= it.hi
	}
	for i := 0; i < len(it.group); i += 2 {
		if rune(it.group[i]) <= r && r <= rune(it.group[i+1]) {
			return true
		}
	}
	return false
}

func single(r rune) item { return item{lo: r, hi: r} }

// anything is every character.
func anything() item { return item{hi: utf8.MaxRune} }

// perlGroup is \d, \s or \w, or with a capital what is not in it; ok is false for
// other letters.
func perlGroup(c byte) (it item, ok bool) {
	switch c | 0x20 {
	case 'd':
		it.group = "09"
	case 's':
		it.group = "\t\n\f\r  "
	case 'w':
		it.group = "09AZ__az"
	default:
		return it, false
	}
	it.negated = c&0x20 == 0
	return it, true
}

// posixGroup is the class [:name:], as pairs of characters.
func posixGroup(name string) string {
	switch name {
	case "alnum":
		return "09AZaz"
	case "alpha":
		return "AZaz"
	case "ascii":
		return "\x00\x7f"
	case "blank":
		return "\t\t  "
	case "cntrl":
		return "\x00\x1f\x7f\x7f"
	case "digit":
		return "09"
	case "graph":
		return "!~"
	case "lower":
		return "az"
	case "print":
		return " ~"
	case "punct":
		return "!/:@[`{~"
	case "space":
		return "\t\r  "
	case "upper":
		return "AZ"
	case "word":
		return "09AZ__az"
	case "xdigit":
		return "09AFaf"
	}
	return ""
}

// isWord says what \b and \B take for a character of a word.
func isWord(r rune) bool {
	it, _ := perlGroup('w')
	return it.hasExactly(r)
}
