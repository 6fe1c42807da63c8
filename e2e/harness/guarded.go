package harness

import (
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
)

// Unguarded checks a bootstrap, YAML or JSON, as an operator would run it, and returns what it lacks of the guards
// that every configuration of ours carries: in each connection manager the filter, right before the router,
// routes that the filter alone can open (the interlock), the routing header taken from the client, the peer noted, time limits and path
// normalisation, in upgrades too; circuit breakers on every cluster, and a name and authorities to check where there is
// TLS; a private admin interface. Filters and clusters that stand in files of their own are looked for there. Only a
// connection manager that shows Envoy's metrics and nothing else may do without the filter.
func Unguarded(bootstrap []byte) []string {
	var root any
	if err := yaml.Unmarshal(bootstrap, &root); err != nil {
		return []string{err.Error()}
	}
	g := &guards{adminSocket: text(at(root, "admin", "address", "pipe", "path"))}
	g.admin(at(root, "admin", "address"))
	g.clusters = list(at(root, "static_resources", "clusters"))
	if config := at(root, "dynamic_resources", "cds_config"); config != nil {
		g.clusters = append(g.clusters, g.resources("clusters", config)...)
	}
	for _, kind := range []string{"lds_config", "ads_config"} {
		g.need(at(root, "dynamic_resources", kind) == nil, "what %s brings is not seen here", kind)
	}
	managers := 0
	for _, l := range list(at(root, "static_resources", "listeners")) {
		for _, chain := range list(at(l, "filter_chains")) {
			for _, f := range list(at(chain, "filters")) {
				if strings.HasSuffix(text(at(f, "typed_config", "@type")), ".HttpConnectionManager") {
					managers++
					g.manager(at(f, "typed_config"))
					if !isMetrics(at(f, "typed_config")) {
						g.peer(chain)
					}
				}
			}
		}
	}
	g.need(managers > 0, "there is no connection manager")
	for _, c := range g.clusters {
		g.cluster(c)
	}
	return g.problems
}

type guards struct {
	problems    []string
	clusters    []any
	adminSocket string
}

func (g *guards) cluster(c any) {
	name := text(at(c, "name"))
	g.need(text(at(c, "connect_timeout")) != "", "cluster %s: no connect_timeout", name)
	g.need(len(list(at(c, "circuit_breakers", "thresholds"))) > 0, "cluster %s: no circuit breakers", name)
	if socket := at(c, "transport_socket"); socket != nil {
		check := at(socket, "typed_config", "common_tls_context", "validation_context")
		g.need(at(check, "trusted_ca") != nil, "cluster %s: TLS without authorities", name)
		g.need(len(list(at(check, "match_typed_subject_alt_names"))) > 0, "cluster %s: TLS with whoever answers", name)
	}
}

func (g *guards) need(ok bool, format string, args ...any) {
	if !ok {
		g.problems = append(g.problems, fmt.Sprintf(format, args...))
	}
}

func (g *guards) admin(address any) {
	if host := text(at(address, "socket_address", "address")); host != "" {
		ip := net.ParseIP(host)
		g.need(ip != nil && ip.IsLoopback(), "admin listens on %s", host)
		return
	}
	g.need(text(at(address, "pipe", "path")) != "", "admin has no address of its own")
	g.need(fmt.Sprint(at(address, "pipe", "mode")) == "384", "the admin socket's mode is not 0600")
}

func (g *guards) manager(m any) {
	name := text(at(m, "stat_prefix"))
	for _, field := range []string{"stream_idle_timeout", "request_timeout", "request_headers_timeout"} {
		limit := text(at(m, field))
		g.need(limit != "" && strings.Trim(limit, "0.s") != "", "%s: no %s", name, field)
	}
	hosts := list(at(m, "route_config", "virtual_hosts"))
	if isMetrics(m) {
		g.metrics(name, m, hosts)
		return
	}
	g.paths(name, m, hosts)
	g.chain(name, list(at(m, "http_filters")))
	for _, u := range list(at(m, "upgrade_configs")) {
		if own := list(at(u, "filters")); len(own) > 0 {
			g.chain(name+", upgrade", own)
		}
	}
	g.early(name, list(at(m, "early_header_mutation_extensions")))
	g.need(len(hosts) > 0, "%s: the routes do not stand here", name)
	for _, host := range hosts {
		g.routes(name, list(at(host, "routes")))
	}
}

