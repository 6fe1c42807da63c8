package pattern

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

func compiled(t testing.TB, s Strategy, urls ...string) (list []*Pattern) {
	t.Helper()
	for _, url := range urls {
		p, err := Compile(s, url)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		list = append(list, p)
	}
	return list
}

// first gives the first URL that all patterns match, "" if none was found, and whether it is known that there is none.
func first(ps []*Pattern) (url string, none bool) {
	steps := 100_000
	none = Common(ps, nil, &steps, func(s string) bool { url = s; return false })
	return url, none
}

func TestCommon(t *testing.T) {
	const surely = "(none)"
	for _, c := range []struct {
		strategy Strategy
		patterns []string
		want     string
	}{
		{Regexp, []string{"http://a/b"}, "http://a/b"},
		{Regexp, []string{"http://a/b", "http://a/b"}, "http://a/b"},
		{Regexp, []string{"http://a/b", "http://a/c"}, surely},
		{Regexp, []string{"http://a/<.*>", "http://a/b/<.*>"}, "http://a/b/"},
		{Regexp, []string{"http://a/<[a-z]+>/x", "http://a/b/<x|y>"}, "http://a/b/x"},
		{Regexp, []string{"http://a/<[a-z]+>/x", "http://a/<[0-9]+>/x"}, surely},
		{Regexp, []string{"http://a/<[a-z]+>/x", "http://a/<[0-9a-z]{3}>/x"}, "http://a/aaa/x"},
		{Regexp, []string{"<https?>://<[a-z.]+>/<.*>", "https://a.b/<[0-9]{2,3}>"}, "https://a.b/00"},
		{Regexp, []string{"http://a/<(?!admin).*>", "http://a/admin/<.*>"}, surely},
		{Regexp, []string{"http://a/<(?!admin$).*>", "http://a/admin<.*>"}, "http://a/admina"},
		{Regexp, []string{"http://a/<(?!.*admin).*>", "http://a/<.*>min"}, "http://a/min"},
		{Regexp, []string{"http://a/<(?!.*admin).*>", "http://a/<.*>dmin"}, "http://a/dmin"},
		{Regexp, []string{"http://a/<(?!.*admin).*>", "http://a/<.*>admin<.*>"}, surely},
		{Regexp, []string{"http://a/<(?=.*x)(?=.*y).*>", "http://a/<[^x]*x>"}, "http://a/yx"},
		{Regexp, []string{"http://a/<(?=b)c>"}, surely},
		{Regexp, []string{"http://a/<(a|b)+>", "http://a/<(b|c)+>"}, "http://a/b"},
		{Regexp, []string{"http://a/<(?i)ADMIN>", "http://a/<[a-z]+>"}, "http://a/admin"},
		{Regexp, []string{`http://a/<.*\bx\b.*>`, "http://a/<[a-z]+>"}, "http://a/x"},
		{Regexp, []string{`http://a/<.*\bx\b.*>`, "http://a/<[a-z]{3}>"}, surely},
		{Regexp, []string{`http://a/<.*\bx\b.*>`, "http://a/<..x>"}, "http://a/a-x"},
		{Regexp, []string{`http://a/<(?:a{2,3}){2}>`, "http://a/<a{5}>"}, "http://a/aaaaa"},
		{Regexp, []string{`http://a/<(?:a{2,3}){2}>`, "http://a/<a{7,}>"}, surely},
		{Regexp, []string{`http://a/<\p{Cyrillic}+>`, `http://a/<[^\x00-\x7f]{2}>`}, "http://a/ЀЀ"},
		{Regexp, []string{`http://a/<(?![a-z])[a-zé]>`}, "http://a/é"},
		{Regexp, []string{`http://a/<(?![é-ó])[à-ö]>`, `http://a/<[í-ö]>`}, "http://a/ô"},
		{Regexp, []string{`http://a/<(?![é-ó])[é-ò]>`}, surely},
		{Regexp, []string{`http://a/<[à-ï]>`, `http://a/<[^à-é]>`}, "http://a/ê"},
		{Regexp, []string{`http://a/<.*\b[b€]>`, `http://a/<b[b€]>`}, "http://a/b€"},
		{Regexp, []string{`http://a/<ä>`, `http://a/<[^b]>`}, "http://a/ä"},
		{Regexp, []string{`http://a/<(?:|b)*>c`, `http://a/<(?:b|)*>c`}, "http://a/c"},
		// The one that no pair of states finds: the second a is the first one's copy.
		{Regexp, []string{`http://a/<(a|b)\1>`, `http://a/bb`}, ""},
		{Regexp, []string{`http://a/<(?!(?!b))b>`}, ""},
		{Regexp, []string{`http://a/<b$\n>`}, ""},
		{Regexp, []string{`http://a/<b$c>`}, surely},
		{Glob, []string{"http://a/<*>/x", "http://a/<**>"}, "http://a//x"},
		{Glob, []string{"http://a/<{b,c}>", "http://a/<[!b]>"}, "http://a/c"},
		{Glob, []string{"http://a/<?>", "http://a/bc"}, surely},
	} {
		ps := compiled(t, c.strategy, c.patterns...)
		for range 2 {
			url, none := first(ps)
			if none {
				url += surely
			}
			if url != c.want {
				t.Errorf("%q: %q, want %q", c.patterns, url, c.want)
			}
			if len(ps) == 2 {
				ps[0], ps[1] = ps[1], ps[0]
			}
		}
	}
}

