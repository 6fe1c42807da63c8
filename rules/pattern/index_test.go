package pattern

import (
	"math/rand/v2"
	"slices"
	"testing"

	"oathgate/internal/ruletest"
)

// mix gives the patterns of the mix, and a URL that each matches.
func mix(n int) (patterns, urls []string) { return texts(ruletest.Mix(n)) }

func texts(list []ruletest.Rule) (patterns, urls []string) {
	for _, r := range list {
		patterns, urls = append(patterns, r.URL), append(urls, r.Example)
	}
	return patterns, urls
}

func compileAll(tb testing.TB, urls []string) []*Pattern {
	tb.Helper()
	ps := make([]*Pattern, len(urls))
	for i, u := range urls {
		p, err := Compile(Regexp, u)
		if err != nil {
			tb.Fatal(u, err)
		}
		ps[i] = p
	}
	return ps
}

func TestIndexOfTheMix(t *testing.T) {
	patterns, urls := mix(2000)
	ps := compileAll(t, patterns)
	ix := NewIndex(ps)
	var s Scratch
	most := 0
	for i, u := range urls {
		c := ix.Candidates(u, &s)
		most = max(most, len(c))
		if !slices.Contains(c, int32(i)) {
			t.Fatalf("%q misses %q", u, patterns[i])
		}
		if ok, err := ps[i].Match(u, &s); !ok || err != nil {
			t.Fatalf("%q does not match %q: %v", patterns[i], u, err)
		}
	}
	t.Log("at most", most, "candidates")
	if most > 40 {
		t.Errorf("%d candidates of 2000", most)
	}
}

func TestIndexLosesNothing(t *testing.T) {
	var s, other Scratch
	hits := 0
	for seed := range 150 {
		w := writer{rand.New(rand.NewPCG(uint64(seed), 3))}
		var ps []*Pattern
		for len(ps) < 60 {
			strategy, text := Regexp, w.pattern()
			if w.IntN(3) == 0 {
				strategy, text = Glob, w.globPattern()
			}
			if p, err := Compile(strategy, text); err == nil {
				ps = append(ps, p)
			}
		}
		ix := NewIndex(ps)
		for range 60 {
			url := w.url()
			if w.IntN(2) == 0 {
				url = w.globURL()
			}
			c := slices.Clone(ix.Candidates(url, &s))
			if !slices.IsSorted(c) || len(slices.Compact(slices.Clone(c))) != len(c) {
				t.Fatalf("candidates %v", c)
			}
			for i, p := range ps {
				// The program itself, past the cheap checks that share their text with the index.
				ok, err := p.executable().match(url, &other, false)
				if ok && err == nil {
					hits++
					if !p.need.allow(url) || !slices.Contains(c, int32(i)) {
						t.Fatalf("%q matches %q but allow %v, candidates %v (%d), needs %q", p, url, p.need.allow(url), c, i, p.need.literals)
					}
				}
			}
		}
	}
	t.Log(hits, "matches")
}

func benchmarkIndex(b *testing.B, n int) {
	patterns, urls := mix(n)
	ps := compileAll(b, patterns)
	ix := NewIndex(ps)
	var s Scratch
	find := func(u string) (hits int) {
		for _, c := range ix.Candidates(u, &s) {
			if ok, err := ps[c].Match(u, &s); ok && err == nil {
				hits++
			}
		}
		return hits
	}
	for _, u := range urls {
		if find(u) == 0 {
			b.Fatal(u)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		find(urls[i*7919%len(urls)])
	}
}

func BenchmarkIndex1(b *testing.B)     { benchmarkIndex(b, 1) }
func BenchmarkIndex1000(b *testing.B)  { benchmarkIndex(b, 1000) }
func BenchmarkIndex10000(b *testing.B) { benchmarkIndex(b, 10000) }

func BenchmarkCompile10000(b *testing.B) {
	patterns, _ := mix(10000)
	b.ReportAllocs()
	for b.Loop() {
		compileAll(b, patterns)
	}
}

func BenchmarkNewIndex10000(b *testing.B) {
	patterns, _ := mix(10000)
	ps := compileAll(b, patterns)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		NewIndex(ps)
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, pattern, url string }{
		{"literal", "http://example.com/api/users", "http://example.com/api/users"},
		{"rest", "<https|http>://example.com/api/<.*>", "https://example.com/api/users/17/posts"},
		{"segment", "http://example.com/users/<[^/]+>/posts", "http://example.com/users/alice/posts"},
		{"host", "<https|http>://<[a-z]+>.example.com/users/<[0-9]+>", "https://abc.example.com/users/12345"},
		{"lookahead", "http://example.com/<(?!admin).*>", "http://example.com/users/17/posts"},
		{"two", "http://<.*>/svc17/<.*>", "http://a.b.example.com/svc17/x/y/z"},
		{"fold", "http://example.com/<(?i)users/[a-z]+>", "http://example.com/Users/Alice"},
		{"miss", "<https|http>://example.com/api/<.*>/x", "https://example.com/api/users/17/posts"},
	} {
		p, err := Compile(Regexp, c.pattern)
		if err != nil {
			b.Fatal(err)
		}
		var s Scratch
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(c.url, &s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
