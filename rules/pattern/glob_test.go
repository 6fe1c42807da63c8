package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"

	"oathgate/internal/ruletest"
)

func (w writer) globFragment() string {
	var b strings.Builder
	for n := w.IntN(3); n >= 0; n-- {
		switch w.IntN(8) {
		case 0, 1:
			b.WriteString("*")
		case 2:
			b.WriteString("**")
		case 3:
			b.WriteString("?")
		case 4:
			b.WriteString(w.pick("[ab]", "[!ab]", "[a-c]", "[!a-b]", "[a]", "[!a]", "[./]", "[!.]"))
		case 5:
			b.WriteString(w.pick("{a,b}", "{a,ab}", "{,a}", "{a,b/,c}", "{ab,ba}", "{a}", "{é,a}", "{,/b}", "{a,,b}", "{a*,b}", "{*,b}", "{{a,b},c}"))
		default:
			b.WriteString(w.pick("a", "b", "/", ".", "ab", "\\*", "é"))
		}
	}
	return b.String()
}

func (w writer) globPattern() string {
	var b strings.Builder
	for n := w.IntN(3); n >= 0; n-- {
		b.WriteString(w.pick("", "a", "b", "/", "ab", ".", "é", "*", "{", "a/"))
		b.WriteString("<" + w.globFragment() + ">")
	}
	return b.String() + w.pick("", "", "a", "/b", "c")
}

func (w writer) globURL() string {
	var b strings.Builder
	for n := w.IntN(9); n > 0; n-- {
		b.WriteString(w.pick("a", "b", "c", "a", "b", "/", ".", "ab", "é", "*", "/", "{", "\n", "a\xff"))
	}
	return b.String()
}

func TestGlobLikeReference(t *testing.T) {
	rounds := 15000
	if testing.Short() {
		rounds = 2000
	}
	var s Scratch
	compiled, valid, matched := 0, 0, 0
	for seed := range rounds {
		w := writer{rand.New(rand.NewPCG(uint64(seed), 2))}
		pattern := w.globPattern()
		ref, rerr := ruletest.Glob(pattern)
		p, err := Compile(Glob, pattern)
		if rerr == nil {
			valid++
		}
		if err != nil {
			continue
		}
		if rerr != nil {
			t.Fatalf("%q: compiles, but gobwas says %v", pattern, rerr)
		}
		compiled++
		for range 30 {
			url := w.globURL()
			got, err := p.Match([]byte(url), &s)
			if err != nil {
				continue
			}
			if want := ref.Match(url); got != want {
				t.Fatalf("%q on %q: got %v, gobwas %v (%v)", pattern, url, got, want, ref)
			}
			if got {
				matched++
			}
		}
	}
	t.Logf("%d of %d patterns that gobwas takes, %d matches", compiled, valid, matched)
}

func FuzzGlob(f *testing.F) {
	for seed := range 20 {
		w := writer{rand.New(rand.NewPCG(uint64(seed), 5))}
		f.Add(w.globPattern(), w.globURL())
	}
	f.Fuzz(func(t *testing.T, pattern, url string) {
		p, err := Compile(Glob, pattern)
		if err != nil || strings.Contains(pattern, "//") || len(pattern) > 60 || len(url) > 60 {
			return
		}
		ref, err := ruletest.Glob(pattern)
		if err != nil {
			t.Fatalf("%q: compiles, but gobwas says %v", pattern, err)
		}
		got, err := p.Match([]byte(url), new(Scratch))
		if err == nil && got != ref.Match(url) {
			t.Fatalf("%q on %q: got %v, gobwas differs", pattern, url, got)
		}
	})
}
