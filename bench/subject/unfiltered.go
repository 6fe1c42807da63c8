package subject

import (
	"context"
	"net/http"
	"slices"

	"oathgate/bench/workload"
)

// unfiltered is the Envoy of envoy.yaml, with its timeouts, limits and reading of paths, but without what is there for
// the filter's sake: the filter, the peer's address that it reads, the routing header and the interlock.
type unfiltered struct{ *oathgate }

func (u unfiltered) Title() string   { return "the same Envoy without the filter" }
func (u unfiltered) Version() string { return "Envoy " + u.opt.Envoy.Version }

func (u unfiltered) Serves(s *workload.Setup, w *workload.Workload) bool {
	return s.Rules == 1 && s.Handlers.Authenticator == workload.Anonymous && w.Status == http.StatusOK
}

func (u unfiltered) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	return started(ctx, u.opt, u, setup, nothing, func(l *launch) error {
		config, err := u.config(l.dir, setup)
		if err != nil {
			return err
		}
		if err := unfilter(config, u.opt.Upstream); err != nil {
			return err
		}
		return l.proxy(ctx, config)
	})
}

// unfilter takes the filter, and what it needs, out of a configuration that has it.
func unfilter(config object, upstream *Upstream) error {
	var d digger
	static := d.object(config, "static_resources")
	chain := d.object(static, "listeners", 0, "filter_chains", 0)
	last := len(asList(chain["filters"])) - 1
	network := d.object(chain, "filters", last)
	manager := d.object(network, "typed_config")
	d.filter(d.object(static, "listeners", 0))
	if d.err != nil {
		return d.err
	}
	chain["filters"] = list{network}
	manager["http_filters"] = slices.DeleteFunc(asList(manager["http_filters"]), func(f any) bool { return d.object(f)["name"] == "oathgate" })
	manager["route_config"] = object{"virtual_hosts": list{object{"name": benchListener, "domains": list{"*"}, "routes": toUpstream()}}}
	delete(manager, "early_header_mutation_extensions")
	clusters := asList(static["clusters"])
	breakers := d.object(clusters[0], "circuit_breakers")
	static["clusters"] = list{cluster("upstream", upstream.open, object{"circuit_breakers": breakers})}
	return d.err
}

func asList(node any) list {
	l, _ := node.(list)
	return l
}
