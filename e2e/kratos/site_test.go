package kratos

import (
	"os"
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
)

// site is a Kratos and an upstream behind an oathgate.
type site struct {
	gate     harness.Endpoint
	upstream *harness.Upstream
}

func start(t *testing.T) *site {
	t.Helper()
	dir := t.TempDir()
	vars := harness.FreePorts(t, "PROXY", "API", "PROMETHEUS", "KRATOS", "ADMIN")
	s := &site{gate: harness.Endpoint{Address: "127.0.0.1:" + vars["PROXY"]}, upstream: harness.NewUpstream()}
	t.Cleanup(func() {
		s.upstream.Close()
		for _, request := range s.upstream.Unauthorised() {
			t.Errorf("the upstream saw an unauthorised request: %s", request)
		}
	})
	vars["DIR"], vars["UPSTREAM"] = dir, s.upstream.Address()

	startKratos(t, vars["KRATOS"], vars["ADMIN"], "http://"+s.gate.Address+"/.ory/kratos/public/")
	for _, name := range []string{"oathkeeper.yaml", "rules.yaml"} {
		text, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(os.Expand(string(text), func(name string) string { return vars[name] }))
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	startOathgate(t, filepath.Join(dir, "oathkeeper.yaml"), "127.0.0.1:"+vars["API"])
	return s
}

// ready waits until a server answers a path with 200.
func ready(t *testing.T, address, path string) {
	t.Helper()
	harness.Eventually(t, address+" is ready", func() bool {
		reply, err := harness.Endpoint{Address: address}.Raw(harness.Message("GET", path, ""))
		return err == nil && reply.Status == 200
	})
}
