package corpus

import (
	"fmt"
	"time"
)

// Target is something that evaluates access rules.
type Target interface {
	// Open makes the case's document the one in force. A document that is refused is no error: Session.Refused says so.
	Open(c *Case) (Session, error)
}

// Session is one case on a target. Close ends it.
type Session interface {
	// Refused gives the problems for which the document was refused, in whatever words; nil if it was not.
	Refused() []string
	// Do sends one request and waits until it has ended.
	Do(r *Request) (*Observation, error)
	Close() error
}

// Result is one case on one target.
type Result struct {
	Case *Case
	// Observations are what came of each request.
	Observations []*Observation
	// Problems are what is wrong, each with the request it is about.
	Problems []string
}

// Run runs a case. inEnvoy is for Check.
func Run(t Target, c *Case, inEnvoy bool) Result {
	res := Result{Case: c}
	s, err := t.Open(c)
	if err != nil {
		res.Problems = append(res.Problems, err.Error())
		return res
	}
	defer s.Close()
	refused := s.Refused()
	if len(c.Refused) > 0 || refused != nil {
		res.Problems = append(res.Problems, checkRefusal(c, refused)...)
		return res
	}
	for i := range c.Requests {
		r := &c.Requests[i]
		o, err := s.Do(r)
		if err != nil {
			res.Problems = append(res.Problems, r.Name+": "+err.Error())
			return res
		}
		res.Observations = append(res.Observations, o)
		for _, p := range Check(r, o, inEnvoy) {
			res.Problems = append(res.Problems, r.Name+": "+p)
		}
	}
	return res
}

func checkRefusal(c *Case, refused []string) (problems []string) {
	if len(c.Refused) == 0 {
		return []string{fmt.Sprintf("the document is refused: %q", refused)}
	}
	for _, want := range c.Refused {
		if !said(refused, want) {
			problems = append(problems, fmt.Sprintf("the document's problems are %q; none is of rule %q at %q with %q", refused, want.Rule, want.Path, want.Says))
		}
	}
	if len(refused) != len(c.Refused) {
		problems = append(problems, fmt.Sprintf("%d problems, want %d: %q", len(refused), len(c.Refused), refused))
	}
	return problems
}

// clockStart is the time at which virtual clocks start.
var clockStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
