package main

import (
	"testing"

	"oathgate/bench/report"
	"oathgate/bench/subject"
	"oathgate/bench/workload"
)

// A target that names what there is not would be told as not measured, and nobody would look further.
func TestTargetsNameWhatThereIs(t *testing.T) {
	run := &report.Run{HalfLoad: &report.HalfLoad{}}
	subjects := subject.All(subject.Options{Modules: []string{"missing.wasm"}, Upstream: &subject.Upstream{}})
	samples := []report.Sample{{Round: 1, Rate: 1, P99: 1, CPU: 1}}
	for _, s := range subjects {
		run.Subjects = append(run.Subjects, report.Subject{Name: s.Name(), Title: s.Title(), Module: 1})
		run.HalfLoad.Series = append(run.HalfLoad.Series, report.Series{Subject: s.Name(), Samples: samples})
	}
	for _, setup := range workload.Setups(workload.Options{Tokens: 1}) {
		found := report.Setup{Name: setup.Name, Rules: setup.Rules, Match: []float64{1}}
		for _, s := range subjects {
			found.Starts = append(found.Starts, report.Starts{Subject: s.Name(), Ready: []float64{1}, Configure: []float64{1}})
		}
		for _, w := range setup.Workloads {
			of := report.Workload{Name: w.Name}
			for _, s := range subjects {
				if s.Serves(setup, &w) {
					of.Series = append(of.Series, report.Series{Subject: s.Name(), Samples: samples})
				}
			}
			found.Workloads = append(found.Workloads, of)
		}
		run.Setups = append(run.Setups, found)
	}
	measured := 0
	for _, target := range report.Targets() {
		if target.Elsewhere != "" {
			continue
		}
		measured++
		if got, verdict := target.Verdict(run); got == "" {
			t.Errorf("%s: %s", target.Text, verdict)
		}
	}
	if measured == 0 {
		t.Error("no target is measured")
	}
	if run.Plot() == "" {
		t.Error("no plot")
	}
	if run.Setups[0].Name != exampleSetup || subjects[1].Name() != "oathgate" {
		t.Errorf("the first setup is %s, the second subject %s", run.Setups[0].Name, subjects[1].Name())
	}
}
