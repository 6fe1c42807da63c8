package render

import (
	"fmt"
	"net"
	"path/filepath"

	bootstrapv3 "github.com/envoyproxy/go-control-plane/envoy/config/bootstrap/v3"
	clusterv3 "github.com/envoyproxy/go-control-plane/envoy/config/cluster/v3"
	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	overloadv3 "github.com/envoyproxy/go-control-plane/envoy/config/overload/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	filterstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	setnetworkstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	caresv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/network/dns_resolver/cares/v3"
	downstreamv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/resource_monitors/downstream_connections/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// served is one of the two guarded listeners.
type served struct {
	name     string
	listener Listener
	document []byte
	// upstreams says that allowed requests go on; the API's filter answers all by itself.
	upstreams bool
}

func (c *Config) served() []served {
	return []served{{"proxy", c.Proxy, c.ProxyDocument, true}, {"api", c.API, c.APIDocument, false}}
}

func (s served) routes() []*routev3.Route {
	var out []*routev3.Route
	if s.upstreams {
		out = append(out, opened(s.listener.WriteTimeout))
	}
	if s.listener.CORS != nil {
		if !s.upstreams {
			// Envoy's 200 for a preflight would be leave to an Envoy that asks for a decision about one; Oathkeeper's 204
			// is not. CORS passes over a direct response.
			out = append(out, closed("/decisions", 403))
		}
		out = append(out, nowhere())
	}
	return append(out, closed("/", 403))
}

func filterName(listener string) string { return "oathgate." + listener }

func (c *Config) bootstrap(p *packer) (*bootstrapv3.Bootstrap, error) {
	admin, empty := newCluster(adminCluster), newCluster(emptyCluster)
	admin.LoadAssignment = endpoint(adminCluster, pipe(c.socket(), 0))
	out := &bootstrapv3.Bootstrap{
		Node: &corev3.Node{Id: "oathgate", Cluster: "oathgate"},
		// Secrets stand in the configuration and the admin interface shows them: only its owner may open it.
		Admin: &bootstrapv3.Admin{Address: pipe(c.socket(), 0o600)},
		OverloadManager: &overloadv3.OverloadManager{ResourceMonitors: []*overloadv3.ResourceMonitor{{
			Name: "envoy.resource_monitors.global_downstream_max_connections",
			ConfigType: &overloadv3.ResourceMonitor_TypedConfig{TypedConfig: p.pack(&downstreamv3.DownstreamConnectionsConfig{
				MaxActiveDownstreamConnections: 20000,
			})},
		}}},
		// Envoy waits for every cluster's name before it listens, by itself for the better part of a minute where name
		// servers do not answer.
		TypedDnsResolverConfig: &corev3.TypedExtensionConfig{
			Name: "envoy.network.dns_resolver.cares",
			TypedConfig: p.pack(&caresv3.CaresDnsResolverConfig{
				QueryTimeoutSeconds: wrapperspb.UInt64(1), QueryTries: limit(2),
			}),
		},
		DynamicResources: &bootstrapv3.Bootstrap_DynamicResources{CdsConfig: c.watched(cdsFile)},
		StaticResources:  &bootstrapv3.Bootstrap_StaticResources{Clusters: []*clusterv3.Cluster{admin, empty}},
	}
	add := func(name, host string, port uint16, m *hcmv3.HttpConnectionManager, secret *TLS) error {
		address, err := bind(host, port)
		if err != nil {
			return fmt.Errorf("serve.%s.host: %w", name, err)
		}
		out.StaticResources.Listeners = append(out.StaticResources.Listeners, listener(p, name, address, m, secret))
		return nil
	}
	for _, s := range c.served() {
		if err := add(s.name, s.listener.Host, s.listener.Port, c.guarded(p, s), s.listener.TLS); err != nil {
			return nil, err
		}
	}
	return out, add("prometheus", c.Prometheus.Host, c.Prometheus.Port, c.metrics(p), nil)
}

func listener(p *packer, name string, address *corev3.Address, m *hcmv3.HttpConnectionManager, secret *TLS) *listenerv3.Listener {
	chain := &listenerv3.FilterChain{Filters: []*listenerv3.Filter{
		networkFilter(p, "oathgate.peer", notePeer()),
		networkFilter(p, "envoy.filters.network.http_connection_manager", m),
	}}
	if secret != nil {
		chain.TransportSocket = &corev3.TransportSocket{
			Name:       "envoy.transport_sockets.tls",
			ConfigType: &corev3.TransportSocket_TypedConfig{TypedConfig: p.pack(secret.context())},
		}
	}
	return &listenerv3.Listener{
		Name:                          name,
		Address:                       address,
		PerConnectionBufferLimitBytes: limit(1 << 20),
		FilterChains:                  []*listenerv3.FilterChain{chain},
	}
}

func networkFilter(p *packer, name string, config message) *listenerv3.Filter {
	return &listenerv3.Filter{Name: name, ConfigType: &listenerv3.Filter_TypedConfig{TypedConfig: p.pack(config)}}
}

// notePeer keeps who is at the other end of the connection: nothing that a request says changes it.
func notePeer() *setnetworkstatev3.Config {
	return &setnetworkstatev3.Config{OnNewConnection: []*filterstatev3.FilterStateValue{{
		Key:        &filterstatev3.FilterStateValue_ObjectKey{ObjectKey: PeerState},
		FactoryKey: "envoy.string",
		Value:      &filterstatev3.FilterStateValue_FormatString{FormatString: inline("%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%")},
	}}}
}

func (t *TLS) context() *tlsv3.DownstreamTlsContext {
	bytes := func(b []byte) *corev3.DataSource {
		return &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: b}}
	}
	return &tlsv3.DownstreamTlsContext{CommonTlsContext: &tlsv3.CommonTlsContext{
		AlpnProtocols:   []string{"h2", "http/1.1"},
		TlsCertificates: []*tlsv3.TlsCertificate{{CertificateChain: bytes(t.CertificatePEM), PrivateKey: bytes(t.KeyPEM)}},
	}}
}

// bind is where Go would listen for this host: for none, on IPv6 and IPv4 if the machine has both.
func bind(host string, port uint16) (*corev3.Address, error) {
	if host == "" {
		probe, err := net.Listen("tcp6", "[::]:0")
		if err != nil {
			return socketAddress("0.0.0.0", port), nil
		}
		probe.Close()
		address := socketAddress("::", port)
		address.GetSocketAddress().Ipv4Compat = true
		return address, nil
	}
	resolved, err := net.ResolveIPAddr("ip", host)
	if err != nil {
		return nil, err
	}
	return socketAddress(resolved.IP.String(), port), nil
}

// watched reads a file of Dir again whenever something is moved into Dir.
func (c *Config) watched(file string) *corev3.ConfigSource {
	return &corev3.ConfigSource{
		ResourceApiVersion: corev3.ApiVersion_V3,
		ConfigSourceSpecifier: &corev3.ConfigSource_PathConfigSource{PathConfigSource: &corev3.PathConfigSource{
			Path:             filepath.Join(c.Dir, file),
			WatchedDirectory: &corev3.WatchedDirectory{Path: c.Dir},
		}},
	}
}