func TestCommonWithout(t *testing.T) {
	for _, c := range []struct{ pattern, without, want string }{
		{"http://a/<x+>", "http://a/x", "http://a/xx"},
		{"http://a/<[a-c]>", "http://a/<[ab]>", "http://a/c"},
		{"http://a/<[a-c]>", "http://a/<.*>", "(none)"},
		{"http://a/<.*>", "http://a/<[^/]*>", "http://a//"},
		{"http://a/<[a-z]+>", "http://a/<a|.*b>", "http://a/c"},
		// What a lookahead in it lets through is not found.
		{"http://a/<[ab]>", "http://a/<(?!a).*>", ""},
	} {
		steps, url := 10_000, ""
		if Common(compiled(t, Regexp, c.pattern), compiled(t, Regexp, c.without), &steps, func(s string) bool { url = s; return false }) {
			url += "(none)"
		}
		if url != c.want {
			t.Errorf("%s without %s: %q, want %q", c.pattern, c.without, url, c.want)
		}
	}
}

// Steps bound what is looked at, and then it is not known whether there is a URL.
func TestCommonGivesUp(t *testing.T) {
	ps := compiled(t, Regexp, "http://a/<(?:[a-z]{40}x)*[0-9]>", "http://a/<(?:[a-z]{39}y)*[a-z]>")
	steps := 500
	if Common(ps, nil, &steps, func(url string) bool { t.Errorf("found %s", url); return true }) || steps > 0 {
		t.Errorf("of 500 steps %d are left, and all was looked at", steps)
	}
}

// pieces of which patterns are made at random.
var pieces = []string{
	"a", "b", "ab", "/", "<a*>", "<[ab]>", "<[^a]+>", "<.>", "<.*>", "<(?!a).*>", "<(?=.*b).*>", "<a|b|ab>", "<(?:a|b){1,2}>", "<(?!.*ab)[ab/]*>", `<\b.*>`, `<(?!a$)>`,
	"<[aé]>", "<(?!a)[aé]*>", "<[^aé]>", `<.\b>`,
}

// What is found by trying all short texts is found, and what is not there is not claimed.
func TestCommonAgainstAllTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var texts []string
	for last := []string{""}; len(last[0]) < 5; {
		texts = append(texts, last...)
		var next []string
		for _, s := range last {
			next = append(next, s+"a", s+"b", s+"/", s+"é")
		}
		last = next
	}
	random := func() *Pattern {
		url := "h://h/"
		for range 1 + rng.IntN(3) {
			url += pieces[rng.IntN(len(pieces))]
		}
		return compiled(t, Regexp, url)[0]
	}
	var m Scratch
	found, empty := 0, 0
	for range 10_000 {
		ps := []*Pattern{random(), random()}
		names := ps[0].String() + " and " + ps[1].String()
		example := ""
		for _, s := range texts {
			url := "h://h/" + s
			a, _ := ps[0].Match([]byte(url), &m)
			if b, _ := ps[1].Match([]byte(url), &m); a && b {
				example = url
				break
			}
		}
		url, none := first(ps)
		for _, p := range ps {
			prefix, ok := Prefix(p, "h://")
			if dead := NewWalker(p).Dead(example); example != "" && (!ok || !strings.HasPrefix(example, prefix) || dead > 0) {
				t.Fatalf("%s: %s begins with %q, %d", p, example, prefix, dead)
			}
			rest := strings.TrimPrefix(example, "h://")
			for _, text := range Segments(p, "h://") {
				_, after, more := strings.Cut(rest, "/")
				if rest = after; more && !strings.HasPrefix(rest, text) {
					t.Fatalf("%s: %s does not have %q where it must", p, example, text)
				}
			}
		}
		switch {
		case example != "" && !NewEnding(ps[0]).Fits(NewEnding(ps[1])):
			t.Fatalf("%s: the endings do not fit, and %s matches both", names, example)
		case example != "" && url == "":
			t.Fatalf("%s: %s matches both and none is found", names, example)
		case example != "" && utf8.RuneCountInString(url) > utf8.RuneCountInString(example):
			t.Fatalf("%s: %s is longer than %s", names, url, example)
		case url != "":
			found++
		case !none:
			t.Fatalf("%s: nothing was left out, and it is not known that there is none", names)
		default:
			empty++
		}
	}
	if found < 300 || empty < 300 {
		t.Errorf("%d pairs have a URL, %d none: the test tries too little", found, empty)
	}
}

