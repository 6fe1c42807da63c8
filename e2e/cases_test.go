package e2e

import (
	"path/filepath"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// loadCases reads the project's own cases.
func loadCases(t *testing.T) []corpus.Case {
	t.Helper()
	cases, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

// The project's own cases, all in one Envoy with one VM of the filter: what natively comes of a request comes of it
// here, seen from real sockets on both sides. Nothing that is to be refused reaches an upstream.
func TestCasesEnvoy(t *testing.T) {
	cases := loadCases(t)
	began := time.Now()
	target := startCases(t, cases)
	t.Logf("ready after %v", time.Since(began).Round(100*time.Millisecond))

	var tally corpus.Tally
	normalised := 0
	for i := range cases {
		c := &cases[i]
		t.Run(c.ID, func(t *testing.T) {
			res := corpus.Run(target, c, true)
			for _, p := range res.Problems {
				t.Errorf("%s: %s", c.File, p)
			}
			tally.Add(&res)
			for _, p := range sameAsNatively(c, &res) {
				t.Errorf("%s: compared with natively: %s", c.File, p)
			}
			if c.Normalise && len(c.Refused) == 0 {
				normalised += target.normalised(t, c)
			}
		})
	}
	tally.Report(t, cases)
	t.Logf("through a listener that normalises paths: %d requests; unauthorised requests: %d; %v in all",
		normalised, target.backends.unauthorised, time.Since(began).Round(100*time.Millisecond))
	if target.backends.unauthorised != 0 {
		t.Errorf("upstreams saw %d unauthorised requests", target.backends.unauthorised)
	}
	if err := target.envoy.Err(); err != nil {
		t.Error(err)
	}
	if n := target.envoy.Stat(t, "oathgate.panics"); n != 0 {
		t.Errorf("the filter panicked %d times", n)
	}
}

// sameAsNatively compares what came of a case with what comes of it natively, in all that both can know and not only
// in what the case says.
func sameAsNatively(c *corpus.Case, res *corpus.Result) (problems []string) {
	native := corpus.Run(corpus.Native{}, c, false)
	for i, o := range res.Observations {
		r := &c.Requests[i]
		if i >= len(native.Observations) {
			continue
		}
		differences := corpus.Differ(r, native.Observations[i], o)
		if r.Envoy != nil {
			if len(differences) == 0 {
				problems = append(problems, r.Name+": Envoy makes no exception here: "+r.Envoy.Because)
			}
			continue
		}
		for _, p := range differences {
			problems = append(problems, r.Name+": "+p)
		}
	}
	return problems
}
