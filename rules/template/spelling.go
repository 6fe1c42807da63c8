package template

import (
	"strconv"
	"strings"
)

//go:noinline
func quoted(s string) string {
	if len(s) > 64 {
		s = s[:64]
	}
	return strconv.Quote(s)
}

// alike says that b is a with at most case and one letter different.
func alike(a, b string) bool {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(b) < 3 {
		return a == b
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) == len(b) {
		return i == len(a) || a[i+1:] == b[i+1:] ||
			i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	return a[i:] == b[i+1:]
}

// nearest is the name that is like name, as a hint; "" if there is none.
func nearest(names []string, name string) string {
	for _, n := range names {
		if alike(n, name) {
			return "; did you mean ." + n + "?"
		}
	}
	return ""
}
