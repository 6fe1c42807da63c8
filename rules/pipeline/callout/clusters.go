package callout

import "strings"

// Naming says how a cluster is named that `oathgate.clusters` does not list.
type Naming uint8

// The ways to name clusters.
const (
	// Rendered is the name that Oathgate's own configurations use:
	// oathgate_<scheme>_<host>_<port>.
	Rendered Naming = iota
	// Istio is the name that istiod gives an outbound cluster:
	// outbound|PORT||HOST.
	Istio
)

// Clusters finds the Envoy cluster of an endpoint.
type Clusters struct {
	// Naming applies to origins that are not in Named.
	Naming Naming
	// Named maps Endpoint.Origin to a cluster name (`oathgate.clusters`).
	Named map[string]string
}

// Resolve gives e with Cluster filled in.
func (c Clusters) Resolve(e Endpoint) Endpoint {
	if name, ok := c.Named[e.Origin()]; ok {
		e.Cluster = name
		return e
	}
	host := strings.Trim(e.Host(), "[]")
	switch c.Naming {
	case Istio:
		e.Cluster = "outbound|" + e.Port() + "||" + host
	default:
		e.Cluster = "oathgate_" + e.Scheme + "_" + host + "_" + e.Port()
	}
	return e
}
