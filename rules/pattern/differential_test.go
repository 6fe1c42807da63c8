package pattern

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"oathgate/internal/ruletest"
)

// writer makes random patterns and URLs over a small alphabet, so that they match each other often.
type writer struct{ *rand.Rand }

func (w writer) pick(from ...string) string { return from[w.IntN(len(from))] }

func (w writer) regexp(depth int) string {
	var b strings.Builder
	for n := w.IntN(4); n >= 0; n-- {
		b.WriteString(w.atom(depth))
		switch w.IntN(9) {
		case 0:
			b.WriteString(w.pick("*", "+", "?", "*?", "+?", "??"))
		case 1:
			b.WriteString(w.pick("{2}", "{1,2}", "{0,3}", "{2,}", "{1,3}?", "{0}", "{,2}", "{2,4}", "{1}", "{0,1}", "{3,6}"))
		}
	}
	if w.IntN(6) == 0 {
		return b.String() + "|" + w.regexp(max(0, depth-1))
	}
	return b.String()
}

func (w writer) atom(depth int) string {
	if depth > 0 && w.IntN(3) == 0 {
		in := w.regexp(depth - 1)
		return w.pick("(", "(?:", "(?:", "(?=", "(?!", "(?i:", "(?P<n"+strconv.Itoa(w.IntN(3))+">", "(?s:", "(?m:", "(?i)(", "(?-i:", "(?x: ") + in + ")"
	}
	switch w.IntN(14) {
	case 0, 1, 2, 3, 4:
		return w.pick("a", "b", "c", "A", "k", "é", "É", "/", "1", "_", "-", "]", "}", "{", "\\.", "\\-", "ab", "ba")
	case 5:
		return w.pick(".", ".", ".*", ".+", ".*?")
	case 6:
		return w.pick("\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "\\p{L}", "\\P{L}", "\\p{Lu}", "\\p{Ll}", "\\P{Lu}", "\\p{Nd}", "\\p{Latin}")
	case 7:
		return w.pick("^", "$", "\\b", "\\B", "\\A", "\\z", "\\Z", "\\G")
	case 8:
		return w.pick("\\1", "\\2", "\\3", "\\k<n0>", "\\x61", "\\x{e9}", "\\u0062", "\\141", "\\0", "\\cA", "\\n", "\\t", "\\e")
	default:
		return w.class()
	}
}

func (w writer) class() string {
	var b strings.Builder
	b.WriteString(w.pick("[", "[", "[^"))
	for n := w.IntN(3); n >= 0; n-- {
		b.WriteString(w.pick("a", "b", "c", "a-c", "A-C", "\\d", "\\D", "\\w", "\\W", "\\s", "\\S", "é", "É", "à-ÿ", "-", "/", ".", "\\]", "]", "[:alpha:]", "[:^alpha:]",
			"[:digit:]", "[:^word:]", "[:space:]", "\\p{L}", "\\P{L}", "\\p{Lu}", "\\n", "^", "\\x41-\\x43", "1-3", "\\b", "k", "[", "Z-b", "\\-", "[:upper:]"))
	}
	return b.String() + "]"
}

func (w writer) pattern() string {
	var b strings.Builder
	for n := w.IntN(3); n >= 0; n-- {
		b.WriteString(w.pick("", "a", "b", "/", "ab", ".", "é", "+", "(", "1"))
		b.WriteString("<" + w.regexp(2) + ">")
	}
	return b.String() + w.pick("", "", "a", "/b", "c")
}

func (w writer) url() string {
	var b strings.Builder
	if w.IntN(8) == 0 {
		for n := 20 + w.IntN(40); n > 0; n-- {
			b.WriteString(w.pick("a", "b", "a", "b", "/", "é"))
		}
		return b.String()
	}
	for n := w.IntN(10); n > 0; n-- {
		b.WriteString(w.pick("a", "b", "c", "a", "b", "A", "B", "k", "K", "\u212a", "é", "É", "/", ".", "1", "_", "-", "\n", " ", "\xff", "\x80", "٣", "ß", "]", "{", "+", "\x01"))
	}
	return b.String()
}

func sameRegexp(t *testing.T, pattern string, urls []string, s *Scratch) (compiled bool) {
	t.Helper()
	p, err := Compile(Regexp, pattern)
	if err != nil {
		return false
	}
	re, rerr := ruletest.Regexp(pattern)
	if rerr != nil {
		t.Fatalf("%q: compiles, but regexp2 says %v", pattern, rerr)
	}
	for _, url := range urls {
		want, ok, werr := ruletest.Captures(re, url)
		if werr != nil {
			continue
		}
		got, matched, err := p.Captures([]byte(url), s)
		if err != nil {
			continue
		}
		if matched != ok || !slices.Equal(got, want) {
			t.Fatalf("%q on %q: got %v %q, regexp2 %v %q", pattern, url, matched, got, ok, want)
		}
		again, err := p.Match([]byte(url), s)
		if err != nil || again != matched {
			t.Fatalf("%q on %q: Match says %v %v, Captures %v", pattern, url, again, err, matched)
		}
	}
	return true
}

func TestRegexpLikeReference(t *testing.T) {
	rounds := 12000
	if testing.Short() {
		rounds = 2000
	}
	var s Scratch
	compiled, valid := 0, 0
	refused := map[string]int{}
	for seed := range rounds {
		w := writer{rand.New(rand.NewPCG(uint64(seed), 1))}
		pattern := w.pattern()
		urls := make([]string, 8)
		for i := range urls {
			urls[i] = w.url()
		}
		if sameRegexp(t, pattern, urls, &s) {
			compiled++
			valid++
		} else if _, err := ruletest.Regexp(pattern); err == nil {
			valid++
			_, err := Compile(Regexp, pattern)
			var e *Error
			if !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(pattern) {
				t.Fatalf("%q: %v", pattern, err)
			}
			refused[e.Message]++
		}
	}
	t.Logf("%d of %d patterns that regexp2 takes; refused: %v", compiled, valid, refused)
	if compiled*10 < valid*7 {
		t.Errorf("only %d of %d", compiled, valid)
	}
}

func FuzzRegexp(f *testing.F) {
	for seed := range 20 {
		w := writer{rand.New(rand.NewPCG(uint64(seed), 4))}
		f.Add(w.pattern(), w.url())
	}
	f.Add("http://a/<(?:a{2,4}){1,2}><a*>", "http://a/aaaaa")
	f.Add("<(?P<b>.)(.)\\2>", "xyx")
	f.Fuzz(func(t *testing.T, pattern, url string) {
		if !strings.Contains(pattern, "//") { // a host is canonical here, not there
			sameRegexp(t, pattern, []string{url}, new(Scratch))
		}
	})
}
