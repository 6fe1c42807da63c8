package rules

import (
	"strings"
	"time"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// Role says what the filter is to its clients.
type Role uint8

// The roles of oathgate.role.
const (
	// RoleProxy guards the traffic that passes through.
	RoleProxy Role = iota
	// RoleDecision answers other proxies under /decisions.
	RoleDecision
)

// Routing says who decides where an allowed request goes.
type Routing uint8

// The values of oathgate.routing.
const (
	// RoutingRules: the rule's upstream picks the cluster and rewrites.
	RoutingRules Routing = iota
	// RoutingEnvoy: somebody else's routes; nothing is rewritten.
	RoutingEnvoy
)

// DecisionSource says where the decision API finds the request to judge.
type DecisionSource uint8

// The values of oathgate.decision.source.
const (
	// SourceXForwarded reads X-Forwarded-Method, -Proto, -Host and -Uri.
	SourceXForwarded DecisionSource = iota
	// SourceXOriginal reads X-Original-Method and X-Original-URL.
	SourceXOriginal
	// SourcePath takes what follows /decisions.
	SourcePath
)

// Options is the oathgate block: what Oathkeeper has no keys for.
type Options struct {
	Role    Role
	Routing Routing
	// Clusters maps an origin, spelled as callout.Endpoint.Origin spells it, to
	// the name of an Envoy cluster.
	Clusters map[string]string
	// HTTP2 are origins, spelled as those of Clusters, whose clusters are to speak
	// HTTP/2, such as gRPC servers. Nothing under rules reads it.
	HTTP2 []string
	// ClusterNaming names the clusters of origins that Clusters lacks.
	ClusterNaming callout.Naming
	// TrustedProxies may say on whose behalf they ask the decision API; by
	// default 127.0.0.0/8 and ::1.
	TrustedProxies request.Networks
	DecisionSource DecisionSource
	// Paths is how many readings of a path are looked at.
	Paths request.Paths
	// IdentityHeaders are more headers, in lower case, that only rules may set.
	IdentityHeaders []string
	// CacheTTL is how long sessions and remote verdicts may be kept; 0, the
	// default, keeps none.
	CacheTTL time.Duration
	// CalloutTimeout bounds a callout that says nothing else, with its retries;
	// default 3 s.
	CalloutTimeout time.Duration
	// CalloutAttempts is how often what fails is asked at most, retries included; 0,
	// the default, leaves it to the handlers.
	CalloutAttempts int
	// RoutingHeader names the request header that the cluster_header route
	// reads, in lower case; default x-oathgate-cluster.
	RoutingHeader string
	// PeerState names the filter state in which the listener notes the address of
	// the connection's peer; "" if it does not, and then nobody is trusted.
	PeerState string
	// Scheme is that of every request at the listener, http or https; "" has each
	// connection asked.
	Scheme string
	// AccessLog notes each decision in filter state, for the access log.
	AccessLog bool
	// RepositoryInterval is how often the servers of rule repositories are asked for changes; default 30 s. The filter
	// does not ask.
	RepositoryInterval time.Duration
	// Repositories are the states of those whose rules were fetched, for /health/ready, /rules and metrics; nil if there
	// are none.
	Repositories []Repository
}

// Repository is the state of a rule repository, as who fetched its rules wrote it.
type Repository struct {
	Name string
	// Rules is the number of its rules.
	Rules int
	// Loaded is when they were fetched, in seconds since 1970; 0 if they have not been yet.
	Loaded int
	// Error is the kind of failure for which newer rules are not in force, "" if all is well.
	Error string
	// Known is when the server was last heard of, in seconds since 1970, 0 if never or if all is well.
	Known int
}

const (
	defaultRoutingHeader  = "x-oathgate-cluster"
	defaultCalloutTimeout = 3 * time.Second
	maxCalloutTimeout     = time.Minute
	maxCalloutAttempts    = 10
	maxCacheTTL           = 24 * time.Hour

	defaultRepositoryInterval = 30 * time.Second
)

func loopback() request.Networks {
	networks, _ := request.ParseNetworks([]string{"127.0.0.0/8", "::1"})
	return networks
}

func (d *decoder) options(c tree.Cursor) {
	o := c.NullAsAbsent().Object()
	out := &d.doc.Options
	if o.Field("role").Enum("proxy", "proxy", "decision") == "decision" {
		out.Role = RoleDecision
	}
	if o.Field("routing").Enum("rules", "rules", "envoy") == "envoy" {
		out.Routing = RoutingEnvoy
	}
	out.Clusters = clusters(o.Field("clusters"))
	o.Field("http2").Each(func(_ int, item tree.Cursor) {
		if url := item.String(); item.Kind() == tree.String {
			if origin := originOf(url, item, ""); origin != "" {
				out.HTTP2 = append(out.HTTP2, origin)
			}
		}
	})
	if o.Field("cluster_naming").Enum("oathgate", "oathgate", "istio") == "istio" {
		out.ClusterNaming = callout.Istio
	}
	out.TrustedProxies = prefixes(o.Field("trusted_proxies"))

	decision := o.Field("decision").Object()
	switch decision.Field("source").Enum("x-forwarded", "x-forwarded", "x-original", "path") {
	case "x-original":
		out.DecisionSource = SourceXOriginal
	case "path":
		out.DecisionSource = SourcePath
	}
	decision.Done()

	if o.Field("paths").Enum("strict", "strict", "oathkeeper") == "oathkeeper" {
		out.Paths = request.PathsOathkeeper
	}
	identity := o.Field("identity_headers").Object()
	identity.Field("extra").Each(func(_ int, item tree.Cursor) {
		if name := headerName(item); name != "" {
			out.IdentityHeaders = append(out.IdentityHeaders, name)
		}
	})
	identity.Done()

	cache := o.Field("cache").NullAsAbsent().Object()
	ttl := cache.Field("ttl")
	if cache.Present() {
		ttl = ttl.Require(`how long sessions and remote verdicts may be kept, such as "10s"`)
	}
	out.CacheTTL = duration(ttl, 0, maxCacheTTL)
	cache.Done()
	limits := o.Field("limits").Object()
	out.CalloutTimeout = duration(limits.Field("callout_timeout"), defaultCalloutTimeout, maxCalloutTimeout)
	out.CalloutAttempts = limits.Field("callout_attempts").Int(0, 1, maxCalloutAttempts)
	limits.Done()

	out.RoutingHeader = routingHeader(o.Field("routing_header"))
	if scheme := o.Field("scheme"); scheme.Present() {
		out.Scheme = scheme.Enum("", "http", "https")
	}
	out.PeerState = stateName(o.Field("peer_state"))
	out.AccessLog = o.Field("access_log").Bool(false)
	repositories := o.Field("repositories").NullAsAbsent().Object()
	out.RepositoryInterval = repositoryInterval(repositories.Field("interval"))
	repositories.Field("state").Each(func(_ int, item tree.Cursor) { out.Repositories = append(out.Repositories, repository(item)) })
	repositories.Done()
	o.Done()
}

// repositoryInterval reads an interval from 1 s to a day.
func repositoryInterval(c tree.Cursor) time.Duration {
	interval := c.Duration(defaultRepositoryInterval)
	if interval < time.Second || interval > 24*time.Hour {
		c.Fail("must be from 1s to 24h")
		return defaultRepositoryInterval
	}
	return interval
}

func repository(c tree.Cursor) (r Repository) {
	const year9999 = 253402300799
	o := c.Object()
	r.Name = o.Field("name").Require("what the repository is called").StringOr("")
	r.Rules = o.Field("rules").Int(0, 0, maxRules)
	r.Loaded = o.Field("loaded").Int(0, 0, year9999)
	r.Error = o.Field("error").StringOr("")
	r.Known = o.Field("known").Int(0, 0, year9999)
	o.Done()
	return r
}

func clusters(c tree.Cursor) map[string]string {
	named := make(map[string]string, c.Len())
	c.Members(func(url string, at tree.Cursor) {
		name := at.String()
		if at.Kind() == tree.String && (name == "" || len(name) > 255 || strings.ContainsAny(name, " \t\r\n")) {
			at.Fail("must be the name of an Envoy cluster")
		}
		origin := originOf(url, at, "the key: ")
		switch _, twice := named[origin]; {
		case origin == "":
		case twice:
			at.Fail("another key names the same origin; keep one")
		default:
			named[origin] = name
		}
	})
	return named
}

// originOf spells a URL that has no path as callout.Endpoint.Origin does; "" says
// that it is none, and that this is noted at the cursor, behind what.
func originOf(url string, at tree.Cursor, what string) string {
	e, err := callout.Parse(url)
	switch {
	case err != nil:
		at.Fail(what + err.Error() + "; write an origin such as http://127.0.0.1:4455")
	case e.Path != "/" || e.Query != "":
		at.Fail(what + "must be an origin, scheme://host:port without a path")
	default:
		return e.Origin()
	}
	return ""
}

// prefixes reads address ranges; an address alone is a range of one.
func prefixes(c tree.Cursor) request.Networks {
	if !c.Present() {
		return loopback()
	}
	var list request.Networks
	c.Each(func(_ int, item tree.Cursor) {
		text := item.String()
		if item.Kind() != tree.String {
			return
		}
		network, err := request.ParseNetwork(text)
		if err != nil {
			item.Fail(err.Error())
			return
		}
		list = append(list, network)
	})
	return list
}

// duration reads a length of time from 1 ms to most.
func duration(c tree.Cursor, def, most time.Duration) time.Duration {
	before := c.Duration(def)
	if before == def {
		return def
	}
	if before < time.Millisecond || before > most {
		c.Fail("must be from 1ms to " + most.String())
		return def
	}
	return before
}

// headerName reads a header's name, in lower case; "" if it is none.
func headerName(c tree.Cursor) string {
	name := c.StringOr("")
	if c.Kind() == tree.String && !isToken(name) {
		c.Fail("must be the name of a header, such as X-User")
		return ""
	}
	return strings.ToLower(name)
}

// stateName reads the name of an entry of Envoy's filter state.
func stateName(c tree.Cursor) string {
	name := c.StringOr("")
	if c.Present() && name == "" {
		c.Fail("must be the name of a filter state, such as oathgate.peer")
	}
	return name
}

// routingHeader reads the name of the header between the filter and the routes.
func routingHeader(c tree.Cursor) string {
	if !c.Present() {
		return defaultRoutingHeader
	}
	switch name := headerName(c); {
	case name == "":
		return defaultRoutingHeader
	case !strings.HasPrefix(name, "x-") || strings.HasPrefix(name, "x-envoy-") || strings.HasPrefix(name, "x-forwarded") || strings.Contains(name, "_"):
		c.Fail("must be a header of your own that starts with x-, such as x-oathgate-…; not x-envoy-* or x-forwarded-*, and without underscores")
		return defaultRoutingHeader
	default:
		return name
	}
}
