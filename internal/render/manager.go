package render

import (
	"time"

	mutationv3 "github.com/envoyproxy/go-control-plane/envoy/config/common/mutation_rules/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	routerv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/router/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	earlyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/http/early_header_mutation/header_mutation/v3"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// guarded is the connection manager of the proxy or of the API, which differ in filter and routes.
func (c *Config) guarded(p *packer, s served) *hcmv3.HttpConnectionManager {
	m := manager(s.name, s.listener)
	if !s.upstreams {
		// Who asks puts a client's path behind /decisions. Cleaned, /decisions/../health/alive would be a health check,
		// whose 200 is leave to whom asked; the filter is to see it and refuse it.
		m.NormalizePath, m.MergeSlashes = wrapperspb.Bool(false), false
	}
	// The same filters and routes guard WebSockets.
	m.UpgradeConfigs = []*hcmv3.HttpConnectionManager_UpgradeConfig{{UpgradeType: "websocket"}}
	m.EarlyHeaderMutationExtensions = []*corev3.TypedExtensionConfig{early(p)}
	host := &routev3.VirtualHost{Name: s.name, Domains: []string{"*"}, Routes: s.routes()}
	if !s.upstreams {
		m.HttpFilters = append(m.HttpFilters, refuseGRPC(p))
	}
	m.HttpFilters = append(m.HttpFilters, noteURL(p, s.listener.TLS != nil, c.Log))
	if s.listener.CORS != nil {
		m.HttpFilters = append(m.HttpFilters, corsFilter(p))
		host.TypedPerFilterConfig = map[string]*anypb.Any{corsName: p.pack(s.listener.CORS.policy())}
	}
	m.HttpFilters = append(m.HttpFilters, c.discovered(filterName(s.name), ecdsFile(s.name)), router(p))
	m.RouteSpecifier = routes(host)
	m.LocalReplyConfig = replies()
	m.AccessLog = c.Log.access(p)
	return m
}

// manager has what every listener needs, whatever it serves.
func manager(name string, l Listener) *hcmv3.HttpConnectionManager {
	return &hcmv3.HttpConnectionManager{
		StatPrefix:            name,
		NormalizePath:         wrapperspb.Bool(true),
		MergeSlashes:          true,
		RequestHeadersTimeout: lasting(l.ReadTimeout),
		// It runs on while the filter asks identity servers, which Oathkeeper counts as writing.
		RequestTimeout:            lasting(l.ReadTimeout + l.WriteTimeout),
		StreamIdleTimeout:         lasting(l.WriteTimeout),
		CommonHttpProtocolOptions: &corev3.HttpProtocolOptions{IdleTimeout: lasting(l.IdleTimeout)},
		// The upstream's Server header stays, and none is made up.
		ServerHeaderTransformation: hcmv3.HttpConnectionManager_PASS_THROUGH,
		// A rule may name any method. HTTP/2 has trailers anyway.
		HttpProtocolOptions: &corev3.Http1ProtocolOptions{AllowCustomMethods: true, EnableTrailers: true},
		// A request has the X-Request-ID that the client gave it, or none, as behind Oathkeeper: bodies of refusals say it.
		GenerateRequestId: wrapperspb.Bool(false),
	}
}

// early runs before any filter: a client's copy of the routing header goes.
func early(p *packer) *corev3.TypedExtensionConfig {
	return &corev3.TypedExtensionConfig{
		Name: "envoy.http.early_header_mutation.header_mutation",
		TypedConfig: p.pack(&earlyv3.HeaderMutation{Mutations: []*mutationv3.HeaderMutation{
			{Action: &mutationv3.HeaderMutation_Remove{Remove: RoutingHeader}},
		}}),
	}
}

func router(p *packer) *hcmv3.HttpFilter {
	return httpFilter(p, "envoy.filters.http.router", &routerv3.Router{})
}

func routes(host *routev3.VirtualHost) *hcmv3.HttpConnectionManager_RouteConfig {
	return &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: &routev3.RouteConfiguration{VirtualHosts: []*routev3.VirtualHost{host}}}
}

// opened is the interlock: it leads where the filter says, if the filter has allowed it, and is the only way there is.
func opened(timeout time.Duration) *routev3.Route {
	return &routev3.Route{
		Match: &routev3.RouteMatch{
			PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"},
			FilterState:   allowed(),
			Headers: []*routev3.HeaderMatcher{{
				Name: RoutingHeader, HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
			}},
		},
		Action: &routev3.Route_Route{Route: &routev3.RouteAction{
			ClusterSpecifier: &routev3.RouteAction_ClusterHeader{ClusterHeader: RoutingHeader},
			Timeout:          lasting(timeout),
		}},
		RequestHeadersToRemove: []string{RoutingHeader},
	}
}

// closed answers everything below a path with a status.
func closed(prefix string, status uint32) *routev3.Route {
	return &routev3.Route{
		Match:  &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: prefix}},
		Action: &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: status}},
	}
}
