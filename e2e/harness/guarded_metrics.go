package harness

import (
	"fmt"
	"reflect"
)

const metricsTarget = "/stats/prometheus"

// isMetrics says that a connection manager has to do with the admin interface's metrics.
func isMetrics(m any) bool {
	for _, host := range list(at(m, "route_config", "virtual_hosts")) {
		for _, r := range list(at(host, "routes")) {
			if at(r, "route", "prefix_rewrite") == metricsTarget {
				return true
			}
		}
	}
	return false
}

// metrics wants one path that GET alone can ask for, and that leads to the metrics alone.
func (g *guards) metrics(name string, m any, hosts []any) {
	chain := list(at(m, "http_filters"))
	g.need(len(chain) == 1 && kind(chain[0]) == "router.v3.Router", "%s: metrics need the router alone", name)
	g.need(at(m, "upgrade_configs") == nil, "%s: metrics need no upgrades", name)
	for _, host := range hosts {
		routes := list(at(host, "routes"))
		if len(routes) != 2 {
			g.need(false, "%s: metrics need one route, and one that says 404", name)
			continue
		}
		match, action := at(routes[0], "match"), at(routes[0], "route")
		path := text(at(match, "path"))
		g.need(path != "" && path[0] == '/', "%s: the metrics are not one path", name)
		get := []any{map[string]any{"name": ":method", "string_match": map[string]any{"exact": "GET"}}}
		g.need(reflect.DeepEqual(at(match, "headers"), get), "%s: the metrics can be asked for by another method than GET", name)
		g.need(at(action, "prefix_rewrite") == metricsTarget, "%s: more than the metrics is shown", name)
		g.need(g.isAdmin(text(at(action, "cluster"))), "%s: the metrics are not the admin interface's", name)
		g.need(fmt.Sprint(at(routes[1], "direct_response", "status")) == "404", "%s: the last route is not a 404", name)
	}
}

// isAdmin says that a cluster leads to the admin's socket and nowhere else.
func (g *guards) isAdmin(name string) bool {
	for _, c := range g.clusters {
		if text(at(c, "name")) != name {
			continue
		}
		want := []any{map[string]any{"lb_endpoints": []any{map[string]any{"endpoint": map[string]any{
			"address": map[string]any{"pipe": map[string]any{"path": g.adminSocket}},
		}}}}}
		return g.adminSocket != "" && reflect.DeepEqual(at(c, "load_assignment", "endpoints"), want)
	}
	return false
}
