package subject

import (
	"context"

	"oathgate/bench/workload"
)

// extAuthz is an Envoy that asks another program about each request.
type extAuthz struct {
	opt         Options
	name, title string
	peer        *peer
	// ask starts the other program and returns the filter that asks it and the cluster that leads to it.
	ask func(*launch, *peer, *workload.Setup, *Upstream) (filter, cluster object, err error)
}

func (e *extAuthz) Name() string    { return e.name }
func (e *extAuthz) Title() string   { return e.title }
func (e *extAuthz) Missing() string { return e.peer.missing }

func (e *extAuthz) Version() string {
	if e.peer.missing != "" {
		return ""
	}
	return "Envoy " + e.opt.Envoy.Version + ", " + e.peer.version()
}

func (e *extAuthz) Serves(*workload.Setup, *workload.Workload) bool { return true }

func (e *extAuthz) Start(ctx context.Context, setup *workload.Setup) (*Running, error) {
	u := e.opt.Upstream
	return started(ctx, e.opt, e, setup, byRule, func(l *launch) error {
		filter, authorizer, err := e.ask(l, e.peer, setup, u)
		if err != nil {
			return err
		}
		return l.proxy(ctx, bootstrap(l.dir,
			[]object{listener(benchListener, toUpstream(), []object{filter})},
			[]object{cluster("upstream", u.strict, nil), authorizer}))
	})
}

const (
	authorizerCluster = "authorizer"
	authorizerTimeout = "10s"
)

// askOathkeeper asks its decision API over HTTP.
func askOathkeeper(l *launch, p *peer, setup *workload.Setup, u *Upstream) (filter, authorizer object, err error) {
	_, api, err := l.oathkeeper(p, setup, u)
	return authzFilter(object{
		"http_service": object{
			"server_uri":  object{"uri": "http://" + api, "cluster": authorizerCluster, "timeout": authorizerTimeout},
			"path_prefix": "/decisions",
			"authorization_response": object{
				"allowed_upstream_headers": object{"patterns": list{object{"exact": "x-user", "ignore_case": true}}},
			},
		},
		// Authorization goes along anyway.
		"allowed_headers": object{"patterns": list{object{"exact": "accept"}, object{"exact": "cookie"}}},
	}), cluster(authorizerCluster, api, nil), err
}

// askHeimdall asks it over gRPC.
func askHeimdall(l *launch, p *peer, setup *workload.Setup, u *Upstream) (filter, authorizer object, err error) {
	at, err := l.heimdall(p, setup, u, "decision", "--envoy-grpc")
	return authzFilter(object{
			"grpc_service": object{"envoy_grpc": object{"cluster_name": authorizerCluster}, "timeout": authorizerTimeout},
		}), cluster(authorizerCluster, at, object{
			"typed_extension_protocol_options": object{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": object{
				"@type":                "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
				"explicit_http_config": object{"http2_protocol_options": object{}},
			}},
		}), err
}

// authzFilter answers 503 where nobody answers: Envoy's 403 would be taken for the other program's.
func authzFilter(service object) object {
	service["transport_api_version"] = "V3"
	service["status_on_error"] = object{"code": "ServiceUnavailable"}
	return extension("envoy.filters.http.ext_authz", "filters.http.ext_authz.v3.ExtAuthz", service)
}
