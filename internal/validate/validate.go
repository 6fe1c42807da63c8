// Package validate says what is wrong with a configuration: every mistake, every pair of rules that it finds to be for
// one request, and rules that no request can match.
package validate

import (
	"oathgate/internal/policy"
	"oathgate/internal/source"
	"oathgate/rules"
)

// Report is what was found.
type Report struct {
	// Rules is the number of rules, 0 with problems.
	Rules int
	// Problems are mistakes. With one of them nothing else is looked at.
	Problems []rules.Problem
	// Notes are what the configuration says and nobody does; Never are rules that no request can match.
	Notes, Never []rules.Problem
	// Overlaps are the pairs of rules that were found to be for one request.
	Overlaps
}

// OK reports whether there is nothing to mend.
func (r *Report) OK() bool { return len(r.Problems) == 0 && len(r.Pairs) == 0 }

// Run reads a configuration and looks at it.
func Run(opt source.Options) *Report {
	p, problems := policy.Load(opt)
	if len(problems) > 0 {
		return &Report{Problems: problems}
	}
	s := newSearch(p)
	s.examples()
	s.compare()
	return &Report{Rules: len(p.Rules), Notes: p.Notes, Never: s.never, Overlaps: s.result()}
}
