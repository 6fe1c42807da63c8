package integrations

import (
	"os"
	"testing"

	"oathgate/internal/supervise"
)

func TestEnvoyExtAuthz(t *testing.T) {
	s := newSite(t, "envoy-ext-authz")
	binary, err := supervise.Find(t.Context(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	envoy, err := supervise.Start(t.Context(), supervise.Options{
		Envoy: binary.Path, Config: s.file(t, "envoy-ext-authz", "envoy.yaml"), Dir: s.dir, Concurrency: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		envoy.Stop()
		if t.Failed() {
			t.Logf("the end of Envoy's log:\n%s", envoy.Log(40))
		}
	})
	s.attack(t, expected{down: 403})
}
