package ruletest

import (
	"errors"
	"regexp"
	"strings"
	"time"

	"github.com/dlclark/regexp2"
	"github.com/gobwas/glob"
)

// delimiters returns the first-level <...> of s, as Oathkeeper's engines find them.
func delimiters(s string) ([]int, error) {
	var out []int
	level, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '<':
			level++
			if level == 1 {
				start = i
			}
		case '>':
			level--
			if level == 0 {
				out = append(out, start, i+1)
			}
			if level < 0 {
				return nil, errors.New("unbalanced")
			}
		}
	}
	if level != 0 {
		return nil, errors.New("unbalanced")
	}
	return out, nil
}

// Regexp compiles a pattern as Oathkeeper does (ory/ladon compiler/regex.go).
func Regexp(pattern string) (re *regexp2.Regexp, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("regexp2 panicked")
		}
	}()
	cuts, err := delimiters(pattern)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteByte('^')
	end := 0
	for i := 0; i < len(cuts); i += 2 {
		b.WriteString(regexp.QuoteMeta(pattern[end:cuts[i]]))
		end = cuts[i+1]
		fragment := pattern[cuts[i]+1 : end-1]
		if _, err := regexp2.Compile("^"+fragment+"$", regexp2.RE2); err != nil {
			return nil, err
		}
		b.WriteString("(" + fragment + ")")
	}
	b.WriteString(regexp.QuoteMeta(pattern[end:]))
	b.WriteByte('$')
	re, err = regexp2.Compile(b.String(), regexp2.RE2)
	if err != nil {
		return nil, err
	}
	re.MatchTimeout = 20 * time.Millisecond
	return re, nil
}

// Captures matches as Oathkeeper's FindStringSubmatch does.
func Captures(re *regexp2.Regexp, url string) (groups []string, ok bool, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("regexp2 panicked")
		}
	}()
	m, err := re.FindStringMatch(url)
	if err != nil || m == nil {
		return nil, false, err
	}
	groups = []string{}
	for _, g := range m.Groups()[1:] {
		groups = append(groups, g.String())
	}
	return groups, true, nil
}

// Glob compiles a glob as Oathkeeper's rule/engine_glob.go does.
func Glob(pattern string) (g glob.Glob, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("glob panicked")
		}
	}()
	cuts, err := delimiters(pattern)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	end := 0
	for i := 0; i < len(cuts); i += 2 {
		b.WriteString(glob.QuoteMeta(pattern[end:cuts[i]]))
		end = cuts[i+1]
		b.WriteString(pattern[cuts[i]+1 : end-1])
	}
	b.WriteString(glob.QuoteMeta(pattern[end:]))
	return glob.Compile(b.String(), '.', '/')
}
