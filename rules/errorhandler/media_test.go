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
