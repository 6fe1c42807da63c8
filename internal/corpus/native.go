package corpus

import (
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"oathgate/rules"
	"oathgate/rules/api"
	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/sdkhost/wazerohost"
)

// Native evaluates with the packages under rules/, and does to an allowed request what the filter does.
type Native struct{}

// Open implements Target.
func (Native) Open(c *Case) (Session, error) {
	s := &native{c: c, now: clockStart}
	var problems []rules.Problem
	s.program, problems = program.Load(c.Document)
	for _, p := range problems {
		s.refused = append(s.refused, p.String())
	}
	s.worker = decision.Worker{
		Memory: &memory.Memory{}, Now: func() time.Time { return s.now }, Send: s.send,
		Random: func(p []byte) { _, _ = rand.Read(p) }, Host: wazerohost.Crypto{},
	}
	return s, nil
}

type native struct {
	c       *Case
	program *program.Program
	refused []string
	worker  decision.Worker
	now     time.Time
	// sent are the callouts under way that outlive their request. observation and script are those of the last request.
	sent        []sent
	observation *Observation
	script      *Script
}

// sent is a callout whose result comes at a time.
type sent struct {
	at     time.Time
	result callout.Result
	done   func(callout.Result)
}

// send makes a callout that outlives its request: its result comes while a request waits, or before the next one.
func (s *native) send(q callout.Request, done func(callout.Result)) {
	asked := s.now
	result := s.call(&q, s.observation, s.script)
	s.sent = append(s.sent, sent{s.now, result, done})
	s.now = asked
}

// arrive brings the earliest result that comes by then, if there is one.
func (s *native) arrive(by time.Time) bool {
	first := -1
	for i, c := range s.sent {
		if !c.at.After(by) && (first < 0 || c.at.Before(s.sent[first].at)) {
			first = i
		}
	}
	if first < 0 {
		return false
	}
	c := s.sent[first]
	s.sent = slices.Delete(s.sent, first, first+1)
	if c.at.After(s.now) {
		s.now = c.at
	}
	c.done(c.result)
	return true
}

func (s *native) Refused() []string { return s.refused }

func (s *native) Close() error { return nil }

// maxBody is the filter's limit (filter/body.go).
const maxBody = 1 << 20

// maxSteps is more than any request needs: an evaluation that never ends fails.
const maxSteps = 100

func (s *native) Do(r *Request) (*Observation, error) {
	until := s.now.Add(r.Advance)
	for s.arrive(until) {
	}
	s.now = until
	// Nobody waits for these any more.
	s.worker.Memory.Flights.Landed()
	d := Deliver(r, s.c.TLS)
	raw := request.Raw{Method: d.Method, Scheme: d.Scheme, Authority: d.Authority, Path: d.Path}
	for _, h := range d.Headers {
		raw.Headers = append(raw.Headers, request.Header{Name: h.Name, Value: h.Value})
	}
	o := &Observation{}
	script := NewScript(r, func() time.Time { return s.now })
	s.observation, s.script = o, script
	if scheme := s.program.Scheme(); scheme != "" {
		raw.Scheme = scheme
	}
	if s.program.PeerState() == PeerState {
		raw.Peer = func() string { return peer }
	}
	var e *decision.Evaluation
	var step decision.Step
	if s.program.Decides() {
		var response *pipeline.Response
		if response, e, step = api.Serve(&s.worker, s.program, raw); response != nil {
			o.answered(response, r)
			return o, nil
		}
	} else {
		e, step = s.worker.Start(s.program, raw)
	}
	for n := 0; step.Done == nil; n++ {
		if step.Await == nil || n == maxSteps {
			return nil, errors.New("the evaluation does not end")
		}
		step = s.fulfil(e, step, r, o, script)
	}
	s.finish(step.Done, d, r, o, script)
	return o, nil
}

// fulfil gives an evaluation what it waits for.
func (s *native) fulfil(e *decision.Evaluation, step decision.Step, r *Request, o *Observation, script *Script) (next decision.Step) {
	seq, await := step.Seq, step.Await
	switch {
	case len(await.Calls) > 0:
		for i := range await.Calls {
			next = e.Resume(decision.Event{Seq: seq, Kind: decision.Reply, Call: i, Result: s.call(&await.Calls[i], o, script)})
		}
	case await.Shared != nil && !await.Until.IsZero():
		next = s.follow(e, seq, await)
	case await.Body:
		ev := decision.Event{Seq: seq, Kind: decision.BodyRead, Body: []byte(r.Body)}
		if len(r.Body) > maxBody {
			ev.Body, ev.BodyErr = nil, pipeline.ErrBodyTooLarge
		}
		next = e.Resume(ev)
	case !await.Until.IsZero():
		s.now = await.Until
		next = e.Resume(decision.Event{Seq: seq, Kind: decision.TimeUp})
	}
	return next
}

