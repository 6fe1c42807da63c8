package token

import "testing"

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		strategy ScopeStrategy
		granted  string
		required string
		want     bool
	}{
		{ScopeNone, "a", "a", false},
		{ScopeExact, "a", "a", true},
		{ScopeExact, "a", "a.b", false},
		{ScopeExact, "a", "A", false},
		{ScopeExact, "", "", true},
		{ScopeHierarchic, "a", "a", true},
		{ScopeHierarchic, "a", "a.b", true},
		{ScopeHierarchic, "a", "a.b.c", true},
		{ScopeHierarchic, "a", "ab", false},
		{ScopeHierarchic, "a", "ab.c", false},
		{ScopeHierarchic, "a.b", "a", false},
		{ScopeHierarchic, "a.b", "a.c", false},
		{ScopeHierarchic, "a.", "a.b", false},
		{ScopeHierarchic, "", "a", false},
		{ScopeHierarchic, "", ".a", false},
		{ScopeWildcard, "a", "a", true},
		{ScopeWildcard, "a", "a.b", false},
		{ScopeWildcard, "a.*", "a.b", true},
		{ScopeWildcard, "a.*", "a.b.c", true},
		{ScopeWildcard, "a.*", "a", false},
		{ScopeWildcard, "a.*", "a.", false},
		{ScopeWildcard, "a.*.c", "a.b.c", true},
		{ScopeWildcard, "a.*.c", "a.b.d", false},
		{ScopeWildcard, "a.*.c", "a.b.c.d", false},
		{ScopeWildcard, "*", "a", true},
		{ScopeWildcard, "*", "a.b", true},
		{ScopeWildcard, "*", "", false},
		{ScopeWildcard, "a.*", "b.c", false},
		{ScopeWildcard, "a*", "ab", false},
		{ScopeWildcard, "", "a", false},
	} {
		if got := c.strategy.Covers([]string{"other", c.granted}, c.required); got != c.want {
			t.Errorf("%s: granted %q, required %q: %v, want %v", ScopeStrategies[c.strategy], c.granted, c.required, got, c.want)
		}
	}
}

func TestParseScopeStrategy(t *testing.T) {
	for i, name := range ScopeStrategies {
		if got := ParseScopeStrategy(name); got != ScopeStrategy(i) {
			t.Errorf("%s: %d", name, got)
		}
	}
	if ParseScopeStrategy("EXACT") != ScopeNone {
		t.Error("names are compared by case")
	}
}
