package pattern

import (
	"slices"
	"strings"
	"testing"

	"oathgate/internal/ruletest"
)

// Each case is compared with the engines themselves as well, where want is not a deliberate difference.
func TestRegexpCases(t *testing.T) {
	var s Scratch
	for _, c := range []struct {
		pattern, url string
		match        bool
		groups       []string
	}{
		{"http://app.test/exact", "http://app.test/exact", true, []string{}},
		{"http://app.test/exact", "http://app.test/EXACT", false, nil},
		{"http://app.test/exact", "http://app.test/exact/", false, nil},
		{"http://app.test/exact/", "http://app.test/exact", false, nil},
		{"http://app.test/foo/<.*>", "http://app.test/foo", false, nil},
		{"http://app.test/users/<[0-9]+>/posts/<.*>", "http://app.test/users/42/posts/a/b", true, []string{"42", "a/b"}},
		{"http://app.test/<(users|orgs)/([a-z]+)>", "http://app.test/orgs/ory", true, []string{"orgs/ory", "orgs", "ory"}},
		{"http://app.test/<(?!admin).*>", "http://app.test/admin", false, nil},
		{"http://app.test/<(?!admin).*>", "http://app.test/users", true, []string{"users"}},
		{"http://app.test/<(?=.*x)[a-z]+>", "http://app.test/abxc", true, []string{"abxc"}},
		{"http://app.test/<(?i)FOO>", "http://app.test/fOo", true, []string{"fOo"}},
		{"http://app.test/<(?i)k>", "http://app.test/\u212a", true, []string{"\u212a"}},
		{"http://app.test/<\\p{L}+>", "http://app.test/café", true, []string{"café"}},
		{"http://app.test/<\\w+>", "http://app.test/caf\u00e9_1", true, []string{"café_1"}},
		{"http://app.test/<\\d+>", "http://app.test/\u0663", true, []string{"\u0663"}},
		{"http://app.test/<.*>", "http://app.test/a\nb", false, nil},
		{"http://app.test/<(?s).*>", "http://app.test/a\nb", true, []string{"a\nb"}},
		{"http://app.test/a", "http://app.test/a\n", true, []string{}},
		{"http://app.test/<a\\z>", "http://app.test/a\n", false, nil},
		{"http://app.test/<abc\\z>", "http://app.test/abc", true, []string{"abc"}},
		{"http://app.test/<a|b>/x", "http://app.test/b/x", true, []string{"b"}},
		{"http://app.test<(:\\d+)?>/<.*>", "http://app.test/a", true, []string{"", "", "a"}},
		{"http://app.test/<([a-z]+)(-\\d+)?>", "http://app.test/ab", true, []string{"ab", "ab", ""}},
		{"http://app.test/<(?:([a-z])/?)+>", "http://app.test/a/b/c", true, []string{"a/b/c", "c"}},
		{"http://app.test/<(?P<a>[a-z]+)-([0-9]+)-(?P<b>[a-z]+)>", "http://app.test/ab-12-cd", true, []string{"ab-12-cd", "12", "ab", "cd"}},
		{"http://app.test/<(?P<a>[a-z]+)>/<[0-9]+>", "http://app.test/ab/12", true, []string{"ab", "12", "ab"}},
		{"http://app.test/<(?<a>[a-z]+)>", "http://app.test/ab", true, []string{"ab", "ab"}},
		{"http://app.test/<(a|b)/\\1>", "http://app.test/a/a", false, nil}, // \1 is the fragment
		{"http://app.test/<(a|b)(x)/\\2>", "http://app.test/ax/a", true, []string{"ax/a", "a", "x"}},
		{"http://app.test/<[[:alpha:]]+>", "http://app.test/ab", true, []string{"ab"}},
		{"http://app.test/<a{x}>", "http://app.test/a{x}", true, []string{"a{x}"}},
		{"http://app.test/<\\x{e9}>", "http://app.test/é", true, []string{"é"}},
		{"http://app.test/a+b(c)", "http://app.test/a+b(c)", true, []string{}},
		{"http://app.test/<.+>", "http://app.test/\x80\xff", true, []string{"\ufffd\ufffd"}},
		{"http://app.test/<.>", "http://app.test/\xe9", true, []string{"\ufffd"}},
		{"http://app.test/<[^/]+>", "http://app.test/\xc3\x28", true, []string{"\ufffd("}},
		{"http://app.test/<\ufffd>", "http://app.test/\x80", true, []string{"\ufffd"}},
		{"http://app.test/<[\\D\\w]>", "http://app.test/5", false, nil},
		{"http://app.test/<((?:a{2,4}){1,2})(a*)>", "http://app.test/aaaaa", true, []string{"aaaaa", "aaaaa", ""}},
		{"http://app.test/<(a*)*>", "http://app.test/aa", true, []string{"aa", ""}},
		{"<http|https>://app.test/<.*>", "https://app.test/", true, []string{"https", ""}},
		{"http:///<.*>", "http:///x", true, []string{"x"}},
	} {
		p, err := Compile(Regexp, c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		got, ok, err := p.Captures([]byte(c.url), &s)
		if err != nil || ok != c.match || !slices.Equal(got, c.groups) {
			t.Errorf("%q on %q: got %v %q %v, want %v %q", c.pattern, c.url, ok, got, err, c.match, c.groups)
		}
		if ok && p.NumGroups() != len(got) {
			t.Errorf("%q: %d groups, NumGroups %d", c.pattern, len(got), p.NumGroups())
		}
		sameRegexp(t, c.pattern, []string{c.url}, &s)
	}
}

func TestGlobCases(t *testing.T) {
	var s Scratch
	for _, c := range []struct {
		pattern, url string
		match        bool
	}{
		{"http://app.test/<*>", "http://app.test/a", true},
		{"http://app.test/<*>", "http://app.test/a/b", false},
		{"http://app.test/<*>", "http://app.test/", true},
		{"http://app.test/<*>", "http://app.test/a.html", false},
		{"http://app.test/<**>", "http://app.test/a/b.c", true},
		{"http://app.test/<**>/end", "http://app.test/a/b/end", true},
		{"http://app.test/<**>/end", "http://app.test/end", true}, // gobwas lets the texts overlap
		{"http://app.test/<?>", "http://app.test/a", true},
		{"http://app.test/a<?>b", "http://app.test/a/b", false},
		{"http://app.test/<[abc]>", "http://app.test/b", true},
		{"http://app.test/<[a-f]>", "http://app.test/g", false},
		{"http://app.test/a<[!a]>b", "http://app.test/a/b", true},
		{"http://app.test/a<{,/b}>", "http://app.test/a", true},
		{"http://app.test/a<{,/b}>", "http://app.test/a/b", true},
		{"http://app.test/<*>.{html,css}", "http://app.test/a.{html,css}", true},
		{"http://app.test/<*.{html,css}>", "http://app.test/a.css", true},
		{"http://<*>.test/x", "http://app.test/x", true},
		{"http://<*>.test/x", "http://a.b.test/x", false},
		{"http://app.test/*", "http://app.test/*", true},
		{"http://app.test/*", "http://app.test/a", false},
		{"http://app.test/{a,b}", "http://app.test/{a,b}", true},
		{"http://app.test/<\\*>", "http://app.test/*", true},
		{"http<{,s}>://app.test/<**>", "https://app.test/x/y", true},
		{"http://app.test/a+b(c)", "http://app.test/a+b(c)", true},
		{"http://app.test/a", "http://app.test/a\n", false},
		{"http://app.test/<**>", "http://app.test/\x80", true},
	} {
		p, err := Compile(Glob, c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		got, ok, err := p.Captures([]byte(c.url), &s)
		if err != nil || ok != c.match || len(got) != 0 || p.NumGroups() != 0 {
			t.Errorf("%q on %q: got %v %q %v", c.pattern, c.url, ok, got, err)
		}
		ref, err := ruletest.Glob(c.pattern)
		if err != nil || ref.Match(c.url) != c.match {
			t.Errorf("%q on %q: gobwas does not say %v", c.pattern, c.url, c.match)
		}
	}
	p, err := Compile(Glob, "http://app.test/<?>")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Match([]byte("http://app.test/é"), &s); ok || err != ErrText {
		t.Errorf("? on é: %v %v", ok, err)
	}
	if ok, err := p.Match([]byte("http://other.test/é"), &s); ok || err != nil {
		t.Errorf("? elsewhere: %v %v", ok, err)
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		strategy    Strategy
		pattern     string
		offset      int
		part        string
		oathkeepers bool // Oathkeeper takes it
	}{
		{Regexp, "", 0, "empty", true},
		{Regexp, "http://a/<bad", 10, "close the fragment", false},
		{Regexp, "http://a/bad>", 12, "without <", false},
		{Regexp, "http://a/<[>", 10, "[ without ]", false},
		{Regexp, "http://a/<(?<!x)y>", 10, "close the fragment", false},
		{Regexp, "http://a/<a(?>a+)a>", 18, "> without <", false},
		{Regexp, "http://a/<[<](?>a)>", 13, "atomic", true},
		{Regexp, "http://a/<(a)?(?(2)b|c)>", 14, "conditionals", false},
		{Regexp, "http://a/<\\Qa.b\\E>", 10, "unknown escape", false},
		{Regexp, "http://a/<(a)\\2>", 13, "no such group", false},
		{Regexp, "http://a/<a**>", 12, "repetition of a repetition", false},
		{Regexp, "http://a/<*a>", 10, "nothing to repeat", false},
		{Regexp, "http://a/<?:a>", 10, "cannot start with ?", true},
		{Regexp, "http://a/<[a-z-[b]]>", 14, "subtraction", true},
		{Regexp, "http://a/<(?:a|)*?>", 16, "lazy repetition", true},
		{Regexp, "http://a/<\\p{Vai}>", 10, "known are L", true},
		{Regexp, "http://a/<a{1001}>", 11, "over 1000", true},
		{Regexp, "http://a/<((a{1,50}){1,50}){1,50}>", 0, "expand", true},
		{Regexp, "http://a/<(?n)(a)>", 10, "unknown kind of group", true},
		{Regexp, "http://a/<" + strings.Repeat("(", 70) + strings.Repeat(")", 70) + ">", 74, "deeper than 64", true},
		{Regexp, "http://a/<" + strings.Repeat("(a)", 101) + ">", 0, "100 groups", true},
		{Regexp, "http://a/" + strings.Repeat("a", MaxPattern), MaxPattern, "longer", true},
		{Regexp, "http://a/\xff", 9, "UTF-8", true},
		{Regexp, "http://<.*>.Example.test/", 12, "host or to the path", true},
		{Regexp, "<.*>Admin", 4, "host or to the path", true},
		{Glob, "http://a/<foo", 10, "close the fragment", false},
		{Glob, "http://a/<{foo*,bar}>/x", 14, "outside of the braces", true},
		{Glob, "http://a/<??>", 11, "side by side", true},
		{Glob, "http://a/<*><*>", 13, "side by side", true},
		{Glob, "http://a/<[a>", 10, "a class of a glob", false},
		{Glob, "http://a/<{a>b<}>", 10, "{ without }", true},
		{Glob, "http://a/<\\>", 10, "end of the fragment", true},
		{Glob, "http://a/\x00", 9, "NUL", true},
	} {
		p, err := Compile(c.strategy, c.pattern)
		if err == nil {
			t.Errorf("%.40q compiles", c.pattern)
			continue
		}
		e, ok := err.(*Error)
		if p != nil || !ok || e.Offset != c.offset || !strings.Contains(e.Message, c.part) {
			t.Errorf("%.40q: %v, want %q at %d", c.pattern, err, c.part, c.offset)
		}
		if c.strategy == Regexp {
			_, err = ruletest.Regexp(c.pattern)
		} else {
			_, err = ruletest.Glob(c.pattern)
		}
		if (err == nil) != c.oathkeepers {
			t.Errorf("%.40q: the reference says %v", c.pattern, err)
		}
	}
}

func TestHost(t *testing.T) {
	var s Scratch
	for _, c := range []struct {
		pattern, url string
		match        bool
	}{
		{"http://APP.test/x", "http://app.test/x", true},
		{"http://APP.test/X", "http://app.test/x", false},
		{"http://app.test/X", "http://app.test/X", true},
		{"http://APP.test:80/x", "http://app.test/x", true},
		{"https://APP.test:443/x", "https://app.test/x", true},
		{"https://app.test:80/x", "https://app.test/x", false},
		{"https://app.test:80/x", "https://app.test:80/x", true},
		{"http://app.test:8080/x", "http://app.test:8080/x", true},
		{"http://app.test./x", "http://app.test/x", true},
		{"http://app.test.:80/x", "http://app.test/x", true},
		{"http://app.test.:8080/x", "http://app.test:8080/x", true},
		{"http://APP.test", "http://app.test", true},
		{"http://APP.test:80", "http://app.test", true},
		{"http://[::1]:80/", "http://[::1]/", true},
		{"http://[FE80::1]:99/", "http://[fe80::1]:99/", true},
		{"<https|http>://APP.test:443/x", "https://app.test:443/x", true}, // the caller tries the default port spelled out
		{"<https|http>://APP.test:443/x", "http://app.test/x", false},
		{"http://<[a-z]+>.EXAMPLE.test./X", "http://abc.example.test/X", true},
		{"http://<[a-z]+>.example.test:80/x", "http://a.example.test/x", false},
		{"http://<[a-z]+>.example.test:80/x", "http://a.example.test:80/x", true},
		{"http://<.*>:80/x", "http://app.test:8080/x", false},
		{"http://<.*>./x", "http://app.test/x", false},
		{"http://<.*>.example.test/X", "http://a.example.test/X", true},
		{"http://APP<[.]>TEST/x", "http://app.test/x", true},
		{"http://app.test.<x>/", "http://app.test.x/", true},
		{"<.*>/Admin", "http://app.test/Admin", true},
		{"<[^/]+>//APP.test/Admin", "http://app.test/Admin", true},
		{"HTTP://app.test/x", "http://app.test/x", false},
	} {
		p, err := Compile(Regexp, c.pattern)
		if err != nil {
			t.Errorf("%q: %v", c.pattern, err)
			continue
		}
		if ok, err := p.Match([]byte(c.url), &s); ok != c.match || err != nil {
			t.Errorf("%q on %q: %v %v", c.pattern, c.url, ok, err)
		}
		if p.String() != c.pattern {
			t.Errorf("%q became %q", c.pattern, p)
		}
	}
	p, err := Compile(Glob, "http://<*>.EXAMPLE.test./X")
	if err != nil {
		t.Fatal(err)
	}
	if ok, err := p.Match([]byte("http://a.example.test/X"), &s); !ok || err != nil {
		t.Errorf("glob: %v %v", ok, err)
	}
}

// Found by fuzzing.
func TestFrozen(t *testing.T) {
	var s Scratch
	for _, c := range [][2]string{
		// A run that stopped inside a character.
		{"+<.*?>+<.+.*(?!/.{2,4}[A-C/]{3,6}[-])(?P<n0>\\Z\\e[\\x41-\\x43\\nÉ]]{3,6}|[\\d^\\W])>", "+ß{+]aß"},
		{"<(?:.*é)*.*(\\W)>", "aéßéß"},
		// Nested repetitions that regexp2 multiplies.
		{"<(?:(?:ab?){1,2}){2}(b?)>", "abab"},
	} {
		if !sameRegexp(t, c[0], []string{c[1]}, &s) {
			t.Errorf("%q does not compile", c[0])
		}
	}
	// regexp2 reads \0( as one octal escape.
	if _, err := Compile(Regexp, "<\\0(a)>"); err == nil {
		t.Error("\\0( compiles")
	}
}
