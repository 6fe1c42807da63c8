package decision

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

// Evaluation is a request that is being evaluated. It is not safe for concurrent
// use, and must be ended: by coming to a decision, or by Abandon.
type Evaluation struct {
	worker    *Worker
	coroutine *coroutine

	await   pipeline.Await
	seq     uint32
	results []callout.Result
	// answered has a bit for each call whose result has come.
	answered uint32

	// ReadsBody says that a handler may want the request body.
	ReadsBody bool

	resumption pipeline.Resumption
	decision   Decision
	running    bool
	ended      bool
}

// begin runs evaluate as a coroutine until it waits or ends.
func (e *Evaluation) begin(w *Worker, x *pipeline.Exchange, evaluate func() Decision) Step {
	c := w.coroutine(evaluate)
	e.worker, e.coroutine = w, c
	x.Suspend = func(a pipeline.Await) pipeline.Resumption {
		if e.ended || !e.running {
			// The coroutine is somebody else's by now.
			panic(unwinding{})
		}
		c.suspend(a)
		return e.resumption
	}
	return e.advance()
}

// advance goes on until the evaluation waits again or ends.
func (e *Evaluation) advance() Step {
	e.running = true
	await, _ := e.coroutine.next()
	e.running = false
	if e.coroutine.over {
		e.ended = true
		e.decision = e.coroutine.decision
		e.worker.release(e.coroutine)
		return Step{Done: &e.decision}
	}
	e.await = await
	e.seq++
	e.answered = 0
	e.results = make([]callout.Result, len(await.Calls))
	for i := range e.results {
		// What a call is if the time is up before it ends.
		e.results[i].Fault = callout.Timeout
	}
	return Step{Await: &e.await, Seq: e.seq}
}

// Resume delivers an event and goes on if it was the one waited for.
func (e *Evaluation) Resume(ev Event) Step {
	if e.ended || e.running || ev.Seq != e.seq || !e.take(ev) {
		return Step{}
	}
	e.resumption.Results = e.results
	return e.advance()
}

// take notes what the event brings and reports whether the await is over.
func (e *Evaluation) take(ev Event) bool {
	e.resumption = pipeline.Resumption{}
	switch ev.Kind {
	case Reply:
		if ev.Call < 0 || ev.Call >= len(e.results) || e.answered&(1<<ev.Call) != 0 {
			return false
		}
		e.results[ev.Call] = ev.Result
		e.answered |= 1 << ev.Call
		return e.answered == 1<<len(e.results)-1
	case TimeUp:
		return !e.await.Until.IsZero()
	case BodyRead:
		if !e.await.Body {
			return false
		}
		e.resumption.Body, e.resumption.BodyErr = ev.Body, ev.BodyErr
		return true
	case Landed:
		if e.await.Shared == nil {
			return false
		}
		e.resumption.Value = ev.Value
		return true
	}
	return false
}

// Abandon ends an evaluation whose request is gone: its handlers are unwound, and
// flights that it leads land empty. It is harmless after the end.
func (e *Evaluation) Abandon() {
	if e.ended || e.running {
		return
	}
	e.ended = true
	e.coroutine.stop()
}
