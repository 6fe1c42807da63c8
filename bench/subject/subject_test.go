package subject

import (
	"flag"
	"os"
	"strings"
	"testing"

	"oathgate/bench/workload"
	"oathgate/e2e/harness"
	"oathgate/internal/supervise"
)

var full = flag.Bool("subject.full", false, "start every subject with every setup; takes a minute")

// Every subject proves that it does the work, see proof; by default that of the cheapest setup.
func TestSubjects(t *testing.T) {
	setups := workload.Setups(workload.Options{
		Full: *full, Tokens: 64,
		Wanted: func(name string) bool { return *full || name == "anonymous" },
	})
	envoy, upstream := startUpstream(t, setups)
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	subjects := All(Options{Envoy: envoy, Modules: []string{module}, Upstream: upstream})
	for _, setup := range setups {
		for _, s := range subjects {
			serves := false
			for _, w := range setup.Workloads {
				serves = serves || s.Serves(setup, &w)
			}
			if !serves {
				continue
			}
			t.Run(setup.Name+"/"+s.Name(), func(t *testing.T) {
				if s.Missing() != "" {
					t.Skip("not run: " + s.Missing())
				}
				r, err := s.Start(t.Context(), setup)
				if err != nil {
					t.Fatal(err)
				}
				defer r.Stop()
				cpu, err := r.CPU()
				if err != nil || cpu < r.ReadyCPU() {
					t.Errorf("CPU %v after %v at the start, %v", cpu, r.ReadyCPU(), err)
				}
				rss, err := r.RSS()
				if err != nil || rss < 1<<20 {
					t.Errorf("%d bytes resident, %v", rss, err)
				}
				if has := len(r.Configured()) > 0; has != (s.Name() == oathgateName) {
					t.Errorf("the filter's VMs say that they took %v for their configurations", r.Configured())
				}
				// Requests, of which it has had some, write nothing.
				if log := r.processes[0].Log(100); strings.Count(log, "[wasm]") != len(r.Configured()) {
					t.Errorf("the log has more than that:\n%s", log)
				}
				t.Logf("%s: ready after %v with %v of CPU; %d MiB", s.Version(), r.ReadyAfter(), r.ReadyCPU(), rss>>20)
			})
		}
	}
}

func startUpstream(t *testing.T, setups []*workload.Setup) (supervise.Binary, *Upstream) {
	t.Helper()
	envoy, err := supervise.Find(t.Context(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := StartUpstream(t.Context(), envoy, setups)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(upstream.Stop)
	return envoy, upstream
}

// Who does less than what is asked for has no proof: here a bare Envoy.
func TestProofFails(t *testing.T) {
	setup := workload.Setups(workload.Options{Wanted: func(name string) bool { return name == "anonymous" }})[0]
	envoy, upstream := startUpstream(t, []*workload.Setup{setup})
	s := bare(Options{Envoy: envoy, Upstream: upstream})
	r, err := s.Start(t.Context(), setup)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Stop()
	w := &setup.Workloads[0]
	asking := *w
	asking.Calls = 1
	for _, c := range []struct {
		name, problem string
		err           error
	}{
		{"it names nobody", "answered 418", answers(t.Context(), upstream.strict, w)},
		{"it refuses nobody, with rules", "no rule: answered 200, not 404", byRule.of(t.Context(), r.Address(), upstream, s, setup)},
		{"it refuses nobody, without", "no rule: answered 200, not 404", byFilter.of(t.Context(), r.Address(), upstream, s, setup)},
		{"it asks nobody", "3 requests asked the identity server 0 times, not 3", byRule.asks(t.Context(), r.Address(), upstream, &asking)},
	} {
		if c.err == nil || !strings.Contains(c.err.Error(), c.problem) {
			t.Errorf("%s: %v", c.name, c.err)
		}
	}
}
