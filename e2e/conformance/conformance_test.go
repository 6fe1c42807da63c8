// Package conformance replays recorded cases of Ory Oathkeeper where the filter is a compiled module: in Envoy, with
// the listeners that `oathgate run` renders, and on wazero. Package internal/conformance replays them natively.
package conformance

import (
	"context"
	"os"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/conformance"
	"oathgate/internal/corpus"
)

var modes = map[conformance.Mode]string{conformance.ProxyMode: "proxy", conformance.DecisionMode: "api"}

// In Envoy, as a reverse proxy and as decision API side by side: most of the time is spent waiting for slow stubs.
func TestConformanceEnvoy(t *testing.T) {
	for mode, listener := range modes {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			suite := conformance.NewSuite(t, "envoy", mode)
			began := time.Now()
			target := newEnvoys(t, suite.Configurations(), listener)
			defer target.close()
			suite.Run(t, target)
			t.Logf("%v in %d Envoys", time.Since(began).Round(100*time.Millisecond), target.started)
		})
	}
}

// On wazero, where time is the host's.
func TestConformanceWazero(t *testing.T) {
	path, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []conformance.Mode{conformance.ProxyMode, conformance.DecisionMode} {
		t.Run(string(mode), func(t *testing.T) {
			target, err := corpus.NewWazero(context.Background(), module, conformance.Stubbed()...)
			if err != nil {
				t.Fatal(err)
			}
			defer target.Close()
			conformance.NewSuite(t, "wazero", mode).Run(t, target)
		})
	}
}
