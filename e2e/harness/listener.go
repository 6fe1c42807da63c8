package harness

import (
	"fmt"
	"maps"
	"time"

	"github.com/goccy/go-yaml"
)

// Listener is one Envoy listener with a connection manager as envoy.yaml has it.
type Listener struct {
	Name string // unique in the bootstrap

	// Rules is the plugin configuration as YAML. What its `oathgate:` block does not say of role, routing, clusters,
	// routing header and peer is filled in. "" together with a nil Configuration: no filter in the chain.
	Rules string
	// Configuration replaces Rules: the JSON form of any protobuf message with its "@type".
	Configuration map[string]any
	// Module is another Wasm module than the one that build.sh makes.
	Module string
	// VM is the id of the filter's VM; "" = oathgate. Listeners with one id and module share a VM in each worker, and
	// what breaks it breaks it for all of them.
	VM string
	// Plugin is what else the filter's PluginConfig shall have, over what stands there.
	Plugin map[string]any

	// To is the cluster that the routes lead to, whatever the rules say: `routing: envoy`. "" = the cluster that the
	// filter names in the routing header, and 403 without that header.
	To string
	// NoInterlock leaves out what wants the filter's word in the filter state, to show that the rest is closed on its own.
	NoInterlock bool
	// HeaderGiven is a cluster that stands in the routing header without any filter's doing.
	HeaderGiven string
	// StandIn is a cluster: Envoy's own filters take the Wasm filter's place, allow everything and lead there. The
	// counter-check that a refusal seen elsewhere is not for want of a way.
	StandIn string

	StreamIdle time.Duration  // 0 = 15 s
	Manager    map[string]any // further fields of the connection manager, over those set here
	Chain      map[string]any // further fields of the filter chain: a transport socket
}

const (
	routingHeader = "x-oathgate-cluster"
	peerState     = "oathgate.peer"
	decisionKey   = "wasm.oathgate.decision"
	directPeer    = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"
	defaultIdle   = 15 * time.Second
)

// allowed is the filter's word. Routes that are ours match it; behind a filter whose routes are not, an RBAC filter
// does: it passes what the filter has allowed, and nothing else.
var (
	allowed        = object{"key": decisionKey, "string_match": object{"exact": "allow"}}
	interlockRules = object{"action": "ALLOW", "policies": object{"allowed-by-oathgate": object{
		"permissions": []object{{"any": true}},
		"principals":  []object{{"filter_state": allowed}},
	}}}
)

func (l Listener) filtered() bool { return l.Rules != "" || l.Configuration != nil }

// configuration is the plugin configuration in the JSON form of a protobuf Any.
func (l Listener) configuration(clusters map[string]string) (object, error) {
	if l.Configuration != nil {
		return l.Configuration, nil
	}
	var document object
	if err := yaml.Unmarshal([]byte(l.Rules), &document); err != nil {
		return nil, fmt.Errorf("listener %s: %w", l.Name, err)
	}
	origins := object{}
	for name := range clusters {
		origins["http://"+name+".test"] = name
	}
	block := object{
		"role": "proxy", "routing": "rules", "clusters": origins,
		"routing_header": routingHeader, "peer_state": peerState,
	}
	if l.To != "" {
		block["routing"] = "envoy"
	}
	if own, ok := document["oathgate"].(map[string]any); ok {
		maps.Copy(block, own)
	}
	document["oathgate"] = block
	return object{"@type": "type.googleapis.com/google.protobuf.Struct", "value": document}, nil
}

