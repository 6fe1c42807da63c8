package main

import "strings"

// noPackage is what assembly and wrappers of exports are in.
const noPackage = "(exports and assembly)"

// packageOf is the package that a function is in, by its name: of a method that of
// its type, of a generic function its own, not its arguments', of a function that
// the compiler makes to compare or hash values that of their type.
func packageOf(name string) string {
	for _, made := range []string{"type:.eq.", "type:.hash."} {
		if of, ok := strings.CutPrefix(name, made); ok {
			// An array's type begins with its length.
			for strings.HasPrefix(of, "[") {
				_, of, _ = strings.Cut(of, "]")
			}
			name = strings.TrimPrefix(of, "go.shape.")
			if !strings.Contains(name, ".") || strings.HasPrefix(name, "struct {") {
				return "runtime"
			}
		}
	}
	if i := strings.IndexAny(name, "[({ "); i >= 0 {
		name = name[:i]
	}
	slash := strings.LastIndexByte(name, '/') + 1
	dot := strings.IndexByte(name[slash:], '.')
	if dot < 0 || strings.HasPrefix(name, "go:") {
		return noPackage
	}
	return strings.ReplaceAll(name[:slash+dot], "%2e", ".")
}