func TestReach(t *testing.T) {
	for _, c := range []struct {
		pattern, url string
		reached      string
		part         string
	}{
		{"http://a.test/api/<.*>", "https://a.test/api/x", "http", "http://a.test/api/"},
		{"http://a.test/api/<.*>", "http://b.test/api/x", "http://", "http://a.test/api/"},
		{"http://a.test/api/<[0-9]+>", "http://a.test/api/x", "http://a.test/api/", "<[0-9]+>"},
		{"http://a.test/<[a-z]+>/end", "http://a.test/x/other", "http://a.test/x/", "/end"},
		{"http://a.test/<[a-z]+>", "http://a.test/x/other", "http://a.test/x", ""},
		{"http://a.test/<[a-z]+>/end", "http://a.test/x", "http://a.test/x", "/end"},
		{"<https?>://a.test/x", "ftp://a.test/x", "", "<https?>"},
		{"http://a.test/<(?!admin).*>", "http://a.test/admin", "http://a.test/admin", "<(?!admin).*>"},
		{"http://a.test/<.*>", "http://a.test/x", "http://a.test/x", ""},
	} {
		at, part := Reach(compiled(t, Regexp, c.pattern)[0], c.url)
		if c.url[:at] != c.reached || part != c.part {
			t.Errorf("%s, %s: %q, %q; want %q, %q", c.pattern, c.url, c.url[:at], part, c.reached, c.part)
		}
	}
	if at, part := Reach(compiled(t, Glob, "http://a.test/<*>/end")[0], "http://a.test/x/y/end"); at != len("http://a.test/x/") || part != "/end" {
		t.Errorf("a glob: %d, %q", at, part)
	}
}

func TestPrefix(t *testing.T) {
	for pattern, want := range map[string]string{
		"http://a/b":              "http://a/b",
		"http://a/b/<.*>":         "http://a/b/",
		"http://a/<(?:bc|bd)x>/e": "http://a/b",
		"<https?>://a/b/<[0-9]+>": "http://a/b/",
		"<.*>":                    "http://",
		"http<.*>/end":            "http://",
		"http://<a|ab>.test/<.*>": "http://a",
		`http://a<\b>/x`:          "http://a/x",
		"https://a/b":             "-",
		"<(?!http://).*>x":        "http://",
		"http://a/<(?i)b>":        "http://a/",
		`http://a/<(b)\1>/c`:      "http://",
		"http://a/<ä>/<.*>":       "http://a/ä/",
	} {
		p := compiled(t, Regexp, pattern)[0]
		prefix, ok := Prefix(p, "http://")
		if !ok {
			prefix = "-"
		}
		if prefix != want {
			t.Errorf("%s: %q, want %q", pattern, prefix, want)
		}
	}
}

