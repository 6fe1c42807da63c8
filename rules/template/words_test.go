package template

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/Masterminds/sprig/v3"
)

// FuzzWords compares the functions for words with Sprig's.
func FuzzWords(f *testing.F) {
	for i, s := range []string{
		"", "a", "HTTPServer", "http2xx", "Bld4Floor3rd", "a_b-c d", "__x__", `"_0"`, "中文Ab", "É1é", "ǅx", "€5", "A.B", "x1-2y", " lead and trail ", "Hello wide world", "abcdefghijklmnop qrst", "a\xffB", "\u2028a", "\ufffdA", "1_000", "aB1C2",
	} {
		f.Add(s, i-3, 2*i, "-")
	}
	theirs := sprig.TxtFuncMap()
	f.Fuzz(func(t *testing.T, s string, m, n int, sep string) {
		if len(s) > 200 || len(sep) > 10 || m > 1000 || n > 1000 || m < -1000 || n < -1000 {
			return
		}
		for i := range wordFunctions {
			w := &wordFunctions[i]
			var args []any
			want := ""
			switch their := theirs[w.name].(type) {
			case func(string) string:
				want, args = their(s), []any{s}
			case func(int, string) string:
				want, args = their(n, s), []any{n, s}
			case func(int, int, string) string:
				want, args = their(m, n, s), []any{m, n, s}
			case func(int, string, string) string:
				want, args = their(n, sep, s), []any{n, sep, s}
			case func() string:
				want = their()
			default:
				t.Fatalf("%s is %T", w.name, their)
			}
			got, err := w.call(&state{}, args)
			if err != nil && (w.name == "snakecase" || w.name == "kebabcase") && strings.ContainsRune(s, utf8.RuneError) {
				continue
			}
			if err != nil || got != want {
				t.Fatalf("%s %v: %q, %v, want %q", w.name, args, got, err, want)
			}
		}
	})
}
