package main

import (
	"oathgate/rules/decision"
	"oathgate/rules/pipeline/callout"
	"oathgate/sdkhost"
)

// metrics are the worker's counters in Envoy's statistics.
type metrics struct {
	defined  bool
	decision [decision.NumReasons]counter
	fault    [callout.NumFaults]counter
	panics   counter
}

type counter struct {
	id uint32
	ok bool
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

func (m *metrics) decided(r decision.Reason) { m.decision[r].inc() }

func (m *metrics) calloutFault(f callout.Fault) { m.fault[f].inc() }

// defineCounter never fails a request: without a counter nothing is counted.
func defineCounter(name string) counter {
	id, err := sdkhost.DefineCounterMetric(name)
	return counter{id, err == nil}
}

func (c counter) inc() {
	if c.ok {
		_ = sdkhost.IncrementMetric(c.id, 1)
	}
}
