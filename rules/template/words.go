package template

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// wordFunctions are Sprig's functions for words (strings.go; they are those of
// Masterminds/goutils and huandu/xstrings).
var wordFunctions = [...]function{
	{"untitle", "s", func(_ *state, a []any) (any, error) { return untitle(a[0].(string)), nil }},
	{"swapcase", "s", func(_ *state, a []any) (any, error) { return swapCase(a[0].(string)), nil }},
	{"initials", "s", func(_ *state, a []any) (any, error) { return initials(a[0].(string)), nil }},
	{"abbrev", "is", func(_ *state, a []any) (any, error) {
		return abbreviate(a[1].(string), 0, a[0].(int)), nil
	}},
	{"abbrevboth", "iis", func(_ *state, a []any) (any, error) {
		if a[0].(int) > 0 && a[1].(int) < 7 {
			return a[2], nil
		}
		return abbreviate(a[2].(string), a[0].(int), a[1].(int)), nil
	}},
	{"wrap", "is", func(s *state, a []any) (any, error) {
		return wrap(s, a[1].(string), a[0].(int), "\n", false)
	}},
	{"wrapWith", "iss", func(s *state, a []any) (any, error) {
		return wrap(s, a[2].(string), a[0].(int), a[1].(string), true)
	}},
	{"camelcase", "s", func(_ *state, a []any) (any, error) { return camelCase(a[0].(string)), nil }},
	{"snakecase", "s", func(_ *state, a []any) (any, error) { return joinWords(a[0].(string), '_') }},
	{"kebabcase", "s", func(_ *state, a []any) (any, error) { return joinWords(a[0].(string), '-') }},
	{"hello", "", func(*state, []any) (any, error) { return "Hello!", nil }},
}

// untitle makes the first letter of every word small.
func untitle(s string) string {
	first := true
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			first = true
		case first:
			first = false
			return unicode.ToLower(r)
		}
		return r
	}, s)
}

// swapCase makes capitals small and small letters capitals, title letters at the
// beginning of words.
func swapCase(s string) string {
	first := true
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsUpper(r) || unicode.IsTitle(r):
			first = false
			return unicode.ToLower(r)
		case !unicode.IsLower(r):
			first = unicode.IsSpace(r)
			return r
		case first:
			first = false
			return unicode.ToTitle(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// initials are the first characters of the words. As Sprig's, it takes every byte
// for a character.
func initials(s string) string {
	var b strings.Builder
	gap := true
	for i := range len(s) {
		r := rune(s[i])
		space := unicode.IsSpace(r)
		if gap && !space {
			b.WriteRune(r)
		}
		gap = space
	}
	return b.String()
}

// abbreviate shortens s to width bytes with an ellipsis at its end, and one at its
// beginning if what is left of offset must go, too.
func abbreviate(s string, offset, width int) string {
	const dots = "..."
	if width < 4 || len(s) <= width {
		return s
	}
	offset = min(offset, len(s))
	if len(s)-offset < width-3 {
		offset = len(s) - (width - 3)
	}
	switch {
	case offset <= 4:
		return s[:width-3] + dots
	case width < 7:
		return ""
	case offset+width-3 < len(s):
		// Here Sprig's own checks of the inner width give up.
		if width-3 < 4 {
			return dots
		}
		return dots + abbreviate(s[offset:], 0, width-3)
	}
	return dots + s[len(s)-(width-3):]
}

// wrap puts newline in the place of spaces, so that lines have width bytes at most;
// longer words are cut if long says so.
func wrap(st *state, s string, width int, newline string, long bool) (any, error) {
	if newline == "" {
		newline = "\n"
	}
	width = max(width, 1)
	if err := st.fits(len(s) + len(newline)*(1+len(s)/width)); err != nil {
		return nil, err
	}
	var b strings.Builder
	for len(s) > width {
		if s[0] == ' ' {
			s = s[1:]
			continue
		}
		end, next := strings.LastIndexByte(s[:width+1], ' '), 0
		switch {
		case end >= 0:
			next = end + 1
		case long:
			end, next = width, width
		default:
			i := strings.IndexByte(s[width:], ' ')
			if i < 0 {
				b.WriteString(s)
				return b.String(), nil
			}
			end, next = width+i, width+i+1
		}
		b.WriteString(s[:end])
		b.WriteString(newline)
		s = s[next:]
	}
	b.WriteString(s)
	return b.String(), nil
}

// isConnector says what separates words.
func isConnector(r rune) bool { return r == '-' || r == '_' || unicode.IsSpace(r) }

// camelCase joins words, each with a capital; words of capitals alone become small.
// Connectors at the beginning stay, and of several in a row one goes; of a text of
// connectors alone the last one comes twice.
func camelCase(s string) string {
	rest := strings.TrimLeftFunc(s, isConnector)
	if rest == "" {
		_, size := utf8.DecodeLastRuneInString(s)
		return s + s[len(s)-size:]
	}
	var b strings.Builder
	b.WriteString(s[:len(s)-len(rest)])
	before, size := utf8.DecodeRuneInString(rest)
	capitals := unicode.IsUpper(before)
	before = unicode.ToUpper(before)
	for _, r := range rest[size:] {
		after := isConnector(before)
		switch {
		case after && isConnector(r):
			b.WriteRune(before)
		case after:
			capitals = unicode.IsUpper(r)
			r = unicode.ToUpper(r)
		default:
			if capitals = capitals && unicode.IsUpper(r); capitals {
				r = unicode.ToLower(r)
			}
			b.WriteRune(before)
		}
		before = r
	}
	b.WriteRune(before)
	return b.String()
}
