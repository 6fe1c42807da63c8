package harness

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func shipped(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(Root(), "envoy.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEnvoyYAMLIsGuarded(t *testing.T) {
	for _, problem := range Unguarded([]byte(shipped(t))) {
		t.Error(problem)
	}
}

// What the harness itself runs has the guards of what we ship, and a listener without the filter is found out.
func TestHarnessBootstrapIsGuarded(t *testing.T) {
	render := func(l Listener) []byte {
		b, _, err := bootstrap{
			listeners: []Listener{l}, clusters: map[string]string{"upstream": "127.0.0.1:1"}, admin: "a.sock", module: "m.wasm",
		}.render()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if problems := Unguarded(render(Listener{Name: "x", Rules: "access_rules: {rules: []}"})); problems != nil {
		t.Error(problems)
	}
	for _, l := range []Listener{
		{Name: "no filter"},
		{Name: "no interlock", Rules: "access_rules: {rules: []}", NoInterlock: true},
		{Name: "another route", Rules: "access_rules: {rules: []}", To: "upstream"},
		{Name: "stand-in", StandIn: "upstream"},
	} {
		if Unguarded(render(l)) == nil {
			t.Errorf("%s: nothing was found", l.Name)
		}
	}
}

// Each guard taken out of envoy.yaml is missed.
func TestUnguardedMissesEveryGuard(t *testing.T) {
	for _, c := range []struct{ old, new, problem string }{
		{"failure_policy: FAIL_RELOAD", "failure_policy: FAIL_OPEN", "failure_policy"},
		{"failure_policy: FAIL_RELOAD", "failure_policy: FAIL_RELOAD\n                        fail_open: true", "fail_open"},
		{"allow_on_headers_stop_iteration: true", "allow_on_headers_stop_iteration: false", "allow_on_headers_stop_iteration"},
		{"normalize_path: true", "normalize_path: false", "normalize_path"},
		{"merge_slashes: true", "x: true", "merge_slashes"},
		{"stream_idle_timeout: 60s", "stream_idle_timeout: 0s", "stream_idle_timeout"},
		{"request_timeout: 60s", "x: 60s", "request_timeout"},
		{"request_headers_timeout: 10s", "request_headers_timeout: 0.0s", "request_headers_timeout"},
		{"exact: allow", "prefix: allow", "without the filter's word"},
		{"key: wasm.oathgate.decision,", "key: wasm.other,", "without the filter's word"},
		{"filter_state: [{", "x: [{", "without the filter's word"},
		{"type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm", "type.googleapis.com/x", "filter, router"},
		{"- upgrade_type: websocket", "- { upgrade_type: websocket, filters: [{ name: envoy.filters.http.router }] }", "upgrade"},
		{"- remove: x-oathgate-cluster", "- remove: x-other", "x-oathgate-cluster stays"},
		{"%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "peer is not noted"},
		{"object_key: oathgate.peer", "object_key: other", "peer is not noted"},
		{"on_new_connection:", "on_downstream_tls_handshake:", "peer is not noted"},
		{"cluster_header: x-oathgate-cluster", "cluster: demo_upstream", "without the filter"},
		{"direct_response: { status: 403 }", "route: { cluster: demo_upstream }", "not a 403"},
		{"circuit_breakers:", "x:", "circuit breakers"},
		{"connect_timeout: 1s", "x: 1s", "connect_timeout"},
		{"mode: 384", "mode: 438", "not 0600"},
		{"{ pipe: { path: dist/admin.sock, mode: 384 } }", "{ socket_address: { address: 0.0.0.0, port_value: 9901 } }", "listens on 0.0.0.0"},
	} {
		original := shipped(t)
		changed := strings.Replace(original, c.old, c.new, 1)
		if changed == original {
			t.Errorf("envoy.yaml does not say %q", c.old)
			continue
		}
		if got := strings.Join(Unguarded([]byte(changed)), "; "); !strings.Contains(got, c.problem) {
			t.Errorf("%q instead of %q: found only %q", c.new, c.old, got)
		}
	}
}
