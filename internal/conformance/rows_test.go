package conformance

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Every row is one of COMPATIBILITY.md.
func TestRows(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "COMPATIBILITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range slices.Concat(rows, elsewhere, asked, askedElsewhere) {
		if !strings.Contains(string(text), "\n| "+r.says) {
			t.Errorf("%s: COMPATIBILITY.md has no row that begins with %q", r.cases, r.says)
		}
		if _, err := path.Match(r.cases, ""); err != nil || len(r.parts) == 0 {
			t.Errorf("%s: %v, %d parts", r.cases, err, len(r.parts))
		}
	}
}

// No row covers more than it says, and none that something is let through but for a host's spelling.
func TestCovered(t *testing.T) {
	host := func(name string) *Case {
		return &Case{ID: "re-host-uppercase-req", Area: "a", Request: Request{Headers: Pairs{{"Host", name}}}}
	}
	for _, test := range []struct {
		c    *Case
		part Part
		want bool
	}{
		{&Case{ID: "tpl-env", Area: "a"}, Refused, true},
		{&Case{ID: "tpl-env", Area: "a"}, Status, false},
		{&Case{ID: "tpl-env", Area: "a"}, Permissive, false},
		{&Case{ID: "nothing", Area: "a"}, Refused, false},
		{host("App.test"), Permissive, true},
		{host("app.test."), Permissive, true},
		{host("app.test:80"), Permissive, true},
		{host("app.test"), Permissive, false},
		{host("app.test:8080"), Permissive, false},
	} {
		var sum Summary
		open := sum.Add(&Result{Case: test.c, Differences: []Difference{{test.part, ""}}})
		if covered := len(open) == 0; covered != test.want {
			t.Errorf("%s %q, %s: covered %v", test.c.ID, test.c.Request.Headers, test.part, covered)
		}
	}
}

func sorted(set map[string]bool) []string { return slices.Sorted(maps.Keys(set)) }
