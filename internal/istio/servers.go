package istio

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingv1alpha3 "istio.io/api/networking/v1alpha3"

	"oathgate/rules/pipeline/callout"
)

// inMesh ends the name of a service that Istio knows from Kubernetes.
const inMesh = ".svc.cluster.local"

var isHost = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// servers are the objects for whom handlers ask, host by host. What `oathgate.clusters` has another cluster for is the
// operator's own.
func (o *Options) servers(endpoints []callout.Endpoint) ([]object, error) {
	hosts := map[string][]callout.Endpoint{}
	var order []string
	var problems []error
	for _, e := range endpoints {
		if e.Cluster != (callout.Clusters{Naming: callout.Istio}).Resolve(e).Cluster {
			continue
		}
		if why := unfit(e.Host()); why != "" {
			problems = append(problems, fmt.Errorf("%s: %s; or name a cluster for it in oathgate.clusters", e.Origin(), why))
			continue
		}
		if hosts[e.Host()] == nil {
			order = append(order, e.Host())
		}
		for _, other := range hosts[e.Host()] {
			if other.Port() == e.Port() {
				problems = append(problems, fmt.Errorf("%s and %s: a port speaks TLS or it does not", other.Origin(), e.Origin()))
			}
		}
		hosts[e.Host()] = append(hosts[e.Host()], e)
	}
	slices.Sort(order)
	var list []object
	for _, host := range order {
		if !strings.HasSuffix(host, inMesh) {
			list = append(list, o.object(serviceEntry, o.Name+"-"+host, entry(host, hosts[host])))
		}
		list = append(list, o.object(destinationRule, o.Name+"-"+host, o.destination(host, hosts[host])))
	}
	return list, errors.Join(problems...)
}

// unfit says why Istio has no cluster of a host's name.
func unfit(host string) string {
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case err == nil:
		return "Istio's clusters are called by names, and this is an address: write the server's name"
	case !strings.Contains(host, ".") || strings.HasSuffix(host, ".svc"):
		return "write the name in full, such as kratos.identity" + inMesh + " or id.example.com"
	case !isHost.MatchString(host) || len(host) > 180:
		return "Istio takes no such name for a host"
	}
	return ""
}

// entry makes a server outside of the mesh known. Its ports of https are Istio's HTTPS, so that TLS of applications,
// which Istio passes on by its server name, stays as it is.
func entry(host string, endpoints []callout.Endpoint) *networkingv1alpha3.ServiceEntry {
	out := &networkingv1alpha3.ServiceEntry{
		Hosts:      []string{host},
		Location:   networkingv1alpha3.ServiceEntry_MESH_EXTERNAL,
		Resolution: networkingv1alpha3.ServiceEntry_DNS,
		ExportTo:   []string{"."},
	}
	for _, e := range endpoints {
		out.Ports = append(out.Ports, &networkingv1alpha3.ServicePort{
			Number: port(e), Name: e.Scheme + "-" + e.Port(), Protocol: strings.ToUpper(e.Scheme),
		})
	}
	return out
}

// destination bounds connections, and has Envoy speak TLS where the URL does, with whoever the authorities say has the
// URL's host. It is for the selected pods alone.
func (o *Options) destination(host string, endpoints []callout.Endpoint) *networkingv1alpha3.DestinationRule {
	policy := &networkingv1alpha3.TrafficPolicy{ConnectionPool: pool()}
	for _, e := range endpoints {
		if e.Scheme != "https" {
			continue
		}
		// A port's policy takes nothing over from the host's.
		policy.PortLevelSettings = append(policy.PortLevelSettings, &networkingv1alpha3.TrafficPolicy_PortTrafficPolicy{
			Port:           &networkingv1alpha3.PortSelector{Number: port(e)},
			ConnectionPool: pool(),
			Tls: &networkingv1alpha3.ClientTLSSettings{
				Mode:               networkingv1alpha3.ClientTLSSettings_SIMPLE,
				Sni:                host,
				SubjectAltNames:    []string{host},
				CaCertificates:     o.authorities(),
				InsecureSkipVerify: wrapperspb.Bool(false),
			},
		})
	}
	return &networkingv1alpha3.DestinationRule{
		Host: host, TrafficPolicy: policy, ExportTo: []string{"."}, WorkloadSelector: o.workload(),
	}
}

// authorities is Istio's word for the system's, unless there are others.
func (o *Options) authorities() string {
	if o.CACertificates != "" {
		return o.CACertificates
	}
	return "system"
}

// pool are the circuit breakers of `oathgate run`.
func pool() *networkingv1alpha3.ConnectionPoolSettings {
	return &networkingv1alpha3.ConnectionPoolSettings{
		Tcp: &networkingv1alpha3.ConnectionPoolSettings_TCPSettings{
			MaxConnections: 4096, ConnectTimeout: &durationpb.Duration{Seconds: 2},
		},
		Http: &networkingv1alpha3.ConnectionPoolSettings_HTTPSettings{Http1MaxPendingRequests: 4096, Http2MaxRequests: 8192},
	}
}

func port(e callout.Endpoint) uint32 {
	n, _ := strconv.ParseUint(e.Port(), 10, 16) // callout.Parse has seen to it
	return uint32(n)
}
