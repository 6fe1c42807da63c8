package main

import (
	"strconv"

	"oathgate/rules"
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
	// repositories are the gauges of rule repositories, by their place in the list.
	repositories []repositoryGauges
}

// repositoryGauges are of one repository: how many rules it has, when they were
// fetched in seconds since 1970, 0 if never, and 1 if newer ones are not in force.
type repositoryGauges struct{ rules, loaded, failing gauge }

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

// show tells Envoy how the repositories are. Those of an earlier configuration that
// are no more are 0.
func (m *metrics) show(list []rules.Repository) {
	for len(m.repositories) < len(list) {
		name := "oathgate.repository." + strconv.Itoa(len(m.repositories))
		m.repositories = append(m.repositories, repositoryGauges{
			rules: defineGauge(name + ".rules"), loaded: defineGauge(name + ".loaded_timestamp_seconds"), failing: defineGauge(name + ".failing"),
		})
	}
	for i := range m.repositories {
		var r rules.Repository
		if i < len(list) {
			r = list[i]
		}
		g := &m.repositories[i]
		g.rules.set(r.Rules)
		g.loaded.set(r.Loaded)
		failing := 0
		if r.Error != "" {
			failing = 1
		}
		g.failing.set(failing)
	}
}

type gauge struct {
	id uint32
	ok bool
}

func defineGauge(name string) gauge {
	id, err := sdkhost.DefineGaugeMetric(name)
	return gauge{id: id, ok: err == nil}
}

// set does nothing if Envoy has no such gauge.
func (g *gauge) set(value int) {
	if g.ok {
		_ = sdkhost.RecordHistogramMetric(g.id, uint64(value))
	}
}

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
