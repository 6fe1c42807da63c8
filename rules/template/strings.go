package template

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// stringFunctions are Sprig's functions for strings (strings.go).
var stringFunctions = [...]function{
	{"trim", "s", func(_ *state, a []any) (any, error) { return strings.TrimSpace(a[0].(string)), nil }},
	{"upper", "s", func(_ *state, a []any) (any, error) { return strings.ToUpper(a[0].(string)), nil }},
	{"lower", "s", func(_ *state, a []any) (any, error) { return strings.ToLower(a[0].(string)), nil }},
	{"title", "s", func(_ *state, a []any) (any, error) { return title(a[0].(string)), nil }},
	{"trunc", "is", trunc},
	{"substr", "iis", substr},
	{"repeat", "is", repeat},
	{"trimall", "ss", trimAll},
	{"trimAll", "ss", trimAll},
	{"trimSuffix", "ss", func(_ *state, a []any) (any, error) {
		return strings.TrimSuffix(a[1].(string), a[0].(string)), nil
	}},
	{"trimPrefix", "ss", func(_ *state, a []any) (any, error) {
		return strings.TrimPrefix(a[1].(string), a[0].(string)), nil
	}},
	{"nospace", "s", func(_ *state, a []any) (any, error) { return nospace(a[0].(string)), nil }},
	{"contains", "ss", func(_ *state, a []any) (any, error) {
		return strings.Contains(a[1].(string), a[0].(string)), nil
	}},
	{"hasPrefix", "ss", func(_ *state, a []any) (any, error) {
		return strings.HasPrefix(a[1].(string), a[0].(string)), nil
	}},
	{"hasSuffix", "ss", func(_ *state, a []any) (any, error) {
		return strings.HasSuffix(a[1].(string), a[0].(string)), nil
	}},
	{"quote", "a*", func(s *state, a []any) (any, error) { return eachQuoted(s, a, strconv.Quote) }},
	{"squote", "a*", func(s *state, a []any) (any, error) {
		return eachQuoted(s, a, func(s string) string { return "'" + s + "'" })
	}},
	{"cat", "a*", func(s *state, a []any) (any, error) {
		return eachQuoted(s, a, func(s string) string { return s })
	}},
	{"indent", "is", func(s *state, a []any) (any, error) { return indent(s, "", a) }},
	{"nindent", "is", func(s *state, a []any) (any, error) { return indent(s, "\n", a) }},
	{"replace", "sss", replace},
	{"plural", "ssi", func(_ *state, a []any) (any, error) {
		if a[2].(int) == 1 {
			return a[0], nil
		}
		return a[1], nil
	}},
	{"toString", "a", func(_ *state, a []any) (any, error) { return text(a[0]) }},
	{"splitList", "ss", func(s *state, a []any) (any, error) { return split(s, a[0].(string), a[1].(string), -1) }},
	{"split", "ss", func(s *state, a []any) (any, error) {
		return numbered(split(s, a[0].(string), a[1].(string), -1))
	}},
	{"splitn", "sis", func(s *state, a []any) (any, error) {
		return numbered(split(s, a[0].(string), a[2].(string), a[1].(int)))
	}},
	{"join", "sa", join},
}

func trimAll(_ *state, a []any) (any, error) {
	return strings.Trim(a[1].(string), a[0].(string)), nil
}

// nospace drops white space. As Sprig's, it takes every byte for a character if
// there is any.
func nospace(s string) string {
	var b strings.Builder
	kept := 0
	for i := range len(s) {
		if r := rune(s[i]); !unicode.IsSpace(r) {
			b.WriteRune(r)
			kept++
		}
	}
	if kept == len(s) {
		return s
	}
	return b.String()
}

// title is strings.Title: the first letter of every word as in a title.
func title(s string) string {
	before := ' '
	return strings.Map(func(r rune) rune {
		separated := isSeparator(before)
		before = r
		if separated {
			return unicode.ToTitle(r)
		}
		return r
	}, s)
}

func isSeparator(r rune) bool {
	if r < utf8.RuneSelf {
		return !letter(byte(r))
	}
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && unicode.IsSpace(r)
}

