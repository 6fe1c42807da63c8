package errorhandler

import (
	"strings"
	"testing"
	"time"
)

func TestAcceptMatches(t *testing.T) {
	html := []mediaRange{{"text", "html"}}
	for accept, want := range map[string]bool{
		"text/html":                         true,
		"*/*":                               true,
		"text/*;q=0.5":                      true,
		"image/png":                         false,
		"text/html;q=0":                     false,
		"*/*, text/html;q=0":                false,
		"*/*, text/*;q=0":                   false,
		"text/html, text/*;q=0":             true,
		"text/*, */*;q=0":                   true,
		"text/html, text/html;q=0":          false,
		"text/*, */*;q=0, text/html;q=0":    false,
		"text/html;level=1, text/plain;q=0": true,
	} {
		if got := acceptMatches([]string{accept}, html); got != want {
			t.Errorf("%s: %v", accept, got)
		}
	}
}

// A client decides how many ranges there are: what they cost must not grow with
// their product, a tenth of a second in 60 KiB.
func TestAcceptIsReadInLinearTime(t *testing.T) {
	line := strings.Repeat("*/*,", 7000) + strings.Repeat("a/b;q=0,", 3700) + "*/*;q=0"
	start := time.Now()
	for range 10 {
		if acceptMatches([]string{line}, []mediaRange{{"text", "html"}}) {
			t.Fatal("matches")
		}
	}
	if d := time.Since(start); d > 500*time.Millisecond {
		t.Errorf("10 headers of %d bytes took %v", len(line), d)
	}
}

func TestParseMediaRange(t *testing.T) {
	for s, want := range map[string]mediaRange{
		"text/html":                        {"text", "html"},
		" Text/HTML ; charset=utf-8":       {"text", "html"},
		"text/html;":                       {"text", "html"},
		"*/*":                              {"*", "*"},
		"text/*;q=0.5":                     {"text", "*"},
		"application/vnd.a+json;a=\"b;c\"": {"application", "vnd.a+json"},
	} {
		if got, ok := parseMediaRange(s); !ok || got != want {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", " ", "/", "text", "text/", "/html", "*", "*/html", "text/html/x", "te xt/html", "text /html", "text/ html", ";text/html", "text/html, a/b", "text/\thtml"} {
		if got, ok := parseMediaRange(s); ok {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func TestContentTypeMatches(t *testing.T) {
	for _, c := range []struct {
		value, want string
		matches     bool
	}{
		{"application/json", "application/json", true},
		{"Application/JSON; charset=utf-8", "application/json", true},
		{"application/json", "application/*", true},
		{"application/json", "*/*", true},
		{"application/json", "text/*", false},
		{"application/problem+json", "application/json", false},
		{"", "application/octet-stream", true},
		{"", "*/*", true},
		{"", "text/html", false},
		// Wildcards are for ranges, not for types.
		{"*/*", "text/html", false},
		{"*/*", "*/*", false},
		{"text/*", "text/html", false},
		{"rubbish", "*/*", false},
		{"text/html, application/json", "application/json", false},
		{"text/html, application/json", "text/html", false},
	} {
		want, ok := parseMediaRange(c.want)
		if !ok {
			t.Fatal(c.want)
		}
		if got := contentTypeMatches(c.value, []mediaRange{{"x", "y"}, want}); got != c.matches {
			t.Errorf("%q in %s: %v", c.value, c.want, got)
		}
	}
}

// RFC 9110 section 12.4.2: a weight of nought excludes, however it is spelled.
func TestWeights(t *testing.T) {
	for item, want := range map[string]bool{
		"a/b":             false,
		"a/b;q=0":         true,
		"a/b; Q=0.":       true,
		"a/b;q=0.000":     true,
		"a/b ; q = 0.0 ":  true,
		"a/b;q=0.001":     false,
		"a/b;q=1":         false,
		"a/b;q=":          false,
		"a/b;q":           false,
		"a/b;q=.0":        false,
		"a/b;level=0":     false,
		"a/b;level=1;q=0": true,
		"a/b;q=1;q=0":     false,
	} {
		if got := weightIsZero(item); got != want {
			t.Errorf("%q: %v", item, got)
		}
	}
}

// Lines are joined by commas (RFC 9110 section 5.3), and their order says nothing.
func FuzzAccept(f *testing.F) {
	f.Add("text/html, */*;q=0", "text/*", "text/html")
	f.Add("a/b;q=0,,", "*/*", "*/*")
	f.Add("text/html;q=0;x", "text/html", "text/html;q=0")
	f.Fuzz(func(t *testing.T, a, b, handler string) {
		w, ok := parseMediaRange(handler)
		if !ok {
			return
		}
		want := []mediaRange{w}
		got := acceptMatches([]string{a, b}, want)
		for _, lines := range [][]string{{b, a}, {a + "," + b}, {a, b, a}} {
			if acceptMatches(lines, want) != got {
				t.Fatalf("%q, %q for %v: %v, but otherwise for %q", a, b, w, got, lines)
			}
		}
		// What excludes this very type is never outdone.
		if w.main != "*" && w.sub != "*" && acceptMatches([]string{a, b, w.main + "/" + w.sub + ";q=0"}, want) {
			t.Fatalf("%q, %q for %v matches though it is excluded", a, b, w)
		}
		if contentTypeMatches(a, want) && !acceptMatches([]string{w.main + "/" + w.sub}, want) {
			t.Fatalf("%v does not match itself", w)
		}
	})
}