func TestSegments(t *testing.T) {
	for pattern, want := range map[string][4]string{
		"http://a/b/c":                            {"b/c", "c", "", ""},
		"http://<[^/]+>/<[^/]+>/x/<.*>":           {"", "x/", "", ""},
		"http://<[^/]+>/<[^/]*>/x<(?:/y)?>/z<.*>": {"", "x/", "", ""},
		"http://a/<.*>/x":                         {"", "", "", ""},
		"http://a/<b|c/d>/x":                      {"", "", "x", ""},
		"http://a/<(b)\\1>/x":                     {"", "", "", ""},
		"http://a<.*>":                            {"", "", "", ""},
		"http://a/<[a-z]{2}>/<ä|é>/x/y":           {"", "", "x/y", "y"},
		"http://a":                                {"", "", "", ""},
	} {
		if got := Segments(compiled(t, Regexp, pattern)[0], "http://"); got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
	got := Segments(compiled(t, Glob, "http://a.test/<*>/id7/<*>")[0], "http://")
	if got != [4]string{"", "id7/", "", ""} {
		t.Errorf("a glob: %q", got)
	}
}

func TestWalker(t *testing.T) {
	w := NewWalker(compiled(t, Regexp, "<https?>://<[a-z]+>.test/<ä|b>x")[0])
	for _, c := range []struct {
		text string
		dead int
	}{
		{"ftp://", 1},
		{"http://a.test/", 0},
		{"http://a.test/äx", 0},
		{"http://a.test/äy", len("http://a.test/äy")},
		{"http://a1.test/", len("http://a1")},
		{"http://ab", 0},
		{"https://ab.test/bx", 0},
		{"https://ab.test/bxx", len("https://ab.test/bxx")},
		{"", 0},
		{"http://a.test/ä", 0},
	} {
		if got := w.Dead(c.text); got != c.dead {
			t.Errorf("%q: %d, want %d", c.text, got, c.dead)
		}
	}
	if NewWalker(compiled(t, Regexp, `http://a/<(b)\1>`)[0]).Dead("x") != 0 {
		t.Error("a backreference is followed")
	}
}

func TestEnding(t *testing.T) {
	for _, c := range []struct {
		a, b string
		fits bool
	}{
		{"http://a/<.*>/tail1", "http://a/api/v1/<[a-z]+>", false},
		{"http://a/<.*>/tail1", "http://a/api/v1/<[0-9]+>", false},
		{"http://a/<.*>/tail1", "http://a/api/v1/<[a-z0-9]+>", true},
		{"http://a/<.*>/x/tail1", "http://a/api/v1/<[a-z0-9]+>", true}, // the place of the slash is not told apart from that of a letter
		{"http://a/<.*>:tail1", "http://a/api/v1/<[a-z0-9]+>", false},
		{"http://a/<.*>/tail1", "http://a/api/v1/<[a-z0-9/]+>", true},
		{"http://a/<.*>1", "http://a/x/<[0-9]{3}>", true},
		{"http://a/<.*>x1", "http://a/x/<[0-9]{3}>", false},
		{"http://a/<.*>/x1", "http://a/<.*>/x11", false},
		{"http://a/<.*>ä", "http://a/<.*>é", true}, // those beyond ASCII are not told apart
		{"http://a/<.*>ä", "http://a/<.*>a", false},
		{"http://a/<.*>ä", "http://a/<.*[^a]>", true},
		{"http://a/<.*(?i)K>", "http://a/<.*>k", true},
		{"http://a/<(?:ab|cd)*>", "http://a/<.*>bd", false},
		{"http://a/<(?:ab|cd)*>", "http://a/<.*>dab", true},
		{`http://a/<(b)\1>`, "http://a/<.*>x", true},
		{"http://a/<(?!x).*>", "http://a/<.*(?=y)y>", true},
		{"http://a/<x?y?>", "http://a/<.*>/", true},
		{"http://a/<x?y?>", "http://a/<.*>/y", true},
		{"http://a/<x?y?>", "http://a/<.*>xz", false},
	} {
		ps := compiled(t, Regexp, c.a, c.b)
		a, b := NewEnding(ps[0]), NewEnding(ps[1])
		if a.Fits(b) != c.fits || b.Fits(a) != c.fits {
			t.Errorf("%s and %s: %v", c.a, c.b, !c.fits)
		}
	}
}

// Patterns of many alternatives take no more than their share.
func TestManyAlternatives(t *testing.T) {
	var words []string
	for i := range 300 {
		words = append(words, string(rune('a'+i%26))+string(rune('a'+i/26))+"x")
	}
	ps := compiled(t, Regexp, "http://a/<(?:"+strings.Join(words, "|")+")+>", "http://a/<.*>zkx")
	url, _ := first(ps)
	if url != "http://a/zkx" {
		t.Errorf("%q", url)
	}
	if NewEnding(ps[0]).Fits(NewEnding(compiled(t, Regexp, "http://a/<.*>y")[0])) {
		t.Error("none of the words ends in y")
	}
}
