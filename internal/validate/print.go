package validate

import (
	"encoding/json"
	"fmt"
	"io"

	"oathgate/internal/policy"
	"oathgate/rules"
)

// Print writes the report for people, a line for each finding, as compilers do.
func (r *Report) Print(w io.Writer) {
	for _, p := range r.Problems {
		fmt.Fprintln(w, p)
	}
	for _, p := range r.Pairs {
		fmt.Fprintln(w, note(p.B, fmt.Sprintf("%s %s is for rule %q too (%s), so it is answered with 500: make one of the patterns narrower, or give one rule a higher priority",
			p.Method, p.URL, p.A.Name, p.A.Place())))
	}
	if r.More {
		fmt.Fprintf(w, "there are more overlaps than these %d\n", len(r.Pairs))
	}
	for _, n := range r.Never {
		fmt.Fprintln(w, n)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(w, "%s (no effect)\n", n)
	}
	if r.Uncompared > 0 {
		fmt.Fprintf(w, "%d pairs of rules were not compared to the end: that would take too long\n", r.Uncompared)
	}
	switch {
	case len(r.Problems) > 0:
		fmt.Fprintln(w, count(len(r.Problems), "problem"))
	case len(r.Pairs) > 0:
		fmt.Fprintf(w, "%s, %s\n", count(r.Rules, "rule"), count(len(r.Pairs), "overlap"))
	default:
		fmt.Fprintf(w, "%s, nothing to mend\n", count(r.Rules, "rule"))
	}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// finding is a problem or a note in JSON.
type finding struct {
	Document string `json:"document"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Rule     string `json:"rule,omitempty"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

func findings(list []rules.Problem) []finding {
	out := make([]finding, 0, len(list))
	for _, p := range list {
		out = append(out, finding{p.Document, p.Line, p.Column, p.Rule, p.Path, p.Message})
	}
	return out
}

type place struct {
	Rule     string `json:"rule"`
	Document string `json:"document"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

func placeOf(r *policy.Rule) place { return place{r.Name, r.File, r.Line, r.Column} }

type overlap struct {
	Method string   `json:"method"`
	URL    string   `json:"url"`
	Rules  [2]place `json:"rules"`
}

// PrintJSON writes the report for programs.
func (r *Report) PrintJSON(w io.Writer) error {
	overlaps := make([]overlap, 0, len(r.Pairs))
	for _, p := range r.Pairs {
		overlaps = append(overlaps, overlap{p.Method, p.URL, [2]place{placeOf(p.A), placeOf(p.B)}})
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(struct {
		OK           bool      `json:"ok"`
		Rules        int       `json:"rules"`
		Problems     []finding `json:"problems"`
		Overlaps     []overlap `json:"overlaps"`
		MoreOverlaps bool      `json:"more_overlaps"`
		Uncompared   int       `json:"uncompared_pairs"`
		Never        []finding `json:"never_matching"`
		Notes        []finding `json:"no_effect"`
	}{r.OK(), r.Rules, findings(r.Problems), overlaps, r.More, r.Uncompared, findings(r.Never), findings(r.Notes)})
}
