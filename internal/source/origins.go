package source

import (
	"cmp"
	"maps"
	"slices"

	"oathgate/rules/pipeline/callout"
)

// Origin is a server that requests or callouts go to.
type Origin struct {
	// Scheme is "http" or "https".
	Scheme string
	// Host is a name or an address in lower case, an IPv6 address in brackets.
	Host string
	// Port is the port as digits, never empty.
	Port string
	// Cluster is the name that the filter calls the Envoy cluster by.
	Cluster string
	// Upstream: rules send what they allow there. Identity: handlers ask there. It may be both.
	Upstream, Identity bool
}

type origins map[string]*Origin

func (o origins) add(e callout.Endpoint, upstream bool) {
	at := o[e.Origin()]
	if at == nil {
		at = &Origin{Scheme: e.Scheme, Host: e.Host(), Port: e.Port(), Cluster: e.Cluster}
		o[e.Origin()] = at
	}
	at.Upstream = at.Upstream || upstream
	at.Identity = at.Identity || !upstream
}

func (o origins) sorted() (list []Origin) {
	for at := range maps.Values(o) {
		list = append(list, *at)
	}
	slices.SortFunc(list, func(a, b Origin) int {
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Host, b.Host), cmp.Compare(len(a.Port), len(b.Port)), cmp.Compare(a.Port, b.Port))
	})
	return list
}
