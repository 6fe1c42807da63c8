package render

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	corsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/cors/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

const corsName = "envoy.filters.http.cors"

// corsFilter stands before ours: a preflight has no credentials that a rule could want.
func corsFilter(p *packer) *hcmv3.HttpFilter { return httpFilter(p, corsName, &corsv3.Cors{}) }

// nowhere is the way of a request with an Origin until the filter opens another: Envoy's CORS filter passes over a
// request whose route is a direct response.
func nowhere() *routev3.Route {
	return &routev3.Route{
		Match: &routev3.RouteMatch{
			PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/"},
			Headers: []*routev3.HeaderMatcher{{
				Name: "origin", HeaderMatchSpecifier: &routev3.HeaderMatcher_PresentMatch{PresentMatch: true},
			}},
		},
		Action: &routev3.Route_Route{Route: &routev3.RouteAction{
			ClusterSpecifier: &routev3.RouteAction_Cluster{Cluster: emptyCluster},
		}},
	}
}

func (c *CORS) policy() *corsv3.CorsPolicy {
	// For * Oathkeeper answers *, which browsers do not take for a request with credentials. Envoy answers the
	// request's own origin, which they would take.
	credentials := c.AllowCredentials && !slices.Contains(c.AllowedOrigins, "*")
	out := &corsv3.CorsPolicy{
		AllowMethods:                 strings.Join(c.AllowedMethods, ","),
		AllowHeaders:                 strings.Join(c.AllowedHeaders, ","),
		ExposeHeaders:                strings.Join(c.ExposedHeaders, ","),
		AllowCredentials:             wrapperspb.Bool(credentials),
		ForwardNotMatchingPreflights: wrapperspb.Bool(false),
	}
	if c.MaxAge > 0 {
		out.MaxAge = strconv.Itoa(c.MaxAge)
	}
	for _, o := range c.AllowedOrigins {
		out.AllowOriginStringMatch = append(out.AllowOriginStringMatch, origin(strings.ToLower(o)))
	}
	return out
}

func origin(o string) *matcherv3.StringMatcher {
	before, after, wild := strings.Cut(o, "*")
	if !wild || o == "*" {
		return &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: o}}
	}
	return &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_SafeRegex{SafeRegex: &matcherv3.RegexMatcher{
		Regex: regexp.QuoteMeta(before) + "[^/]*" + regexp.QuoteMeta(after),
	}}}
}
