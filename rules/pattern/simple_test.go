package pattern

import (
	"math/rand/v2"
	"testing"
)

// small is text of few letters.
func small(w writer) string {
	letters := []string{"a", "b", "b", "ba", "/", "é", "\xc3", "\xa9", "\ufffd", "\n"}
	text := ""
	for range w.IntN(12) {
		text += letters[w.IntN(len(letters))]
	}
	return text
}

// The short way says what the machine says.
func TestSimple(t *testing.T) {
	var s Scratch
	urls := 0
	for _, c := range []struct {
		pattern  string
		strategy Strategy
		simple   bool
	}{
		{"ab/<.*>", Regexp, true},
		{"ab", Regexp, true},
		{"ab<>", Regexp, false},
		{"ab<.+>", Regexp, false},
		{"ab<.*?>", Regexp, false},
		{"ab<.{0,4}>", Regexp, false},
		{"ab<(?s:.*)>", Regexp, false},
		{"ab<[^b]*>", Regexp, false},
		{"ab<.*>c", Regexp, true},
		{"ab<.*>b<.*>", Regexp, true},
		{"<.*>ab<.*>ba", Regexp, true},
		{"<.*>é<.*><.*>\ufffd", Regexp, true},
		{"a<.*>b<.+>", Regexp, false},
		{"<.*>", Regexp, true},
		{"<(?i:ab)>", Regexp, false},
		{"ab/<**>", Glob, false},
		{"ab", Glob, false},
	} {
		p, err := Compile(c.strategy, c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		short := p.executable()
		if short.isSimple != c.simple {
			t.Errorf("%q: simple is %v", c.pattern, short.isSimple)
		}
		long := *short
		long.isSimple = false
		for seed := range 2000 {
			w := writer{rand.New(rand.NewPCG(uint64(seed), 7))}
			for _, url := range []string{w.url(), "ab" + w.url(), "ab/" + w.url(), "ab/" + w.url() + "\n", small(w)} {
				got, gotErr := short.match([]byte(url), &s, false)
				want, wantErr := long.match([]byte(url), &s, false)
				if got != want || gotErr != wantErr {
					t.Fatalf("%q on %q: %v %v, the machine says %v %v", c.pattern, url, got, gotErr, want, wantErr)
				}
				urls++
			}
		}
	}
	t.Logf("%d matches", urls)
}
