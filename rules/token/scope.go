// Package token is JSON Web Tokens, the keys that sign them, and scopes: what the
// handlers jwt, id_token and oauth2_introspection share. Time, chance and the
// host's cryptography are arguments.
package token

import "strings"

// ScopeStrategy says whether a granted scope covers a required one (ory/fosite,
// scope_strategy.go).
type ScopeStrategy uint8

// The scope strategies, by the names Oathkeeper's configuration gives them.
const (
	// ScopeNone compares nothing.
	ScopeNone ScopeStrategy = iota
	// ScopeExact wants the same string.
	ScopeExact
	// ScopeHierarchic lets foo cover foo.bar.
	ScopeHierarchic
	// ScopeWildcard lets foo.* cover foo.bar and foo.bar.baz.
	ScopeWildcard
)

// ScopeStrategies are the names, in the order of the constants.
var ScopeStrategies = [...]string{"none", "exact", "hierarchic", "wildcard"}

// ParseScopeStrategy gives the strategy of a name; an unknown name is ScopeNone,
// which grants nothing where scopes are compared.
func ParseScopeStrategy(name string) ScopeStrategy {
	for i, n := range ScopeStrategies {
		if n == name {
			return ScopeStrategy(i)
		}
	}
	return ScopeNone
}

// Covers reports whether one of the granted scopes covers required. ScopeNone
// covers nothing.
func (s ScopeStrategy) Covers(granted []string, required string) bool {
	for _, g := range granted {
		switch s {
		case ScopeExact:
			if g == required {
				return true
			}
		case ScopeHierarchic:
			if g == required || g != "" && strings.HasPrefix(required, g+".") {
				return true
			}
		case ScopeWildcard:
			if wildcardCovers(g, required) {
				return true
			}
		}
	}
	return false
}

// wildcardCovers compares part by part: `*` stands for one part that is not
// empty, or, at the end, for one or more of which the first is not empty.
func wildcardCovers(granted, required string) bool {
	if g, r := strings.Count(granted, "."), strings.Count(required, "."); g > r {
		return false
	}
	for {
		g, gRest, gMore := strings.Cut(granted, ".")
		r, rRest, rMore := strings.Cut(required, ".")
		if g == "*" && r == "" || g != "*" && g != r {
			return false
		}
		if !gMore {
			return g == "*" || !rMore
		}
		granted, required = gRest, rRest
	}
}
