package rules

import "strings"

// semver says whether s is a version of Semantic Versioning 2.0.0, without a
// leading v.
func semver(s string) bool {
	s, build, hasBuild := strings.Cut(s, "+")
	s, pre, hasPre := strings.Cut(s, "-")
	core := strings.Split(s, ".")
	if len(core) != 3 || hasBuild && !identifiers(build, false) || hasPre && !identifiers(pre, true) {
		return false
	}
	for _, n := range core {
		if !isNumber(n) || len(n) > 1 && n[0] == '0' {
			return false
		}
	}
	return true
}

func identifiers(s string, strict bool) bool {
	for _, id := range strings.Split(s, ".") {
		if id == "" || strict && isNumber(id) && len(id) > 1 && id[0] == '0' {
			return false
		}
		for i := 0; i < len(id); i++ {
			c := id[i]
			if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') {
				return false
			}
		}
	}
	return true
}

func isNumber(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == "" && len(s) < 19
}
