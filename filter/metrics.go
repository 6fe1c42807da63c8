package main

import (
	"oathgate/rules/decision"
	"oathgate/rules/pipeline/callout"
	"oathgate/sdkhost"
)

// flushAfter is how many decisions are counted before Envoy is told.
const flushAfter = 128

// metrics are the worker's counters in Envoy's statistics. A host call for each
// decision would cost every request a microsecond, so decisions are counted here
// and handed on by a tick, or after flushAfter of them.
type metrics struct {
	defined  bool
	decision [decision.NumReasons]counter
	fault    [callout.NumFaults]counter
	panics   counter
	// pending is the number of decisions that Envoy has not been told of.
	pending int
}

type counter struct {
	id    uint32
	ok    bool
	ahead int64
}

// define makes the counters known to Envoy, once a VM.
func (m *metrics) define() {
	if m.defined {
		return
	}
	m.defined = true
	for r := range m.decision {
		name := "oathgate.denied." + decision.Reason(r).String()
		if decision.Reason(r) == decision.Allowed {
			name = "oathgate.allowed"
		}
		m.decision[r] = defineCounter(name)
	}
	for f := range m.fault {
		if callout.Fault(f) != callout.None {
			m.fault[f] = defineCounter("oathgate.callout_fault." + callout.Fault(f).Label())
		}
	}
	m.panics = defineCounter("oathgate.panics")
}

// decided counts a decision about a request of p's.
func (m *metrics) decided(p *plugin, r decision.Reason) {
	m.decision[r].ahead++
	if m.pending++; m.pending >= flushAfter {
		m.flush()
		return
	}
	p.tick(true)
}

// flush tells Envoy of the decisions counted so far.
func (m *metrics) flush() {
	if m.pending == 0 {
		return
	}
	m.pending = 0
	for r := range m.decision {
		if c := &m.decision[r]; c.ahead > 0 {
			c.add(c.ahead)
			c.ahead = 0
		}
	}
}

func (m *metrics) calloutFault(f callout.Fault) { m.fault[f].add(1) }

// defineCounter never fails a request: without a counter nothing is counted.
func defineCounter(name string) counter {
	id, err := sdkhost.DefineCounterMetric(name)
	return counter{id: id, ok: err == nil}
}

func (c *counter) add(n int64) {
	if c.ok {
		_ = sdkhost.IncrementMetric(c.id, n)
	}
}
