package main

import (
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/decision"
	"oathgate/rules/pipeline"
	"oathgate/sdkhost"
)

// state is how far a request has come.
type state uint8

const (
	// undecided is the zero state: nothing of the request goes on.
	undecided state = iota
	// allowed requests go on.
	allowed
	// denied requests have been answered.
	denied
	// gone requests have ended.
	gone
)

// stream is one request.
type stream struct {
	types.DefaultHttpContext

	plugin *plugin
	vm     *vm
	id     uint32

	state      state
	evaluation *decision.Evaluation
	// seq is the number of the await that evaluation is at.
	seq uint32
	// waited says that the evaluation has waited: the vm knows of the stream.
	waited bool
	// until is when that await ends, zero if never.
	until    time.Time
	body     bodyWait
	trailers trailers
	// called says that a callback of this stream is running, whose return value
	// lets the request go on or stops it.
	called bool
}

// OnHttpRequestHeaders starts the evaluation.
func (s *stream) OnHttpRequestHeaders(_ int, endOfStream bool) types.Action {
	if s.state != undecided || s.evaluation != nil {
		return s.action()
	}
	s.begin()
	s.body.ended = endOfStream
	s.start()
	action := s.leave()
	if s.state == undecided && s.evaluation != nil && !s.evaluation.ReadsBody {
		// Paused, an upload that is longer than Envoy's buffer would be refused while others are asked.
		action = sdkhost.ActionHold
	}
	if s.state == allowed && endOfStream && !s.waited && sdkhost.Dismiss(s.id) {
		s.vm.reuse(s)
	}
	return action
}

// OnHttpRequestBody holds the body until the request is decided.
func (s *stream) OnHttpRequestBody(size int, endOfStream bool) types.Action {
	return s.hold(size, endOfStream)
}

// OnHttpRequestTrailers holds the trailers until the request is decided, and takes
// from them what only a rule may say.
func (s *stream) OnHttpRequestTrailers(int) types.Action {
	s.trailers.came = true
	if s.state == allowed && !s.trailers.clean(s.plugin.program) {
		_ = sdkhost.CloseHttpRequest()
		return types.ActionPause
	}
	return s.hold(0, true)
}

// hold takes more of the body while the request is undecided.
func (s *stream) hold(size int, endOfStream bool) types.Action {
	if s.state != undecided {
		return s.action()
	}
	s.begin()
	s.readBody(size, endOfStream)
	return s.leave()
}

// begin notes that a callback of this stream works on it.
func (s *stream) begin() {
	s.vm.current = s
	s.vm.time = time.Time{}
	s.called = true
}

// leave ends what begin began and gives what the callback returns.
func (s *stream) leave() types.Action {
	s.called = false
	s.vm.current = nil
	s.vm.settleLater()
	return s.action()
}

// OnHttpStreamDone abandons an evaluation that is still under way.
func (s *stream) OnHttpStreamDone() {
	s.end(gone)
	s.vm.settleLater()
}

// action is what the running callback returns: only an allowed request goes on.
func (s *stream) action() types.Action {
	if s.state == allowed {
		return types.ActionContinue
	}
	return types.ActionPause
}

// start evaluates the request until it is decided or waits.
func (s *stream) start() {
	p := s.plugin.program
	if p == nil {
		s.finish(decision.Decision{})
		return
	}
	raw, err := s.vm.reader.read(s.plugin)
	if err != nil {
		s.finish(decision.Decision{})
		return
	}
	if p.Decides() {
		s.vm.reader.lines.Keep()
		s.serve(p, raw)
		return
	}
	e, step := s.vm.worker.Start(p, raw)
	if step.Done == nil || !step.Done.Forgets {
		s.vm.reader.lines.Keep()
	}
	s.evaluation = e
	s.carryOut(step)
	s.vm.collect()
}

// resume delivers an event and carries out what follows.
func (s *stream) resume(ev decision.Event) {
	if s.evaluation == nil || s.state != undecided {
		return
	}
	s.vm.current = s
	if s.enter() {
		s.carryOut(s.evaluation.Resume(ev))
	} else {
		s.end(denied)
	}
	if !s.called {
		s.vm.current = nil
	}
	s.vm.collect()
}

// enter makes this stream the one that host calls are about, callouts and timers
// included, when it is woken in somebody else's callback. Without that nothing
// can be done for it: it stays stopped.
func (s *stream) enter() bool {
	return s.called || sdkhost.SetEffectiveContext(s.id) == nil
}

func (s *stream) timeUp() {
	s.resume(decision.Event{Seq: s.seq, Kind: decision.TimeUp})
}

// carryOut does what a step asks for, and what the steps ask for that follow at
// once because callouts failed at once.
func (s *stream) carryOut(step decision.Step) {
	for step.Await != nil {
		s.seq = step.Seq
		s.wait(step.Await)
		step = s.send(step)
	}
	if step.Done != nil {
		s.finish(*step.Done)
	}
}

// wait notes everything of an await but its calls.
func (s *stream) wait(a *pipeline.Await) {
	s.waited = true
	s.vm.streams[s.id] = s
	s.until = a.Until
	if !a.Until.IsZero() {
		s.plugin.tick(true)
	}
	if a.Shared != nil {
		s.vm.waiting[*a.Shared] = append(s.vm.waiting[*a.Shared], wake{stream: s, seq: s.seq})
	}
	s.body.wanted = a.Body
}

// send makes the calls of an await. The step is zero unless all of them failed
// at once, or the body is there already.
func (s *stream) send(step decision.Step) (next decision.Step) {
	for i := range step.Await.Calls {
		fault := s.dispatch(step.Seq, i, &step.Await.Calls[i])
		if fault != noFault {
			next = s.evaluation.Resume(decision.Event{Seq: step.Seq, Kind: decision.Reply, Call: i, Result: failed(fault)})
		}
	}
	if s.body.wanted && s.body.enough() {
		next = s.evaluation.Resume(s.bodyEvent())
	}
	return next
}

// finish carries out a decision: the one act of this request.
func (s *stream) finish(d decision.Decision) {
	if s.state != undecided {
		return
	}
	s.note(&d, d.Reason)
	if p := s.plugin.program; p == nil || p.Decides() {
		s.answer(&d)
		return
	}
	if d.Allow && s.apply(&d) {
		s.end(allowed)
		s.vm.metrics.decided(s.plugin, decision.Allowed)
		return
	}
	s.deny(&d)
}

// end leaves the request in its last state, with nothing left that waits for it.
func (s *stream) end(last state) {
	if s.evaluation != nil {
		s.evaluation.Abandon()
		s.evaluation = nil
		s.vm.collect()
	}
	s.state = last
	s.release()
	if s.waited {
		s.until = time.Time{}
		delete(s.vm.streams, s.id)
	}
}