func (l Listener) render(b bootstrap) (object, error) {
	filters, err := l.filters(b)
	if err != nil {
		return nil, err
	}
	idle := l.StreamIdle
	if idle == 0 {
		idle = defaultIdle
	}
	manager := object{
		"stat_prefix":             l.Name,
		"normalize_path":          true,
		"merge_slashes":           true,
		"stream_idle_timeout":     seconds(idle),
		"request_timeout":         "60s",
		"request_headers_timeout": "10s",
		"upgrade_configs":         []object{{"upgrade_type": "websocket"}},
		"early_header_mutation_extensions": []object{extension(
			"envoy.http.early_header_mutation.header_mutation", "http.early_header_mutation.header_mutation.v3.HeaderMutation",
			object{"mutations": l.early()},
		)},
		"route_config": object{"virtual_hosts": []object{{"name": "all", "domains": []string{"*"}, "routes": l.routes()}}},
		"http_filters": filters,
	}
	maps.Copy(manager, l.Manager)
	chain := object{"filters": []object{
		extension("oathgate.peer", "filters.network.set_filter_state.v3.Config", object{"on_new_connection": []object{{
			"object_key": peerState, "factory_key": "envoy.string",
			"format_string": object{"text_format_source": object{"inline_string": directPeer}},
		}}}),
		extension("http", "filters.network.http_connection_manager.v3.HttpConnectionManager", manager),
	}}
	maps.Copy(chain, l.Chain)
	return object{"name": l.Name, "address": socket(0), "filter_chains": []object{chain}}, nil
}

func (l Listener) early() []object {
	mutations := []object{{"remove": routingHeader}}
	for _, cluster := range []string{l.HeaderGiven, l.StandIn} {
		if cluster != "" {
			mutations = append(mutations, set(routingHeader, cluster))
		}
	}
	return mutations
}

func (l Listener) routes() []object {
	if l.To != "" {
		return []object{{"match": object{"prefix": "/"}, "route": object{"cluster": l.To}}}
	}
	opened := object{"prefix": "/", "headers": []object{{"name": routingHeader, "present_match": true}}}
	if !l.NoInterlock {
		opened["filter_state"] = []object{allowed}
	}
	return []object{
		{
			"match":                     opened,
			"route":                     object{"cluster_header": routingHeader},
			"request_headers_to_remove": []string{routingHeader},
		},
		{"match": object{"prefix": "/"}, "direct_response": object{"status": 403}},
	}
}

func (l Listener) filters(b bootstrap) ([]object, error) {
	var filters []object
	switch {
	case l.StandIn != "":
		filters = append(filters, extension("standin", "filters.http.set_filter_state.v3.Config", object{
			"on_request_headers": []object{{
				"object_key": decisionKey, "factory_key": "envoy.string",
				"format_string": object{"text_format_source": object{"inline_string": "allow"}},
			}},
		}), extension("reroute", "filters.http.lua.v3.Lua", object{"default_source_code": object{
			"inline_string": "function envoy_on_request(handle) handle:clearRouteCache() end",
		}}))
	case l.filtered():
		wasm, err := l.wasm(b)
		if err != nil {
			return nil, err
		}
		filters = append(filters, wasm)
	}
	if l.To != "" && !l.NoInterlock {
		filters = append(filters, extension("oathgate.interlock", "filters.http.rbac.v3.RBAC", object{"rules": interlockRules}))
	}
	return append(filters, extension("envoy.filters.http.router", "filters.http.router.v3.Router", object{})), nil
}

func (l Listener) wasm(b bootstrap) (object, error) {
	configuration, err := l.configuration(b.clusters)
	if err != nil {
		return nil, err
	}
	module := b.module
	if l.Module != "" {
		module = l.Module
	}
	vm := l.VM
	if vm == "" {
		vm = "oathgate"
	}
	plugin := object{
		"name":                            "oathgate",
		"failure_policy":                  "FAIL_RELOAD",
		"allow_on_headers_stop_iteration": true,
		"vm_config": object{
			"vm_id": vm, "runtime": "envoy.wasm.runtime.v8",
			"code": object{"local": object{"filename": module}},
		},
		"configuration": configuration,
	}
	maps.Copy(plugin, l.Plugin)
	return extension("oathgate", "filters.http.wasm.v3.Wasm", object{"config": plugin}), nil
}
