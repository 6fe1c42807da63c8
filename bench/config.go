package main

import (
	"fmt"
	"net"
	"path/filepath"
)

// freePorts gives ports of the loopback interface that nobody listens on.
func freePorts(n int) ([]int, error) {
	ports := make([]int, n)
	for i := range ports {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports[i] = l.Addr().(*net.TCPAddr).Port
	}
	return ports, nil
}

// bootstrap is an Envoy with one listener; hcm and clusters are YAML.
func bootstrap(admin string, port int, hcm, clusters string) string {
	return fmt.Sprintf(`
admin: {address: {pipe: {path: %q, mode: 0600}}}
static_resources:
  listeners:
  - address: {socket_address: {address: 127.0.0.1, port_value: %d}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: bench
%s
  clusters: [%s]
`, admin, port, hcm, clusters)
}

const router = `
          - name: envoy.filters.http.router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}`

func upstreamConfig(dir string, port int) string {
	return bootstrap(filepath.Join(dir, "upstream.sock"), port, `
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, direct_response: {status: 200, body: {inline_string: "hello"}}}]
          http_filters:`+router, "")
}

func cluster(port int) string {
	return fmt.Sprintf(`{name: upstream, type: STATIC, load_assignment: {cluster_name: upstream, endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]}}`, port)
}

func bareConfig(dir string, port, upstream int) string {
	return bootstrap(filepath.Join(dir, "bare.sock"), port, `
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes: [{match: {prefix: "/"}, route: {cluster: upstream}}]
          http_filters:`+router, cluster(upstream))
}

// filterConfig has everything that envoy.yaml has in the request path.
func filterConfig(dir, name string, port, upstream int, module string) string {
	return bootstrap(filepath.Join(dir, name+".sock"), port, fmt.Sprintf(`
          normalize_path: true
          merge_slashes: true
          early_header_mutation_extensions:
          - name: envoy.http.early_header_mutation.header_mutation
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
              mutations:
              - remove: x-oathgate-cluster
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {prefix: "/", filter_state: [{key: wasm.oathgate.decision, string_match: {exact: allow}}], headers: [{name: x-oathgate-cluster, present_match: true}]}
                route: {cluster_header: x-oathgate-cluster}
                request_headers_to_remove: [x-oathgate-cluster]
              - {match: {prefix: "/"}, direct_response: {status: 403}}
          http_filters:
          - name: oathgate
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm
              config:
                name: oathgate
                failure_policy: FAIL_RELOAD
                allow_on_headers_stop_iteration: true
                vm_config: {vm_id: bench, runtime: envoy.wasm.runtime.v8, code: {local: {filename: %q}}}
                configuration:
                  "@type": type.googleapis.com/google.protobuf.Struct
                  value:
                    access_rules:
                      rules:
                      - id: bench
                        match: {url: "http://127.0.0.1:%d/svc/<.*>", methods: [GET]}
                        upstream: {url: "http://127.0.0.1:%d"}
                        authenticators: [{handler: anonymous, config: {subject: guest}}]
                        authorizer: {handler: allow}
                        mutators: [{handler: header, config: {headers: {X-User: "{{ print .Subject }}"}}}]
                    authenticators: {anonymous: {enabled: true}}
                    authorizers: {allow: {enabled: true}}
                    mutators: {header: {enabled: true, config: {headers: {}}}}
                    oathgate:
                      scheme: http
                      clusters: {"http://127.0.0.1:%d": upstream}
`,
		module, port, upstream, upstream)+router, cluster(upstream))
}
