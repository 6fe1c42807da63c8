package decision

import (
	"slices"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/token"
)

// Worker is what the evaluations of one worker share.
type Worker struct {
	// Memory is the worker's memory.
	Memory *memory.Memory
	// Now is the wall clock.
	Now func() time.Time
	// Random fills p with random bytes fit for keys and ids.
	Random func(p []byte)
	// Host verifies and makes signatures.
	Host token.Host
	// Send is every Exchange's.
	Send func(req callout.Request, done func(callout.Result))

	// request is the last one. exchange and decision are those of the last rule
	// that did not wait.
	request  request.Request
	exchange pipeline.Exchange
	decision Decision
	idle     []*coroutine
}

// Start evaluates a request against p until it is decided or waits. The
// Evaluation is nil if the Step is Done, and the Decision is good until the next
// Start. The headers of raw may be used again afterwards.
func (w *Worker) Start(p *program.Program, raw request.Raw) (e *Evaluation, s Step) {
	defer func() {
		if recover() != nil {
			d := failed()
			e, s = nil, Step{Done: &d}
		}
	}()
	r := &w.request
	if refusal := r.Read(raw, p.RequestOptions); refusal != nil {
		r = request.Unread(raw)
		return nil, done(refuse(p, nil, r, pipeline.Malformed(refusal)))
	}
	m, err := p.Match(r)
	if err != nil {
		d := refuse(p, nil, r, err)
		d.Reason = unmatched(err, d.Reason)
		return nil, done(d)
	}
	switch {
	case !m.Rule.Waits:
		w.evaluate(p, m, r)
	case !m.Rule.Seldom || !w.straight(p, m, r):
		return w.begin(p, m, r)
	}
	return nil, Step{Done: &w.decision}
}

// evaluate comes to a decision without a wait, in memory that is used again.
func (w *Worker) evaluate(p *program.Program, m program.Match, r *request.Request) {
	w.exchange = pipeline.Exchange{Session: pipeline.Session{Header: w.exchange.Session.Header[:0]}}
	w.prepare(&w.exchange, p, m, r)
	w.decision = evaluate(p, m.Rule, &w.exchange)
}

// straight is evaluate for a rule that may wait. It reports whether that was not
// necessary.
func (w *Worker) straight(p *program.Program, m program.Match, r *request.Request) (ok bool) {
	defer func() {
		if ok {
			return
		}
		v := recover()
		if _, waits := v.(pipeline.WouldWait); !waits {
			panic(v)
		}
	}()
	w.evaluate(p, m, r)
	return true
}

// begin evaluates a rule that may wait, with a request of its own.
func (w *Worker) begin(p *program.Program, m program.Match, r *request.Request) (*Evaluation, Step) {
	own := *r
	own.Headers = slices.Clone(r.Headers)
	x := &pipeline.Exchange{}
	w.prepare(x, p, m, &own)
	e := &Evaluation{ReadsBody: m.Rule.Body}
	s := e.begin(w, x, func() Decision { return evaluate(p, m.Rule, x) })
	if s.Done != nil {
		return nil, s
	}
	return e, s
}

// Inform answers a request that asks about the filter itself, or waits for what
// that takes; as Start.
func (w *Worker) Inform(p *program.Program, raw request.Raw, answer func(*pipeline.Exchange) pipeline.Response) (*Evaluation, Step) {
	r := request.Unread(raw)
	r.Headers = slices.Clone(r.Headers)
	x := &pipeline.Exchange{}
	w.equip(x, p, r)
	e := &Evaluation{}
	s := e.begin(w, x, func() Decision { return Decision{Informs: true, Response: answer(x)} })
	if s.Done != nil {
		return nil, s
	}
	return e, s
}

func (w *Worker) prepare(x *pipeline.Exchange, p *program.Program, m program.Match, r *request.Request) {
	w.equip(x, p, r)
	x.RuleID = m.Rule.ID
	x.Session.MatchContext.RegexpCaptureGroups = m.Groups
	x.Session.MatchContext.Request = r
}

func (w *Worker) equip(x *pipeline.Exchange, p *program.Program, r *request.Request) {
	x.Request = r
	x.Memory = w.Memory
	x.Now = w.Now
	x.Random = w.Random
	x.Host = w.Host
	x.Send = w.Send
	x.CalloutTimeout = p.CalloutTimeout()
	x.Session.Env = template.Environment{Now: w.Now, Random: w.Random}
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
