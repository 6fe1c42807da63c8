package decision

import (
	"iter"

	"oathgate/rules/pipeline"
)

// maxIdle is the number of coroutines that a worker keeps for evaluations to come: to
// make one takes four times as long in Wasm as to switch to it and back. Those of a
// Worker that is dropped stay.
const maxIdle = 32

// coroutine runs one evaluation after the other, each of which may suspend.
type coroutine struct {
	next func() (pipeline.Await, bool)
	stop func()
	// yield suspends the evaluation; false says that it is abandoned.
	yield func(pipeline.Await) bool

	evaluate func() Decision
	decision Decision
	// over says that evaluate has come to its decision.
	over bool
	// abandoned says that the coroutine is ending.
	abandoned bool
}

// unwinding is what unwinds the handlers of an abandoned evaluation.
type unwinding struct{}

// coroutine gives one that runs evaluate when it is resumed.
func (w *Worker) coroutine(evaluate func() Decision) *coroutine {
	var c *coroutine
	if last := len(w.idle) - 1; last >= 0 {
		c, w.idle[last], w.idle = w.idle[last], nil, w.idle[:last]
	} else {
		c = &coroutine{}
		c.next, c.stop = iter.Pull(c.run)
	}
	c.evaluate, c.over = evaluate, false
	return c
}

// release takes a coroutine back whose evaluation is over.
func (w *Worker) release(c *coroutine) {
	c.evaluate, c.decision = nil, Decision{}
	if len(w.idle) == maxIdle {
		c.stop()
		return
	}
	w.idle = append(w.idle, c)
}

func (c *coroutine) run(yield func(pipeline.Await) bool) {
	c.yield = yield
	for {
		c.decide()
		c.over = true
		if c.abandoned || !yield(pipeline.Await{}) {
			return
		}
	}
}

func (c *coroutine) decide() {
	defer func() {
		if recover() != nil {
			c.decision = failed()
		}
	}()
	c.decision = c.evaluate()
}

// suspend hands out what the running evaluation waits for. It returns when that has
// come, and never in one that is abandoned.
func (c *coroutine) suspend(a pipeline.Await) {
	if c.abandoned || !c.yield(a) {
		c.abandoned = true
		panic(unwinding{})
	}
}