// follow waits for a flight of which the result has been sent for.
func (s *native) follow(e *decision.Evaluation, seq uint32, await *pipeline.Await) decision.Step {
	for s.arrive(await.Until) {
		for _, l := range s.worker.Memory.Flights.Landed() {
			if l.Key == *await.Shared {
				return e.Resume(decision.Event{Seq: seq, Kind: decision.Landed, Value: l.Value})
			}
		}
	}
	s.now = await.Until
	return e.Resume(decision.Event{Seq: seq, Kind: decision.TimeUp})
}

func (s *native) call(q *callout.Request, o *Observation, script *Script) callout.Result {
	switch q.Endpoint.Cluster {
	case "unknown":
		return callout.Result{Fault: callout.NoCluster}
	case "empty":
		return callout.Result{Fault: callout.NoHost}
	case "dead":
		return callout.Result{Fault: callout.Connect}
	}
	m := Message{Cluster: q.Endpoint.Cluster, Method: q.Method, Target: q.Target, Host: q.Endpoint.Authority, Body: string(q.Body)}
	for _, h := range q.Headers {
		m.Headers = append(m.Headers, Header(h))
	}
	reply := script.Answer(o, m)
	if reply.Fault == Silent || reply.Delay >= q.Timeout {
		s.now = s.now.Add(q.Timeout)
		return callout.Result{Fault: callout.Timeout}
	}
	s.now = s.now.Add(reply.Delay)
	switch {
	case reply.Fault == Garbage, reply.Fault == Reset:
		// Envoy takes a response that never begins, or is none, for a connection that could not be used.
		return callout.Result{Fault: callout.Connect}
	case reply.Fault != "":
		return callout.Result{Fault: callout.Reset}
	case len(reply.Body) > callout.MaxBody:
		return callout.Result{Fault: callout.TooLarge}
	}
	res := callout.Result{Fault: callout.None, Response: callout.Response{Status: reply.Status, Body: []byte(reply.Body)}}
	for _, h := range reply.Headers {
		res.Response.Headers = append(res.Response.Headers, request.Header(h))
	}
	return res
}

// answered notes an answer of the filter's own.
func (o *Observation) answered(response *pipeline.Response, r *Request) {
	o.Status, o.Body = response.Status, string(response.Body)
	if r.Method == "HEAD" {
		o.Body = ""
	}
	for _, h := range response.Headers {
		o.Headers = append(o.Headers, Header(h))
	}
}

// finish carries out a decision as filter/apply.go and filter/decision.go do.
func (s *native) finish(d *decision.Decision, in Delivered, r *Request, o *Observation, script *Script) {
	switch {
	case d.Informs:
		o.answered(&d.Response, r)
		return
	case d.Allow && s.program.Decides():
		response := api.Granted(d)
		o.answered(&response, r)
		return
	case !d.Allow:
		o.answered(&d.Response, r)
		if o.Status < 300 || o.Status > 599 {
			o.Status, o.Body = 500, ""
		}
		return
	}
	m := Message{Cluster: "upstream", Method: in.Method, Target: in.Path, Host: in.Authority, Body: r.Body}
	m.Headers = append(m.Headers, in.Headers...)
	for _, name := range d.Remove {
		m.Headers = without(m.Headers, name)
	}
	for _, h := range d.Set {
		m.Headers = append(without(m.Headers, h.Name), Header(h))
	}
	if d.Route.Cluster != "" {
		// The route takes the internal header away.
		m.Headers = without(m.Headers, RoutingHeader)
		m.Cluster = d.Route.Cluster
		if d.Route.Authority != "" {
			m.Host = d.Route.Authority
		}
		if d.Route.Target != "" {
			m.Target = d.Route.Target
		}
	}
	reply := script.Answer(o, m)
	o.Status, o.Headers, o.Body = reply.Status, reply.Headers, reply.Body
}

func without(headers []Header, name string) []Header {
	var kept []Header
	for _, h := range headers {
		if h.Name != name {
			kept = append(kept, h)
		}
	}
	return kept
}
