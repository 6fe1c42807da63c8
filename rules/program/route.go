package program

import (
	"strings"

	"oathgate/rules"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// Route is where an allowed request goes.
type Route struct {
	// Cluster is the Envoy cluster.
	Cluster string
	// Authority is the new Host, "" to keep the client's.
	Authority string
	// Target is the new path and query, "" to keep the client's.
	Target string
}

// RulesRoute reports whether the rules' upstreams decide where requests go; if not,
// the routes are somebody else's.
func (p *Program) RulesRoute() bool { return p.options.Routing == rules.RoutingRules }

// Route gives where the rule sends r; the zero Route where somebody else's routes decide.
func (p *Program) Route(rule *Rule, r *request.Request) (Route, error) {
	if !p.RulesRoute() {
		return Route{}, nil
	}
	up := rule.Upstream
	if up == nil {
		return Route{}, pipeline.Internal("the rule has no upstream.url")
	}
	target, refusal := request.Rewrite(r, up.Rewrite)
	if refusal != nil {
		return Route{}, pipeline.Malformed(refusal)
	}
	route := Route{Cluster: up.Endpoint.Cluster, Target: target}
	if sameTarget(r, target) {
		route.Target = ""
	}
	if !up.PreserveHost {
		route.Authority = up.Endpoint.Authority
	}
	return route, nil
}

// sameTarget reports whether target is what the client sent: then it need not be
// set.
func sameTarget(r *request.Request, target string) bool {
	if !r.HasQuery {
		return target == r.RawPath
	}
	path, query, _ := strings.Cut(target, "?")
	return len(target) > len(path) && path == r.RawPath && query == r.RawQuery
}
