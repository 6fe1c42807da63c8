package integrations

import (
	"os"
	"testing"

	"oathgate/internal/supervise"
)

func TestEnvoyExtAuthz(t *testing.T) {
	s := newSite(t, "envoy-ext-authz")
	s.startEnvoy(t)
	s.attack(t, expected{down: 403, grpc: true})
}

// Envoy says that clients came by https.
func TestEnvoyExtAuthzHTTPS(t *testing.T) {
	s := newSite(t, "envoy-ext-authz",
		"source: path", "source: x-forwarded", "{url: \"http://app", "{url: \"https://app",
		"path_prefix: /decisions", "path_prefix: /decisions\n                        "+
			"authorization_request: { headers_to_add: [{ key: x-forwarded-proto, value: https }] }")
	s.startEnvoy(t)
	t.Run("verdicts", s.verdicts)
	t.Run("forged", s.forged)
}

func (s *site) startEnvoy(t *testing.T) {
	t.Helper()
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
}
