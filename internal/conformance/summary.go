package conformance

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Summary counts results by area.
type Summary struct {
	areas  map[string]*counts
	scopes map[string]int
	used   map[int]bool
}

type counts struct{ equal, covered, differing, out int }

// Add counts a result. It returns the differences that no row covers.
func (s *Summary) Add(r *Result) (open []Difference) {
	if s.areas == nil {
		s.areas, s.scopes, s.used = map[string]*counts{}, map[string]int{}, map[int]bool{}
	}
	n := s.areas[r.Case.Area]
	if n == nil {
		n = &counts{}
		s.areas[r.Case.Area] = n
	}
	if r.Scope != "" {
		n.out++
		s.scopes[r.Scope]++
		return nil
	}
	for _, d := range r.Differences {
		if !s.covered(r.Case, d.Part) {
			open = append(open, d)
		}
	}
	switch {
	case len(r.Differences) == 0:
		n.equal++
	case len(open) == 0:
		n.covered++
	default:
		n.differing++
	}
	return open
}

func (s *Summary) covered(c *Case, part Part) bool {
	found := false
	for i, r := range rowsOf(c) {
		if part == Permissive && (r.says != hosts || !c.spelled()) {
			continue
		}
		if ok, _ := path.Match(r.cases, c.ID); ok && slices.Contains(r.parts, part) {
			s.used[i] = true
			found = true
		}
	}
	return found
}

// Unused are those of a mode's first rows that covered nothing.
func (s *Summary) Unused(rows []row) (list []string) {
	for i, r := range rows {
		if !s.used[i] {
			list = append(list, r.cases)
		}
	}
	return list
}

// String is a table of the areas, why cases are out of scope, and a last line with the total. What a row covers
// counts as equal there, and stands apart in the table.
func (s *Summary) String() string {
	var b strings.Builder
	var all counts
	fmt.Fprintf(&b, "%-26s %6s %8s %10s %13s\n", "area", "equal", "by a row", "differing", "out of scope")
	for _, area := range slices.Sorted(maps.Keys(s.areas)) {
		n := s.areas[area]
		fmt.Fprintf(&b, "%-26s %6d %8d %10d %13d\n", area, n.equal, n.covered, n.differing, n.out)
		all.equal += n.equal
		all.covered += n.covered
		all.differing += n.differing
		all.out += n.out
	}
	for _, why := range slices.Sorted(maps.Keys(s.scopes)) {
		fmt.Fprintf(&b, "out of scope: %3d %s\n", s.scopes[why], why)
	}
	fmt.Fprintf(&b, "%d cases are equal, %d differ as a row of COMPATIBILITY.md says\n", all.equal, all.covered)
	fmt.Fprintf(&b, "total: %d equal, %d differing, %d out of scope", all.equal+all.covered, all.differing, all.out)
	return b.String()
}
