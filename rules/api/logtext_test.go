package api

import (
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestLogText(t *testing.T) {
	for in, want := range map[string]string{
		"":                           "",
		"alice@example.test":         "alice@example.test",
		"åsa 中":                      "åsa 中",
		"a\r\nb\x1b[31m\x00\x7f":     `a\x0d\x0ab\x1b[31m\x00\x7f`,
		`a" granted="true\`:          `a\" granted=\"true\\`,
		"\x85\xff\u0085\u2028\u202e": `\x85\xff\u0085\u2028\u202e`,
		"\ufffd":                     "\ufffd",
		strings.Repeat("a", 2000):    strings.Repeat("a", 1024) + "...",
	} {
		if got := string(LogText(in)); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}

func FuzzLogText(f *testing.F) {
	f.Add("a\n\"\\\xff\u2028")
	f.Fuzz(func(t *testing.T, in string) {
		out := string(LogText(in))
		for _, r := range out {
			if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError && !strings.Contains(in, "\ufffd") {
				t.Fatalf("%q holds %U", out, r)
			}
		}
		if len(in) > 100 {
			return
		}
		// What was said can be told from the text.
		if back, err := strconv.Unquote(`"` + out + `"`); err != nil || back != in {
			t.Fatalf("%q: %s reads as %q: %v", in, out, back, err)
		}
	})
}
