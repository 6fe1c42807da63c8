package pattern

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

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

func inBytes(urls []string) (list [][]byte) {
	for _, u := range urls {
		list = append(list, []byte(u))
	}
	return list
}

func compileAll(tb testing.TB, urls []string) []*Pattern {
	tb.Helper()
	return compileShape(tb, Regexp, urls)
}

func compileShape(tb testing.TB, s Strategy, urls []string) []*Pattern {
	tb.Helper()
	ps := make([]*Pattern, len(urls))
	for i, u := range urls {
		ps[i] = mustCompile(tb, s, u)
	}
	return ps
}

// shape gives n patterns of a shape and URLs that they match.
func shape(tb testing.TB, s ruletest.Shape, n int) (ps []*Pattern, urls []string) {
	tb.Helper()
	strategy := Regexp
	if s.Glob {
		strategy = Glob
	}
	patterns, urls := texts(s.Rules(n))
	return compileShape(tb, strategy, patterns), urls
}

// However many rules there are, few are tried.
func TestCandidatesAreFew(t *testing.T) {
	for _, of := range ruletest.Shapes() {
		for _, n := range []int{100, 1000, 10000} {
			ps, urls := shape(t, of, n)
			ix := NewIndex(ps)
			var s Scratch
			most, sum := 0, 0
			for k := range 100 {
				i := k * 7919 % n
				c := ix.Candidates([]byte(urls[i]), &s)
				most, sum = max(most, len(c)), sum+len(c)
				if !slices.Contains(c, int32(i)) {
					t.Errorf("%s: %q misses %q", of.Name, urls[i], ps[i])
				}
				if ok, err := ps[i].Match([]byte(urls[i]), &s); !ok || err != nil {
					t.Errorf("%s: %q does not match %q: %v", of.Name, ps[i], urls[i], err)
				}
			}
			t.Logf("%s, %d rules: %.1f candidates, at most %d", of.Name, n, float64(sum)/100, most)
			if most > of.Candidates {
				t.Errorf("%s, %d rules: %d candidates", of.Name, n, most)
			}
		}
	}
}

// Characters beyond ASCII can be in the place of a letter whose case is ignored.
func TestIndexOfLetters(t *testing.T) {
	var patterns []string
	for c := 'a'; c <= 'z'; c++ {
		patterns = append(patterns, "x<(?i)"+strings.Repeat(string(c), 4)+">")
	}
	ps := compileAll(t, patterns)
	ix := NewIndex(ps)
	var s Scratch
	beyond := 0
	for r := range unicode.MaxRune {
		c := unicode.ToLower(r)
		if c < 'a' || c > 'z' {
			continue
		}
		url := "x" + strings.Repeat(string(r), 4)
		if ok, err := ps[c-'a'].Match([]byte(url), &s); !ok || err != nil || !slices.Contains(ix.Candidates([]byte(url), &s), c-'a') {
			t.Errorf("%q: %v %v, candidates %v", url, ok, err, ix.Candidates([]byte(url), &s))
		}
		if r >= utf8.RuneSelf {
			beyond++
		}
	}
	if beyond == 0 {
		t.Error("no such character")
	}
	if n := len(ix.Candidates([]byte("x-"), &s)); n != beyond {
		t.Errorf("%d patterns are always tried, %d need be", n, beyond)
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
			c := slices.Clone(ix.Candidates([]byte(url), &s))
			if !slices.IsSorted(c) || len(slices.Compact(slices.Clone(c))) != len(c) {
				t.Fatalf("candidates %v", c)
			}
			for i, p := range ps {
				// The program itself, past the cheap checks that share their text with the index.
				ok, err := p.executable().match([]byte(url), &other, false)
				if ok && err == nil {
					hits++
					if !p.need.allow([]byte(url)) || !slices.Contains(c, int32(i)) {
						t.Fatalf("%q matches %q but allow %v, candidates %v (%d), needs %q", p, url, p.need.allow([]byte(url)), c, i, p.need.literals)
					}
				}
			}
		}
	}
	t.Log(hits, "matches")
}

// BenchmarkIndex finds the matches among rules of a shape. The last one is for a URL of 8 KiB.
func BenchmarkIndex(b *testing.B) {
	for _, of := range ruletest.Shapes() {
		for _, n := range []int{1, 100, 1000, 10000} {
			ps, urls := shape(b, of, n)
			benchmarkIndex(b, "shape="+strings.ReplaceAll(of.Name, " ", "_")+"/rules="+strconv.Itoa(n), ps, urls)
		}
	}
	ps, urls := shape(b, ruletest.Shapes()[0], 10000)
	for i := range urls {
		urls[i] += strings.Repeat("/segment", (8<<10-len(urls[i]))/8)
	}
	benchmarkIndex(b, "shape=mix_8KiB/rules=10000", ps, urls)
}

func benchmarkIndex(b *testing.B, name string, ps []*Pattern, urls []string) {
	ix := NewIndex(ps)
	var s Scratch
	list := inBytes(urls)
	find := func(url []byte) (tried int) {
		candidates := ix.Candidates(url, &s)
		for _, c := range candidates {
			if _, err := ps[c].Match(url, &s); err != nil {
				b.Fatal(err)
			}
		}
		return len(candidates)
	}
	for i, p := range ps {
		if _, err := p.Match(list[i], &s); err != nil {
			b.Fatal(err)
		}
	}
	b.Run(name, func(b *testing.B) {
		b.ReportAllocs()
		tried, i := 0, 0
		for b.Loop() {
			tried += find(list[i*7919%len(list)])
			i++
		}
		b.ReportMetric(float64(tried)/float64(i), "candidates/op")
	})
}

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
		url := []byte(c.url)
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(url, &s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
