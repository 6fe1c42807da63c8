package kratos

import (
	"net"
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
	vars := freePorts(t, "PROXY", "API", "PROMETHEUS", "KRATOS", "ADMIN")
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

// freePorts gives each name a port of 127.0.0.1 that nobody listens on.
func freePorts(t *testing.T, names ...string) map[string]string {
	t.Helper()
	ports := map[string]string{}
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, ports[name], err = net.SplitHostPort(l.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	return ports
}

// ready waits until a server answers a path with 200.
func ready(t *testing.T, address, path string) {
	t.Helper()
	harness.Eventually(t, address+" is ready", func() bool {
		reply, err := harness.Endpoint{Address: address}.Raw(harness.Message("GET", path, ""))
		return err == nil && reply.Status == 200
	})
}
