package conformance

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/supervise"
)

// The reason of every row stands in COMPATIBILITY.md, and its row in DESIGN section 3 or it is stricter.
func TestRows(t *testing.T) {
	reasons, err := os.ReadFile(filepath.Join(supervise.Root(), "COMPATIBILITY.md"))
	if err != nil {
		t.Fatal(err)
	}
	design, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(Standard())), "DESIGN.md"))
	if err != nil {
		t.Logf("the rows of DESIGN section 3 are not compared: %v", err)
	}
	known := []Part{Verdict, Status, Body, Headers, Target, Upstream, Callouts, Refused, Before}
	for _, r := range rows {
		name := r.Cases[0]
		if !strings.Contains(string(reasons), "\n| "+r.Reason) || r.Reason == "" {
			t.Errorf("%s: COMPATIBILITY.md has no row that begins with %q", name, r.Reason)
		}
		if r.Row != stricter && (r.Row == "" || len(design) > 0 && !strings.Contains(string(design), "\n| "+r.Row)) {
			t.Errorf("%s: DESIGN section 3 has no row that begins with %q", name, r.Row)
		}
		if _, err := path.Match(name, ""); err != nil || len(r.Differs) == 0 {
			t.Errorf("%s: %v, %d parts", name, err, len(r.Differs))
		}
		for _, p := range r.Differs {
			if !slices.Contains(known, p) && (p != Permissive || r.Row != hosts) {
				t.Errorf("%s: there is no part %q", name, p)
			}
		}
		if r.Mode != "" && r.Mode != ProxyMode && r.Mode != DecisionMode || !slices.Contains([]string{"", "native", "wazero", "envoy"}, r.Target) {
			t.Errorf("%s: mode %q, target %q", name, r.Mode, r.Target)
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
