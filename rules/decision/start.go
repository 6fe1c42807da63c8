package decision

import (
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Worker is what the evaluations of one worker share.
type Worker struct {
	// Memory is the worker's memory.
	Memory *memory.Memory
	// Now is the wall clock.
	Now func() time.Time
}

// Start evaluates a request against p until it is decided or waits. The
// Evaluation is nil if the Step is Done.
func (w *Worker) Start(p *program.Program, raw request.Raw) (e *Evaluation, s Step) {
	defer func() {
		if recover() != nil {
			d := failed()
			e, s = nil, Step{Done: &d}
		}
	}()
	r, refusal := request.New(raw, p.RequestOptions)
	if refusal != nil {
		r = &request.Request{Method: raw.Method, Headers: raw.Headers, Peer: raw.Peer}
		return nil, done(refuse(p, nil, r, pipeline.Malformed(refusal)))
	}
	m, err := p.Match(r)
	if err != nil {
		d := refuse(p, nil, r, err)
		d.Reason = unmatched(err, d.Reason)
		return nil, done(d)
	}
	x := &pipeline.Exchange{Request: r, RuleID: m.Rule.ID, Memory: w.Memory, Now: w.Now, CalloutTimeout: p.CalloutTimeout()}
	x.Session.MatchContext = pipeline.MatchContext{RegexpCaptureGroups: m.Groups, Request: r}
	if !m.Rule.Waits {
		return nil, done(evaluate(p, m.Rule, x))
	}
	e = &Evaluation{}
	s = e.begin(x, func() Decision { return evaluate(p, m.Rule, x) })
	if s.Done != nil {
		return nil, s
	}
	return e, s
}

func done(d Decision) Step { return Step{Done: &d} }

// unmatched is the reason of a failed match.
func unmatched(e *pipeline.Error, other Reason) Reason {
	switch e.Status {
	case 404:
		return NoRule
	case 500:
		return ManyRules
	}
	return other
}
