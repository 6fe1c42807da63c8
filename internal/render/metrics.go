package render

import (
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
)

// metrics lets one path of Envoy's admin interface out, and GET alone: the rest of it shows secrets and stops Envoy.
func (c *Config) metrics(p *packer) *hcmv3.HttpConnectionManager {
	m := manager("prometheus", Listener{ReadTimeout: defaultRead, WriteTimeout: defaultWrite, IdleTimeout: defaultIdle})
	m.HttpFilters = []*hcmv3.HttpFilter{router(p)}
	m.RouteSpecifier = routes(&routev3.VirtualHost{Name: "prometheus", Domains: []string{"*"}, Routes: []*routev3.Route{
		{
			Match: &routev3.RouteMatch{
				PathSpecifier: &routev3.RouteMatch_Path{Path: c.Prometheus.Path},
				Headers: []*routev3.HeaderMatcher{{
					Name: ":method",
					HeaderMatchSpecifier: &routev3.HeaderMatcher_StringMatch{StringMatch: &matcherv3.StringMatcher{
						MatchPattern: &matcherv3.StringMatcher_Exact{Exact: "GET"},
					}},
				}},
			},
			Action: &routev3.Route_Route{Route: &routev3.RouteAction{
				ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: adminCluster},
				PrefixRewrite:    "/stats/prometheus",
			}},
		},
		closed("/", 404),
	}})
	return m
}
