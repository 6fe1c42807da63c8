package pattern

import (
	"strings"
	"testing"
)

func mustCompile(tb testing.TB, s Strategy, url string) *Pattern {
	tb.Helper()
	p, err := Compile(s, url)
	if err != nil {
		tb.Fatalf("%.60q: %v", url, err)
	}
	return p
}

// Without backreferences the work grows with the program times the URL, whatever the pattern.
func TestLinear(t *testing.T) {
	for _, pattern := range []string{
		"<(a+)+b>", "<(a|a)*b>", "<(a|aa)*b>", "<(a*)*b>", "<((a*)*)*b>", "<(?:a?){20}a{20}b>", "<a*a*a*a*a*b>", "<.*><.*><.*><.*>b", "<(?:.*a){8}b>",
		"<(?:a|b|ab)*c>", "<(?:a{1,3}){1,20}b>", "<(?:(?=.*b)a|a)*b>", "<(?:(?!.*b).)*b>", "<(?:(?=(?:a|b)*c?)a)*b>", "<(?:(?!(?:a|b)*c)(?=a*)(?:(?=a*?b?)a)*)*b>", "<(?:a*?a*)*b>", "<([a-z]+)*\\.b>", "<(?:a+|a+)+b>", "<(?i)(?:a+)+b>",
		"<(?:(?:a|)+|a)*b>", "<(?:a{0,30}){0,30}b>", "<.*?.*?.*?b>",
	} {
		var s Scratch
		steps := map[int]int{}
		p := mustCompile(t, Regexp, pattern)
		for _, n := range []int{100, 200, 400} {
			url := strings.Repeat("a", n)
			p.need = needs{} // the checks before the match would refuse at once
			ok, err := p.Match([]byte(url), &s)
			if ok || err != nil {
				t.Fatalf("%s on %d: %v %v", pattern, n, ok, err)
			}
			steps[n] = s.Steps()
			if bound := 4 * (len(p.prog.code) + 1) * int(p.prog.levels+1) * n; s.Steps() > bound {
				t.Errorf("%s on %d: %d steps, bound %d", pattern, n, s.Steps(), bound)
			}
		}
		if steps[400] > 5*steps[100] {
			t.Errorf("%s: steps %v are not linear", pattern, steps)
		}
	}
}

func TestBackreferencesAreBounded(t *testing.T) {
	var s Scratch
	for _, pattern := range []string{"<(a+)+\\1b>", "<(a*)*(a*)*(b?)\\2\\3b>", "<(?:(a|aa)*\\1?)*b>", "<(a|b|ab)*(a|bc)*\\2b>"} {
		p := mustCompile(t, Regexp, pattern)
		p.need = needs{}
		ok, err := p.Match([]byte(strings.Repeat("a", 4000)), &s)
		if ok || err != ErrSteps || s.Steps() > MaxSteps+MaxURL {
			t.Errorf("%s: %v %v after %d", pattern, ok, err, s.Steps())
		}
	}
}

func TestLimits(t *testing.T) {
	var s Scratch
	p := mustCompile(t, Regexp, "http://a/<.*>")
	if ok, err := p.Match([]byte("http://a/"+strings.Repeat("a", MaxURL-9)), &s); !ok || err != nil {
		t.Errorf("longest: %v %v", ok, err)
	}
	if ok, err := p.Match([]byte("http://a/"+strings.Repeat("a", MaxURL-8)), &s); ok || err != ErrLong {
		t.Errorf("too long: %v %v", ok, err)
	}
	mustCompile(t, Regexp, "http://a/<[a-z]{1,500}>/<x{1,500}>")
	if _, err := Compile(Regexp, "http://a/<(?:[a-z]x){1,1000}>/<(?:ab|c){1,500}>"); err == nil {
		t.Error("a program over the limit compiles")
	}
	long := mustCompile(t, Regexp, "http://a/<(?:[a-z]+/)*[a-z]+>")
	if ok, err := long.Match([]byte("http://a/"+strings.Repeat("abcde/", 1300)+"a"), &s); !ok || err != nil {
		t.Errorf("an ordinary pattern on 8 KiB: %v %v after %d", ok, err, s.Steps())
	}
}

func TestProgramIsWithinItsBound(t *testing.T) {
	for _, pattern := range []string{"<(?:ab|c){1,300}>", "<(?=[a-z]{1,900}$).*>", "<((a|b){2,9}){2,9}>", "<(?:a?b?){3,40}>", "<(a|b|c|d|[e-f]|\\d)>"} {
		var tr tree
		if err := tr.parse(Regexp, pattern); err != nil {
			t.Fatal(pattern, err)
		}
		bound := size(tr.root, false)
		if n := len(tr.generate().code) - 2; n > bound {
			t.Errorf("%s: %d instructions, bound %d", pattern, n, bound)
		}
	}
}

func TestNoAllocations(t *testing.T) {
	patterns, urls := mix(400)
	ps := compileAll(t, patterns)
	ix := NewIndex(ps)
	var s Scratch
	list := inBytes(urls)
	find := func() {
		for _, u := range list {
			hits := 0
			for _, c := range ix.Candidates(u, &s) {
				if ok, err := ps[c].Match(u, &s); ok && err == nil {
					hits++
				}
			}
			if hits == 0 {
				t.Fatalf("%s", u)
			}
		}
	}
	find()
	if n := testing.AllocsPerRun(5, find); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestZeroValuesMatchNothing(t *testing.T) {
	var s Scratch
	if got := NewIndex(nil).Candidates([]byte("http://a/"), &s); len(got) != 0 {
		t.Errorf("an empty index has %v", got)
	}
	var p Pattern
	if ok, err := p.Match([]byte("http://a/"), &s); ok || err == nil {
		t.Errorf("the zero pattern: %v %v", ok, err)
	}
}
