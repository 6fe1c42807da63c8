package source

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"oathgate/rules/pipeline/callout"
)

// Origin is a server that requests or callouts go to.
type Origin struct {
	// Scheme is "http" or "https".
	Scheme string
	// Host is a name or an address in lower case, an IPv6 address without brackets.
	Host string
	Port uint16
	// Cluster is the name that the filter calls the Envoy cluster by.
	Cluster string
	// Upstream: rules send what they allow there. Identity: handlers ask there. It may be both.
	Upstream, Identity bool
}

type origins map[string]*Origin

func (o origins) add(e callout.Endpoint, upstream bool) {
	at := o[e.Origin()]
	if at == nil {
		port, _ := strconv.ParseUint(e.Port(), 10, 16) // callout.Parse has seen to it
		at = &Origin{Scheme: e.Scheme, Host: strings.Trim(e.Host(), "[]"), Port: uint16(port), Cluster: e.Cluster}
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
		return cmp.Or(cmp.Compare(a.Scheme, b.Scheme), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Port, b.Port))
	})
	return list
}
