package subject

import (
	"context"
	"net/http"
	"strings"

	"oathgate/bench/workload"
)

// native is an Envoy with a filter of its own, or none.
type native struct {
	opt         Options
	name, title string
	serves      func(*workload.Setup, *workload.Workload) bool
	filters     func(*workload.Setup) []object
	upstream    string
	proof       proof
}

// bare is Envoy without any filter. What it allows costs it the same, whatever others make of it.
func bare(opt Options) Subject {
	return &native{
		opt: opt, name: "envoy", title: "bare Envoy", upstream: opt.Upstream.open, proof: nothing,
		serves:  func(_ *workload.Setup, w *workload.Workload) bool { return w.Status == http.StatusOK },
		filters: func(*workload.Setup) []object { return nil },
	}
}

// jwtAuthn is Envoy with its own check of tokens, for which they have a claim made a header of. kept is the size of its
// token cache; 0 is none.
func jwtAuthn(opt Options, name, title string, kept int) Subject {
	return &native{
		opt: opt, name: name, title: title, upstream: opt.Upstream.strict, proof: byFilter,
		serves:  func(s *workload.Setup, _ *workload.Workload) bool { return s.Handlers.Authenticator == workload.JWT },
		filters: func(s *workload.Setup) []object { return []object{jwtFilter(s, kept)} },
	}
}

// rbac is Envoy with its own access rules, which say nothing to the upstream.
func rbac(opt Options) Subject {
	return &native{
		opt: opt, name: "envoy-rbac", title: "Envoy rbac", upstream: opt.Upstream.open, proof: byFilter,
		serves: func(s *workload.Setup, _ *workload.Workload) bool {
			return s.Handlers.Authenticator == workload.Anonymous && s.Rules == 1
		},
		filters: func(s *workload.Setup) []object { return []object{rbacFilter(s)} },
	}
}

func (n *native) Name() string    { return n.name }
func (n *native) Title() string   { return n.title }
func (n *native) Version() string { return "Envoy " + n.opt.Envoy.Version }
func (n *native) Missing() string { return "" }

func (n *native) Serves(s *workload.Setup, w *workload.Workload) bool { return n.serves(s, w) }

func (n *native) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	return started(ctx, n.opt, n, setup, n.proof, func(l *launch) error {
		return l.proxy(ctx, bootstrap(l.dir,
			[]object{listener(benchListener, toUpstream(), n.filters(setup))},
			[]object{cluster("upstream", n.upstream, nil)}))
	})
}

// jwtFilter has its keys in the configuration.
func jwtFilter(s *workload.Setup, kept int) object {
	provider := object{
		"issuer":           workload.Issuer,
		"audiences":        list{workload.Audience},
		"local_jwks":       object{"inline_string": s.KeySet},
		"forward":          true,
		"claim_to_headers": list{object{"header_name": "x-user", "claim_name": "sub"}},
	}
	if kept > 0 {
		provider["jwt_cache_config"] = object{"jwt_cache_size": kept}
	}
	return extension("envoy.filters.http.jwt_authn", "filters.http.jwt_authn.v3.JwtAuthentication", object{
		"providers": object{"bench": provider},
		"rules":     list{object{"match": object{"prefix": "/"}, "requires": object{"provider_name": "bench"}}},
	})
}

// rbacFilter allows what the rule matches, to everybody or to nobody.
func rbacFilter(s *workload.Setup) object {
	who, rule := object{"any": true}, s.Access[0]
	if s.Handlers.Deny {
		who = object{"not_id": who}
	}
	return extension("envoy.filters.http.rbac", "filters.http.rbac.v3.RBAC", object{"rules": object{
		"action": "ALLOW",
		"policies": object{rule.ID: object{
			"permissions": list{object{"and_rules": object{"rules": list{
				object{"header": has(":method", "exact", http.MethodGet)},
				object{"url_path": object{"path": object{"prefix": strings.TrimSuffix(rule.Path, "**")}}},
			}}}},
			"principals": list{who},
		}},
	}})
}