// paths: an upstream gets the path that was judged. Without one a decision is asked for, about a path behind
// /decisions that must not be cleaned away.
func (g *guards) paths(name string, m any, hosts []any) {
	if strings.Contains(fmt.Sprint(hosts), "cluster_header") {
		g.need(at(m, "normalize_path") == true, "%s: normalize_path is not true", name)
		g.need(at(m, "merge_slashes") == true, "%s: merge_slashes is not true", name)
		return
	}
	g.need(at(m, "normalize_path") == false, "%s: normalize_path is not false", name)
	g.need(at(m, "merge_slashes") != true, "%s: merge_slashes is true", name)
}

func (g *guards) chain(name string, filters []any) {
	filters = g.followed(name, filters)
	wasm := slices.IndexFunc(filters, func(f any) bool { return kind(f) == "wasm.v3.Wasm" })
	if wasm < 0 || wasm+2 != len(filters) || kind(filters[len(filters)-1]) != "router.v3.Router" {
		g.need(false, "%s: the chain does not end in filter, router", name)
		return
	}
	for _, f := range filters[:wasm] {
		g.need(!strings.Contains(fmt.Sprint(f), decisionKey), "%s: a filter before ours has to do with its decision", name)
	}
	plugin := at(filters[wasm], "typed_config", "config")
	g.need(at(plugin, "failure_policy") == "FAIL_RELOAD", "%s: failure_policy is not FAIL_RELOAD", name)
	g.need(at(plugin, "fail_open") == nil, "%s: fail_open is set", name)
	g.need(at(plugin, "allow_on_headers_stop_iteration") == true, "%s: allow_on_headers_stop_iteration is not true", name)
}

func (g *guards) early(name string, extensions []any) {
	var removed []string
	for _, e := range extensions {
		for _, m := range list(at(e, "typed_config", "mutations")) {
			removed = append(removed, text(at(m, "remove")))
		}
	}
	g.need(slices.Contains(removed, routingHeader), "%s: a client's %s stays", name, routingHeader)
}

// peer: the connection's other end is noted by a network filter before the connection manager.
func (g *guards) peer(chain any) {
	filters := list(at(chain, "filters"))
	noted := len(filters) == 2 && strings.HasSuffix(text(at(filters[0], "typed_config", "@type")), ".set_filter_state.v3.Config")
	var states []any
	if noted {
		states = list(at(filters[0], "typed_config", "on_new_connection"))
	}
	g.need(len(states) == 1 && at(states[0], "object_key") == peerState && at(states[0], "factory_key") == "envoy.string" &&
		at(states[0], "format_string", "text_format_source", "inline_string") == directPeer, "the peer is not noted")
}

func (g *guards) routes(name string, routes []any) {
	if len(routes) == 0 {
		g.need(false, "%s: no routes", name)
		return
	}
	last := len(routes) - 1
	g.need(fmt.Sprint(at(routes[last], "direct_response", "status")) == "403", "%s: the last route is not a 403", name)
	for _, r := range routes[:last] {
		action := at(r, "route")
		if action == nil || g.isEmpty(text(at(action, "cluster"))) {
			continue
		}
		g.need(at(action, "cluster_header") == routingHeader, "%s: a route leads on without the filter", name)
		g.need(reflect.DeepEqual(plain(at(r, "match", "filter_state")), plain([]object{allowed})), "%s: a route leads on without the filter's word", name)
	}
}

// isEmpty says that a cluster of this name has no host and gets none.
func (g *guards) isEmpty(name string) bool {
	return slices.ContainsFunc(g.clusters, func(c any) bool {
		return name != "" && text(at(c, "name")) == name && at(c, "load_assignment") == nil && at(c, "cluster_type") == nil &&
			at(c, "eds_cluster_config") == nil && (at(c, "type") == nil || at(c, "type") == "STATIC")
	})
}

// kind is a filter's message below envoy.extensions.filters.http.
func kind(filter any) string {
	return strings.TrimPrefix(text(at(filter, "typed_config", "@type")), "type.googleapis.com/envoy.extensions.filters.http.")
}

func at(node any, path ...string) any {
	for _, key := range path {
		m, _ := node.(map[string]any)
		node = m[key]
	}
	return node
}

func list(node any) []any { l, _ := node.([]any); return l }

func text(node any) string { s, _ := node.(string); return s }

// plain is a tree as JSON would give it back.
func plain(node any) any {
	b, err := yaml.MarshalWithOptions(node, yaml.JSON())
	if err != nil {
		return err
	}
	var out any
	if err := yaml.Unmarshal(b, &out); err != nil {
		return err
	}
	return out
}
