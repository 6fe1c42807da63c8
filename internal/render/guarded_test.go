package render_test

import (
	"encoding/pem"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/internal/render"
)

func rendered(t *testing.T) (dir string) {
	t.Helper()
	parent, err := os.MkdirTemp("", "render-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(parent) })
	server := httptest.NewTLSServer(nil)
	defer server.Close()
	bundle := filepath.Join(parent, "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(parent, "envoy")
	_, err = render.Write(render.Config{
		Proxy:         render.Listener{CORS: &render.CORS{AllowedOrigins: []string{"*"}}},
		API:           render.Listener{CORS: &render.CORS{AllowedOrigins: []string{"*"}}},
		Prometheus:    render.Metrics{Path: "/metrics"},
		ProxyDocument: []byte("{}"), APIDocument: []byte("{}"),
		Origins:  []render.Origin{{Scheme: "https", Host: "id.test", Port: 443, Cluster: "id"}},
		CABundle: bundle, Module: bundle, Dir: dir,
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func unguarded(t *testing.T, dir string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, "bootstrap.json"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(harness.Unguarded(b), "; ")
}

func TestRenderedIsGuarded(t *testing.T) {
	if problems := unguarded(t, rendered(t)); problems != "" {
		t.Error(problems)
	}
}

// Each guard taken out of the rendered files is missed, wherever it stands.
func TestUnguardedMissesEveryGuard(t *testing.T) {
	for _, c := range []struct{ file, old, new, problem string }{
		{"ecds-proxy.json", `"failure_policy": "FAIL_RELOAD"`, `"failure_policy": "FAIL_OPEN"`, "proxy: failure_policy"},
		{"ecds-api.json", `"allow_on_headers_stop_iteration": true`, `"x": true`, "api: allow_on_headers_stop_iteration"},
		{"ecds-api.json", `"name": "oathgate.api"`, `"name": "other"`, "api: the chain does not end"},
		{"ecds-api.json", `filters.http.wasm.v3.Wasm`, `filters.http.lua.v3.Lua`, "api: the chain does not end"},
		{"bootstrap.json", `"type_urls": [`, `"type_urls": ["type.googleapis.com/x",`, "another type"},
		{"bootstrap.json", `"config_discovery": {`, `"config_discovery": {"default_config": {},`, "has a default"},
		{"bootstrap.json", `"config_discovery": {`, `"config_discovery": {"apply_default_config_without_warming": true,`, "not waited for"},
		{"bootstrap.json", `"config_discovery": {`, `"is_optional": true, "config_discovery": {`, "is optional"},
		{"bootstrap.json", `ecds-proxy.json`, `ecds-none.json`, "proxy: filters: open"},
		{"bootstrap.json", `"exact": "allow"`, `"prefix": "a"`, "without the filter's word"},
		{"bootstrap.json", `"filter_state"`, `"x"`, "without the filter's word"},
		{"bootstrap.json", `"object_key": "oathgate.url"`, `"object_key": "wasm.oathgate.decision"`, "to do with its decision"},
		{"bootstrap.json", `"cluster_header": "x-oathgate-cluster"`, `"cluster": "id"`, "without the filter"},
		{"bootstrap.json", `"cluster": "oathgate_nowhere"`, `"cluster": "id"`, "without the filter"},
		{"bootstrap.json", `"status": 403`, `"status": 200`, "not a 403"},
		{"bootstrap.json", `"virtual_hosts"`, `"x"`, "routes do not stand here"},
		{"bootstrap.json", `"object_key": "oathgate.peer"`, `"object_key": "x"`, "peer is not noted"},
		{"bootstrap.json", `"normalize_path": true`, `"normalize_path": false`, "proxy: normalize_path"},
		{"bootstrap.json", `"normalize_path": false`, `"normalize_path": true`, "api: normalize_path"},
		{"bootstrap.json", `"normalize_path": false`, `"merge_slashes": true, "normalize_path": false`, "api: merge_slashes"},
		{"bootstrap.json", `"stream_idle_timeout"`, `"x"`, "stream_idle_timeout"},
		{"bootstrap.json", `"exact": "GET"`, `"exact": "POST"`, "another method"},
		{"bootstrap.json", `"path": "/metrics"`, `"prefix": "/"`, "not one path"},
		{"bootstrap.json", `"prefix_rewrite": "/stats/prometheus"`, `"prefix_rewrite": "/"`, "filter, router"},
		{"bootstrap.json", `"cluster": "oathgate_admin"`, `"cluster": "id"`, "not the admin interface's"},
		{"bootstrap.json", `"status": 404`, `"status": 200`, "not a 404"},
		{"bootstrap.json", `"mode": 384`, `"mode": 438`, "not 0600"},
		{"bootstrap.json", `"cds_config"`, `"ads_config"`, "is not seen here"},
		{"bootstrap.json", `cds.json"`, `none.json"`, "clusters: open"},
		{"cds.json", `"circuit_breakers"`, `"x"`, "cluster id: no circuit breakers"},
		{"cds.json", `"connect_timeout"`, `"x"`, "cluster id: no connect_timeout"},
		{"cds.json", `"trusted_ca"`, `"x"`, "cluster id: TLS without authorities"},
		{"cds.json", `"match_typed_subject_alt_names"`, `"x"`, "cluster id: TLS with whoever answers"},
	} {
		dir := rendered(t)
		path := filepath.Join(dir, c.file)
		original, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(string(original), c.old, c.new, 1)
		if changed == string(original) {
			t.Errorf("%s does not say %q", c.file, c.old)
			continue
		}
		if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := unguarded(t, dir); !strings.Contains(got, c.problem) {
			t.Errorf("%q instead of %q: found only %q", c.new, c.old, got)
		}
	}
}
