package re2

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match says whether text holds a match. This and the other methods count what they
// do down in steps, and return ErrSteps when that is used up.
func (re *Regexp) Match(text string, steps *int) (bool, error) {
	m, err := re.find(text, 0, 1, steps)
	return m != nil, err
}

// Find gives the first match, "" if there is none.
func (re *Regexp) Find(text string, steps *int) (string, error) {
	m, err := re.find(text, 0, 1, steps)
	if m == nil {
		return "", err
	}
	return text[m[0]:m[1]], nil
}

// all gives the first n matches that do not overlap, all if n is negative.
func (re *Regexp) all(text string, n int, steps *int) (matches [][]int, err error) {
	last := -1
	for pos := 0; pos <= len(text) && (n < 0 || len(matches) < n); {
		m, err := re.find(text, pos, 1, steps)
		if m == nil {
			return matches, err
		}
		accept := true
		if m[1] == pos {
			accept = m[0] != last // no empty match right behind another
			_, size := utf8.DecodeRuneInString(text[pos:])
			pos += max(size, 1)
		} else {
			pos = m[1]
		}
		if last = m[1]; accept {
			matches = append(matches, m)
		}
	}
	return matches, nil
}

// FindAll gives the first n matches, all if n is negative.
func (re *Regexp) FindAll(text string, n int, steps *int) ([]string, error) {
	matches, err := re.all(text, n, steps)
	var list []string
	for _, m := range matches {
		list = append(list, text[m[0]:m[1]])
	}
	return list, err
}

// Split cuts text at matches into n pieces at most, any number if n is negative.
func (re *Regexp) Split(text string, n int, steps *int) ([]string, error) {
	if n == 0 {
		return nil, nil
	}
	if text == "" && !re.empty {
		return []string{""}, nil
	}
	matches, err := re.all(text, n, steps)
	pieces := make([]string, 0, len(matches))
	begin, end := 0, 0
	for _, m := range matches {
		if n > 0 && len(pieces) == n-1 {
			break
		}
		if end = m[0]; m[1] != 0 {
			pieces = append(pieces, text[begin:end])
		}
		begin = m[1]
	}
	if end != len(text) {
		pieces = append(pieces, text[begin:])
	}
	return pieces, err
}

// Replace replaces all matches, in at most limit bytes: by replacement as it is if
// literal, or else with $1, ${1} and $name in it standing for groups.
func (re *Regexp) Replace(text, replacement string, literal bool, limit int, steps *int) (string, error) {
	groups := 1
	if !literal && strings.IndexByte(replacement, '$') >= 0 {
		groups = re.Groups()
	}
	var out []byte
	done := 0
	for pos := 0; pos <= len(text); {
		m, err := re.find(text, pos, groups, steps)
		if err != nil {
			return "", err
		}
		if m == nil {
			break
		}
		out = append(out, text[done:m[0]]...)
		if m[1] > done || m[0] == 0 {
			if literal {
				out = append(out, replacement...)
			} else {
				out = re.expand(out, replacement, text, m)
			}
		}
		if len(out) > limit {
			return "", constError("the result is too long")
		}
		done = m[1]
		_, size := utf8.DecodeRuneInString(text[pos:])
		pos = max(pos+max(size, 1), m[1])
	}
	return string(append(out, text[done:]...)), nil
}

// expand appends the replacement with the groups of the match in it.
func (re *Regexp) expand(out []byte, replacement, text string, match []int) []byte {
	for {
		before, after, found := strings.Cut(replacement, "$")
		out = append(out, before...)
		if !found {
			return out
		}
		if strings.HasPrefix(after, "$") {
			out, replacement = append(out, '$'), after[1:]
			continue
		}
		name, rest, ok := groupName(after)
		if !ok {
			out, replacement = append(out, '$'), after
			continue
		}
		replacement = rest
		if k := re.group(name, match); k >= 0 {
			out = append(out, text[match[2*k]:match[2*k+1]]...)
		}
	}
}

// groupName reads `name` or `{name}`.
func groupName(s string) (name, rest string, ok bool) {
	braces := strings.HasPrefix(s, "{")
	if braces {
		s = s[1:]
	}
	end := 0
	for end < len(s) {
		r, size := utf8.DecodeRuneInString(s[end:])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' {
			break
		}
		end += size
	}
	name, rest = s[:end], s[end:]
	if braces {
		if rest, ok = strings.CutPrefix(rest, "}"); !ok {
			return "", "", false
		}
	}
	return name, rest, name != ""
}

// group is the number of the group of that number or name which took part in the
// match, -1 if there is none.
func (re *Regexp) group(name string, match []int) int {
	k, end := number(name, 0)
	numbered := end == len(name)
	for i, other := range re.names {
		if match[2*i] >= 0 && (numbered && i == k || !numbered && i > 0 && other == name) {
			return i
		}
	}
	return -1
}

// Quote escapes all that has a meaning in an expression.
func Quote(s string) string {
	var b strings.Builder
	for i := range len(s) {
		if strings.IndexByte(`\.+*?()|[]{}^$`, s[i]) >= 0 {
			b.WriteByte('\\')
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
