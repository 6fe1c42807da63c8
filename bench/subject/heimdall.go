package subject

import (
	"context"
	"net/http"

	"oathgate/bench/workload"
)

// heimdall is heimdall as a proxy.
type heimdall struct {
	opt  Options
	peer *peer
}

func (h *heimdall) Name() string    { return "heimdall" }
func (h *heimdall) Title() string   { return "heimdall, proxy" }
func (h *heimdall) Version() string { return h.peer.version() }
func (h *heimdall) Missing() string { return h.peer.missing }

func (h *heimdall) Serves(*workload.Setup, *workload.Workload) bool { return true }

func (h *heimdall) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	return started(ctx, h.opt, h, setup, byRule, func(l *launch) error {
		at, err := l.heimdall(h.peer, setup, h.opt.Upstream, "proxy")
		l.address = at
		return err
	})
}

// heimdall starts heimdall in a mode, with its further arguments, and returns where it is going to listen.
func (l *launch) heimdall(p *peer, setup *workload.Setup, u *Upstream, mode ...string) (string, error) {
	ports, err := freePorts(2)
	if err != nil {
		return "", err
	}
	rules, err := l.file("rules.yaml", ruleSet(setup, u))
	if err != nil {
		return "", err
	}
	path, err := l.file("heimdall.yaml", object{
		"serve":      object{"host": "127.0.0.1", "port": ports[0]},
		"management": object{"host": "127.0.0.1", "port": ports[1]},
		"log":        object{"level": "error"},
		"metrics":    object{"enabled": false},
		"tracing":    object{"enabled": false},
		"mechanisms": object{
			"authenticators": list{authenticatorOf(setup, u)},
			"authorizers":    list{object{"id": "authorizer", "type": authorizerName(setup)}},
			"finalizers": list{object{
				"id": "header", "type": "header", "config": object{"headers": object{"X-User": "{{ .Subject.ID }}"}},
			}},
		},
		"providers": object{"file_system": object{"src": rules}},
	})
	if err != nil {
		return "", err
	}
	args := append(append([]string{"serve"}, mode...), "-c", path, "--insecure")
	return loopback(ports[0]), l.program(p.path, []string{"OTEL_METRICS_EXPORTER=none", "OTEL_TRACES_EXPORTER=none"}, args...)
}

// authenticatorOf is what heimdall has for a setup's authenticator.
func authenticatorOf(s *workload.Setup, u *Upstream) object {
	server := "http://" + u.identity
	issuers := list{workload.Issuer}
	var kind string
	var config object
	switch s.Handlers.Authenticator {
	case workload.JWT:
		kind, config = "jwt", object{
			"jwks_endpoint": object{"url": server + keysPath(s)},
			"assertions": object{
				"issuers": issuers, "audience": list{workload.Audience}, "allowed_algorithms": list{s.Handlers.Algorithm},
			},
		}
	case workload.Introspection:
		kept := "0s"
		if s.Handlers.Cached {
			kept = "1h"
		}
		kind, config = "oauth2_introspection", object{
			"introspection_endpoint": object{"url": server + workload.IntrospectPath},
			"assertions":             object{"issuers": issuers},
			"cache_ttl":              kept,
		}
	case workload.Session:
		kind, config = "generic", object{
			"identity_info_endpoint":     object{"url": server + workload.SessionPath, "method": http.MethodGet},
			"authentication_data_source": list{object{"cookie": workload.SessionCookie}},
			"forward_cookies":            list{workload.SessionCookie},
			"principal":                  object{"id": "identity.id"},
		}
	default:
		kind, config = "anonymous", object{"principal": s.Handlers.Subject}
	}
	return object{"id": "authenticator", "type": kind, "config": config}
}

// ruleSet is a setup's rules as heimdall has them.
func ruleSet(s *workload.Setup, u *Upstream) object {
	rules := make([]object, len(s.Access))
	for i, r := range s.Access {
		path := object{"path": r.Path}
		if r.Digits != "" {
			path["captures"] = list{object{"name": r.Digits, "type": "regex", "value": "^[0-9]+$"}}
		}
		match := object{"paths": list{path}, "methods": list{http.MethodGet}}
		if r.Host != "" {
			match["hosts"] = list{r.Host}
		}
		rules[i] = object{
			"id": r.ID, "match": object{"http": match}, "forward_to": object{"host": u.strict},
			"execute": list{
				object{"authenticator": "authenticator"}, object{"authorizer": "authorizer"}, object{"finalizer": "header"},
			},
		}
	}
	return object{"version": "1beta1", "name": "bench", "rules": rules}
}
