package subject

import (
	"flag"
	"os"
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
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	envoy, err := supervise.Find(t.Context(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	upstream, err := StartUpstream(t.Context(), envoy, setups)
	if err != nil {
		t.Fatal(err)
	}
	defer upstream.Stop()
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
				t.Logf("%s: ready after %v with %v of CPU; %d MiB", s.Version(), r.ReadyAfter(), r.ReadyCPU(), rss>>20)
			})
		}
	}
}