func trunc(_ *state, a []any) (any, error) {
	n, s := a[0].(int), a[1].(string)
	switch {
	case n < 0 && len(s)+n > 0:
		return s[len(s)+n:], nil
	case n >= 0 && len(s) > n:
		return s[:n], nil
	}
	return s, nil
}

func substr(_ *state, a []any) (any, error) {
	start, end, s := a[0].(int), a[1].(int), a[2].(string)
	if start < 0 {
		start = 0
	} else if end < 0 || end > len(s) {
		end = len(s)
	}
	if end < 0 || end > len(s) || start > end {
		return nil, constError("slice bounds out of range")
	}
	return s[start:end], nil
}

func repeat(st *state, a []any) (any, error) {
	n, s := a[0].(int), a[1].(string)
	if n < 0 {
		return nil, constError("negative Repeat count")
	}
	if len(s) > 0 && n > MaxOutput/len(s) {
		return nil, errOutput
	}
	if s == "" {
		return "", nil
	}
	return strings.Repeat(s, n), st.fits(n * len(s))
}

// eachQuoted joins the texts of the values that are not nil with spaces.
func eachQuoted(st *state, a []any, quote func(string) string) (any, error) {
	var b strings.Builder
	first := true
	for _, v := range a {
		if v == nil {
			continue
		}
		s, err := text(v)
		if err != nil {
			return nil, err
		}
		if !first {
			b.WriteByte(' ')
		}
		first = false
		b.WriteString(quote(s))
		if err := st.fits(b.Len()); err != nil {
			return nil, err
		}
	}
	return b.String(), nil
}

func indent(st *state, before string, a []any) (any, error) {
	n, s := a[0].(int), a[1].(string)
	if n < 0 {
		return nil, constError("negative Repeat count")
	}
	if n > MaxOutput {
		return nil, errOutput
	}
	if err := st.fits(len(s) + n*(1+strings.Count(s, "\n"))); err != nil {
		return nil, err
	}
	pad := strings.Repeat(" ", n)
	return before + pad + strings.ReplaceAll(s, "\n", "\n"+pad), nil
}

func replace(st *state, a []any) (any, error) {
	from, to, s := a[0].(string), a[1].(string), a[2].(string)
	if err := st.fits(len(s) + strings.Count(s, from)*(len(to)-len(from))); err != nil {
		return nil, err
	}
	return strings.ReplaceAll(s, from, to), nil
}

func split(st *state, sep, s string, n int) ([]string, error) {
	count := strings.Count(s, sep) + 1
	if n >= 0 {
		count = min(n, count)
	}
	if err := st.items(count); err != nil {
		return nil, err
	}
	return strings.SplitN(s, sep, n), nil
}

// numbered is a list as a map with the keys _0, _1 ...
func numbered(list []string, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	m := make(map[string]string, len(list))
	for i, s := range list {
		m["_"+strconv.Itoa(i)] = s
	}
	return m, nil
}

// stringsOf is Sprig's toStrings: the texts of the elements that are not nil.
func stringsOf(st *state, v any) ([]string, error) {
	if list, ok := v.([]string); ok {
		return list, nil
	}
	if v == nil {
		return []string{}, nil
	}
	n, ok := listLen(v)
	if !ok {
		s, err := text(v)
		return []string{s}, err
	}
	list := make([]string, 0, n)
	size := 0
	for i := range n {
		v := listAt(v, i)
		if v == nil {
			continue
		}
		s, err := text(v)
		if err != nil {
			return nil, err
		}
		if size += len(s); size > MaxOutput {
			return nil, errOutput
		}
		list = append(list, s)
	}
	return list, st.work(size / 64)
}

func join(st *state, a []any) (any, error) {
	list, err := stringsOf(st, a[1])
	if err != nil {
		return nil, err
	}
	sep := a[0].(string)
	size := 0
	for _, s := range list {
		if size += len(s) + len(sep); size-len(sep) > MaxOutput {
			return nil, errOutput
		}
	}
	return strings.Join(list, sep), nil
}
