package main

import (
	"strings"

	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// trailers is what is known of a request's trailers, which come when the headers may
// be gone.
type trailers struct {
	// came says that they are there.
	came bool
	// set are the names of the headers that the rule has set.
	set []string
}

// expect notes what a rule has set of a request whose trailers may come later. The
// names outlive the evaluation.
func (t *trailers) expect(set request.Headers) {
	for i := range set {
		t.set = append(t.set, strings.Clone(set[i].Name))
	}
}

// clean takes from trailers that are there what must not reach the upstream. false
// says that it could not.
func (t *trailers) clean(p *program.Program) bool {
	pairs, err := sdkhost.GetHttpRequestTrailers()
	if err != nil {
		return false
	}
	names := make([]string, len(pairs))
	for i := range pairs {
		names[i] = pairs[i][0]
	}
	for _, name := range p.UnprovenTrailers(names, t.set) {
		if sdkhost.RemoveHttpRequestTrailer(name) != nil {
			return false
		}
	}
	return true
}
