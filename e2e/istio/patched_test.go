package istio

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/internal/supervise"
)

// A gateway as Istio makes it of the objects, for which its translation is followed by hand
// (istio/istio: pilot/pkg/model/extensions.go, pilot/pkg/networking/core/listener_builder.go and envoyfilter): whether
// Envoy takes what is in them, and what it does then.
func TestPatched(t *testing.T) {
	s := newSite(t)
	envoy := s.start(t, s.listener("whole", true, true), s.listener("without-filter", false, true), s.listener("open", false, false))
	s.judged(t, envoy["whole"])
	s.shut(t, envoy["without-filter"])
	// There is a way, were there no guards.
	if reply := envoy["open"].Get(t, "/open/a"); reply.Status != 200 {
		t.Errorf("without anything: %d", reply.Status)
	}
}

func at(node any, path ...string) any {
	for _, key := range path {
		m, _ := node.(object)
		node = m[key]
	}
	return node
}

// listener is Istio's, with the WasmPlugin and the EnvoyFilter applied or not.
func (s *site) listener(name string, filter, guards bool) object {
	manager := object{
		"@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
		// With what Istio has of its own.
		"stat_prefix": name, "stream_idle_timeout": "0s", "normalize_path": true, "use_remote_address": true,
		"upgrade_configs": []object{{"upgrade_type": "websocket"}},
		"route_config":    object{"virtual_hosts": []object{{"name": "all", "domains": []string{"*"}, "routes": []object{{"match": object{"prefix": "/"}, "route": object{"cluster": "upstream"}}}}}},
	}
	http := []any{object{"name": "envoy.filters.http.router", "typed_config": object{"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}}
	if filter {
		http = slices.Insert(http, 0, any(s.wasm()))
	}
	network := []any{object{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}}
	patches, _ := at(s.objects["EnvoyFilter"], "spec", "configPatches").([]any)
	for _, p := range patches {
		if !guards {
			break
		}
		value := at(p, "patch", "value")
		switch at(p, "applyTo").(string) + " " + at(p, "patch", "operation").(string) {
		case "NETWORK_FILTER MERGE":
			maps.Copy(manager, at(value, "typed_config").(object))
		case "NETWORK_FILTER INSERT_BEFORE":
			network = slices.Insert(network, len(network)-1, value)
		case "HTTP_FILTER INSERT_BEFORE":
			http = slices.Insert(http, len(http)-1, value)
		}
	}
	manager["http_filters"] = http
	return object{
		"name": name, "address": object{"socket_address": object{"address": "127.0.0.1", "port_value": 0}},
		"filter_chains": []object{{"filters": network}},
	}
}

// wasm is the filter: without allow_on_headers_stop_iteration, for which a WasmPlugin has no field.
func (s *site) wasm() object {
	spec := s.objects["WasmPlugin"]["spec"].(object)
	document, _ := json.Marshal(spec["pluginConfig"])
	return object{"name": "default.oathgate", "typed_config": object{
		"@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
		"config": object{
			"name": "default.oathgate", "failure_policy": spec["failStrategy"],
			"configuration": object{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(document)},
			"vm_config": object{
				"runtime": "envoy.wasm.runtime.v8",
				"code":    object{"local": object{"filename": spec["url"].(string)[len("file://"):]}},
			},
		},
	}}
}

// start runs an Envoy with these listeners and gives where they listen.
func (s *site) start(t *testing.T, listeners ...object) map[string]harness.Endpoint {
	t.Helper()
	process := run(t, object{"static_resources": object{"listeners": listeners, "clusters": []object{
		cluster(t, "upstream", s.upstream.Address()),
		cluster(t, fmt.Sprintf("outbound|%d||%s", portOf(t, s.identity.Address()), identityHost), s.identity.Address()),
	}}})
	addresses, err := harness.Listening(t.Context(), process.Admin())
	if err != nil {
		t.Fatal(err)
	}
	endpoints := map[string]harness.Endpoint{}
	for name, address := range addresses {
		endpoints[name] = harness.Endpoint{Address: address}
	}
	return endpoints
}

func cluster(t *testing.T, name, address string) object {
	t.Helper()
	endpoint := object{"endpoint": object{"address": object{"socket_address": object{"address": "127.0.0.1", "port_value": portOf(t, address)}}}}
	return object{"name": name, "connect_timeout": "2s", "load_assignment": object{
		"cluster_name": name, "endpoints": []object{{"lb_endpoints": []object{endpoint}}},
	}}
}

// run runs an Envoy until the test ends.
func run(t *testing.T, bootstrap object) *supervise.Process {
	t.Helper()
	// Not t.TempDir: the path of a Unix socket has little room.
	dir, err := os.MkdirTemp("", "oathgate-istio-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	bootstrap["admin"] = object{"address": object{"pipe": object{"path": filepath.Join(dir, "admin.sock"), "mode": 0o600}}}
	text, err := json.Marshal(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		t.Fatal(err)
	}
	binary, err := supervise.Find(t.Context(), supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	process, err := supervise.Start(t.Context(), supervise.Options{Envoy: binary.Path, Config: config, Concurrency: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		process.Stop()
		if t.Failed() {
			t.Logf("the end of Envoy's log:\n%s", process.Log(40))
		}
	})
	return process
}
