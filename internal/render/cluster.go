package render

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	endpointv3 "github.com/envoyproxy/go-control-plane/envoy/config/endpoint/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	upstreamsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/upstreams/http/v3"
	matcherv3 "github.com/envoyproxy/go-control-plane/envoy/type/matcher/v3"
	"google.golang.org/protobuf/types/known/anypb"
)

// The clusters that no document names: Envoy itself, as the metrics' listener reaches it, and one without a host.
const (
	adminCluster = "oathgate_admin"
	emptyCluster = "oathgate_nowhere"
)

// connectTimeout leaves a lost SYN one more attempt.
const connectTimeout = 2 * time.Second

// clusters are those of the origins, one for each name, in their names' order.
func (c *Config) clusters(p *packer) []*clusterv3.Cluster {
	var out []*clusterv3.Cluster
	for _, o := range c.Origins {
		out = append(out, o.normal().cluster(p, c.CABundle))
	}
	return ordered(out)
}

// ordered sorts by name and keeps the first of each.
func ordered(clusters []*clusterv3.Cluster) []*clusterv3.Cluster {
	slices.SortStableFunc(clusters, func(a, b *clusterv3.Cluster) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(clusters, func(a, b *clusterv3.Cluster) bool { return a.Name == b.Name })
}

func (o Origin) cluster(p *packer, bundle string) *clusterv3.Cluster {
	out := newCluster(o.Cluster)
	out.LoadAssignment = endpoint(o.Cluster, socketAddress(o.Host, o.Port))
	_, err := netip.ParseAddr(o.Host)
	isIP := err == nil
	if !isIP {
		out.ClusterDiscoveryType = &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STRICT_DNS}
		// Envoy's own choice, IPv6 if there is any, finds no server that listens on localhost's IPv4 alone.
		out.DnsLookupFamily = clusterv3.Cluster_V4_PREFERRED
	}
	out.TypedExtensionProtocolOptions = map[string]*anypb.Any{protocolOptions: p.pack(o.protocol())}
	if o.Scheme == "https" {
		out.TransportSocket = &corev3.TransportSocket{
			Name:       "envoy.transport_sockets.tls",
			ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: p.pack(o.tls(isIP, bundle))},
		}
	}
	return out
}

const protocolOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"

// protocol is HTTP/1.1, in which every server can do WebSocket, or HTTP/2, for which gRPC has no substitute. Trailers
// pass in both.
func (o Origin) protocol() *upstreamsv3.HttpProtocolOptions {
	explicit := &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig{
		ProtocolConfig: &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig_HttpProtocolOptions{
			HttpProtocolOptions: &corev3.Http1ProtocolOptions{EnableTrailers: true},
		},
	}
	if o.HTTP2 {
		explicit.ProtocolConfig = &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig_Http2ProtocolOptions{
			Http2ProtocolOptions: &corev3.Http2ProtocolOptions{},
		}
	}
	return &upstreamsv3.HttpProtocolOptions{
		UpstreamProtocolOptions: &upstreamsv3.HttpProtocolOptions_ExplicitHttpConfig_{ExplicitHttpConfig: explicit},
	}
}

// tls accepts a certificate of the bundle's authorities that names the host.
func (o Origin) tls(isIP bool, bundle string) *tlsv3.UpstreamTlsContext {
	name := &tlsv3.SubjectAltNameMatcher{
		SanType: tlsv3.SubjectAltNameMatcher_DNS,
		Matcher: &matcherv3.StringMatcher{MatchPattern: &matcherv3.StringMatcher_Exact{Exact: o.Host}},
	}
	sni := o.Host
	if isIP {
		name.SanType, sni = tlsv3.SubjectAltNameMatcher_IP_ADDRESS, ""
	}
	alpn := "http/1.1"
	if o.HTTP2 {
		alpn = "h2"
	}
	return &tlsv3.UpstreamTlsContext{
		Sni: sni,
		CommonTlsContext: &tlsv3.CommonTlsContext{
			AlpnProtocols: []string{alpn},
			ValidationContextType: &tlsv3.CommonTlsContext_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{
				TrustedCa:                 &corev3.DataSource{Specifier: &corev3.DataSource_Filename{Filename: bundle}},
				MatchTypedSubjectAltNames: []*tlsv3.SubjectAltNameMatcher{name},
			}},
		},
	}
}

func newCluster(name string) *clusterv3.Cluster {
	return &clusterv3.Cluster{
		Name: name,
		// With its dots the metrics would have pieces of the name in theirs.
		AltStatName:          strings.ReplaceAll(name, ".", "_"),
		ClusterDiscoveryType: &clusterv3.Cluster_Type{Type: clusterv3.Cluster_STATIC},
		ConnectTimeout:       lasting(connectTimeout),
		CircuitBreakers: &clusterv3.CircuitBreakers{Thresholds: []*clusterv3.CircuitBreakers_Thresholds{{
			MaxConnections: limit(4096), MaxPendingRequests: limit(4096), MaxRequests: limit(8192), MaxRetries: limit(0),
		}}},
	}
}

func endpoint(cluster string, address *corev3.Address) *endpointv3.ClusterLoadAssignment {
	return &endpointv3.ClusterLoadAssignment{
		ClusterName: cluster,
		Endpoints: []*endpointv3.LocalityLbEndpoints{{LbEndpoints: []*endpointv3.LbEndpoint{{
			HostIdentifier: &endpointv3.LbEndpoint_Endpoint{Endpoint: &endpointv3.Endpoint{Address: address}},
		}}}},
	}
}
