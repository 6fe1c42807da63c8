package conformance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Summary counts results by area.
type Summary struct {
	target string
	areas  map[string]*counts
	scopes map[string]int
	used   map[*row]bool
}

// counts are numbers of cases. Words are equal as the cases' README has it (the same verdict, the same bytes upstream,
// the same callouts) and in everything else but the text in the body of a refusal, for which there is a row, too.
type counts struct{ equal, words, covered, stricter, differing, out int }

// Add counts a result. It returns the differences that no row covers.
func (s *Summary) Add(r *Result) (open []Difference) {
	if s.areas == nil {
		s.areas, s.scopes, s.used = map[string]*counts{}, map[string]int{}, map[*row]bool{}
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
	strict := false
	for _, d := range r.Differences {
		covered := false
		for i := range rows {
			if by := &rows[i]; by.covers(r.Case, s.target, d.Part) {
				s.used[by] = true
				covered, strict = true, strict || by.Row == stricter
			}
		}
		if !covered {
			open = append(open, d)
		}
	}
	switch {
	case len(r.Differences) == 0:
		n.equal++
	case len(open) > 0:
		n.differing++
	case r.words():
		n.words++
	case strict:
		n.stricter++
	default:
		n.covered++
	}
	return open
}

// Unused are the rows for recorded cases that covered nothing in this mode.
func (s *Summary) Unused(m Mode) (list []string) {
	for i := range rows {
		if r := &rows[i]; r.concerns(m, s.target) && !r.Unrecorded && !s.used[r] {
			list = append(list, r.Cases[0])
		}
	}
	return list
}

func (s *Summary) total() (all counts) {
	for _, n := range s.areas {
		all.equal += n.equal
		all.words += n.words
		all.covered += n.covered
		all.stricter += n.stricter
		all.differing += n.differing
		all.out += n.out
	}
	return all
}

// words says whether nothing but the body of a refusal differs.
func (r *Result) words() bool {
	want := r.Case.want()
	return want != nil && want.Status >= 400 && !slices.ContainsFunc(r.Differences, func(d Difference) bool { return d.Part != Body })
}

// Share is how many of a hundred cases in scope differ as a row says, in more than words.
func (s *Summary) Share() float64 {
	all := s.total()
	by := all.covered + all.stricter
	return 100 * float64(by) / float64(max(1, by+all.equal+all.words+all.differing))
}

// String is a table of the areas, why cases are out of scope, and a last line with the total. What a row covers
// differs there; the lines above say how much of what differs no row covers.
func (s *Summary) String() string {
	var b strings.Builder
	const format = "%-26s %6v %10v %8v %9v %10v %13v\n"
	line := func(name string, n *counts) {
		fmt.Fprintf(&b, format, name, n.equal, n.words, n.covered, n.stricter, n.differing, n.out)
	}
	fmt.Fprintf(&b, format, "area", "equal", "but words", "by a row", "stricter", "differing", "out of scope")
	for _, area := range slices.Sorted(maps.Keys(s.areas)) {
		line(area, s.areas[area])
	}
	all := s.total()
	line("all", &all)
	for _, why := range slices.Sorted(maps.Keys(s.scopes)) {
		fmt.Fprintf(&b, "out of scope: %3d %s\n", s.scopes[why], why)
	}
	fmt.Fprintf(&b, "%d cases are equal, %d but for the words of a refusal's body\n", all.equal, all.words)
	inScope := all.equal + all.words + all.covered + all.stricter + all.differing
	fmt.Fprintf(&b, "%d differ as a row of DESIGN section 3 says, %d are stricter, each with its reason in COMPATIBILITY.md: %.1f %% of %d in scope, with words %.1f %%\n",
		all.covered, all.stricter, s.Share(), inScope, 100*float64(all.words+all.covered+all.stricter)/float64(max(1, inScope)))
	fmt.Fprintf(&b, "%d differ without a reason\n", all.differing)
	fmt.Fprintf(&b, "total: %d equal, %d differing, %d out of scope", all.equal+all.words, all.covered+all.stricter+all.differing, all.out)
	return b.String()
}
