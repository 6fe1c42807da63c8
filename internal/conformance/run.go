package conformance

import (
	"fmt"
	"strings"
	"time"

	"oathgate/internal/corpus"
)

// Result is what came of a case.
type Result struct {
	Case *Case
	// Scope says why the case is out of scope, "" if it is not.
	Scope string
	// Differences are those to Oathkeeper, whether a row covers them or not.
	Differences []Difference
}

// settle is the time between two requests of a case.
const settle = 30 * time.Millisecond

// Run runs a case on a target. The error is one of the target's.
func (p *Prepared) Run(t corpus.Target) (*Result, error) {
	res := &Result{Case: p.Case, Scope: p.Scope}
	switch {
	case p.Scope != "":
		return res, nil
	case p.Refused != nil:
		res.refused(p)
		return res, nil
	}
	return res, res.replay(t, p)
}

// open opens what a case was prepared to.
func (p *Prepared) open(t corpus.Target) (corpus.Session, error) {
	s, err := t.Open(&corpus.Case{ID: p.Name(), Document: p.Document()})
	if err != nil {
		return nil, err
	}
	if refused := s.Refused(); refused != nil {
		s.Close()
		return nil, fmt.Errorf("the target refuses what `oathgate run` does not: %q", refused)
	}
	return s, nil
}

// refused compares a configuration that is refused with what Oathkeeper answered: its 5xx is the same, if the refusal
// names a rule.
func (r *Result) refused(p *Prepared) {
	var problems []string
	named := false
	for _, problem := range p.Refused {
		named = named || problem.Rule != ""
		problems = append(problems, problem.String())
	}
	if r.Case.want().Status >= 500 && named {
		return
	}
	r.Differences = []Difference{{Refused, fmt.Sprintf("at load, where Oathkeeper answers %d: %q", r.Case.want().Status, problems)}}
}

func (r *Result) replay(t corpus.Target, p *Prepared) error {
	c, b := r.Case, newBackend(r.Case)
	s, err := p.open(t)
	if err != nil {
		return err
	}
	defer func() { s.Close() }()
	reloads := p.Reloads
	var advance time.Duration
	before := 0
	for _, a := range c.Pre {
		switch {
		case a.Request != nil:
			o, err := s.Do(a.Request.corpus(b, advance))
			if err != nil {
				return err
			}
			r.before(before, o)
			before++
			advance = settle
			if a.Settle != nil {
				advance = time.Duration(*a.Settle) * time.Millisecond
			}
		case a.Program != nil:
			b.program = a.Program
		case a.Rules != nil || a.Config != nil:
			next := reloads[0]
			if reloads = reloads[1:]; next == nil {
				continue
			}
			changed, err := next.open(t)
			if err != nil {
				return err
			}
			s.Close()
			s = changed
		default:
			advance += time.Duration(a.Sleep) * time.Millisecond
		}
	}
	o, err := s.Do(c.Request.corpus(b, advance))
	if err != nil {
		return err
	}
	r.Differences = append(r.Differences, compare(c, o)...)
	return nil
}

// before compares what came of the request n of those before the one that is compared.
func (r *Result) before(n int, o *corpus.Observation) {
	if n >= len(r.Case.want().Pre) {
		return
	}
	want := &r.Case.want().Pre[n]
	if want.Status != o.Status {
		r.Differences = append(r.Differences, Difference{Before, fmt.Sprintf("%d: status %d, want %d", n+1, o.Status, want.Status)})
	}
	if r.Case.asks && leave(o.Status) && !leave(want.Status) || want.Status >= 400 && len(o.Upstreams) > 0 && want.Body != Echo {
		r.Differences = append(r.Differences, Difference{Permissive, "a request before"})
	}
}

func (q *Request) corpus(b *backend, advance time.Duration) *corpus.Request {
	r := &corpus.Request{
		Method: q.Method, Target: q.Target, Body: q.Body, Advance: advance, Serve: b.serve, Wire: q.wire(), Talk: q.WS,
	}
	for _, h := range q.Headers {
		if strings.EqualFold(h[0], "Host") {
			r.Hosts = append(r.Hosts, h[1])
		} else {
			r.Headers = append(r.Headers, corpus.Header{Name: h[0], Value: h[1]})
		}
	}
	return r
}
