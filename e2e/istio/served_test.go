package istio

import (
	"bufio"
	"bytes"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	discoveryv3 "github.com/envoyproxy/go-control-plane/envoy/service/discovery/v3"
	secretv3 "github.com/envoyproxy/go-control-plane/envoy/service/secret/v3"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/anypb"

	"oathgate/e2e/harness"
)

var wanted = flag.Bool("istio", false, "build Istio's xDS server (ten minutes and several gigabytes the first time) and run the tests with it")

// Istio's own server makes Envoy's configuration of what is rendered.
func TestServed(t *testing.T) {
	if !*wanted {
		t.Skip("without -istio; make test-all has it")
	}
	server := buildServer(t)
	s := newSite(t)
	for name, c := range map[string]struct {
		without []string
		check   func(*testing.T, harness.Endpoint)
	}{
		"whole":          {nil, func(t *testing.T, at harness.Endpoint) { s.judged(t, at); s.secure(t, at) }},
		"without filter": {[]string{"WasmPlugin"}, s.shut},
		"without anything": {[]string{"WasmPlugin", "EnvoyFilter"}, func(t *testing.T, at harness.Endpoint) {
			if reply := at.Get(t, "/open/a"); reply.Status != 200 {
				t.Errorf("there is no way: %d", reply.Status)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, s.serve(t, server, c.without)) })
	}
}

func buildServer(t *testing.T) string {
	t.Helper()
	program := filepath.Join(harness.Root(), ".tools", "bin", "istioserver")
	build := exec.Command("go", "build", "-o", program, ".")
	build.Dir = filepath.Join(harness.Root(), "e2e", "istioserver")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// mesh is what stands around what is rendered: a gateway, and who is in the mesh.
const mesh = `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: {name: gw, namespace: default}
spec:
  selector: {app: gw}
  servers: [{bind: 127.0.0.1, port: {number: %[1]d, name: http, protocol: HTTP}, hosts: ["*"]}]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: up, namespace: default}
spec:
  hosts: ["*"]
  gateways: [gw]
  http: [{route: [{destination: {host: up.default.svc.cluster.local, port: {number: %[2]d}}}]}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: up, namespace: default}
spec:
  hosts: [up.default.svc.cluster.local]
  location: MESH_INTERNAL
  ports: [{number: %[2]d, name: http, protocol: HTTP}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: identity, namespace: default}
spec:
  hosts: [` + identityHost + `]
  location: MESH_INTERNAL
  ports: [{number: %[3]d, name: http, protocol: HTTP}, {number: %[4]d, name: https, protocol: HTTPS}, {number: %[5]d, name: https-other, protocol: HTTPS}]
  resolution: STATIC
  endpoints: [{address: 127.0.0.1}]
---
`

// serve runs Istio's server and an Envoy that asks it, and gives where the gateway is.
func (s *site) serve(t *testing.T, program string, without []string) harness.Endpoint {
	t.Helper()
	gateway, xds := free(t), free(t)
	text := fmt.Sprintf(mesh, portOf(t, gateway), portOf(t, s.upstream.Address()), portOf(t, s.identity.Address()), s.securePort, s.wrongPort)
	for part := range strings.SplitSeq(string(s.text), "\n---\n") {
		left := false
		for _, kind := range without {
			left = left || strings.Contains(part, "\nkind: "+kind+"\n")
		}
		if !left {
			text += part + "\n---\n"
		}
	}
	file := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, xds, file)
	// Filters that Istio's build of Envoy alone has.
	cmd.Env = append(os.Environ(), "PILOT_ENABLE_METADATA_EXCHANGE=false", "PILOT_ENABLE_ALPN_FILTER=false")
	var log bytes.Buffer
	cmd.Stderr = &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("Istio said:\n%s", log.Bytes()[max(0, log.Len()-20_000):])
		}
	})
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "serving" {
	}
	grpcServer := func(name, address string) object {
		c := cluster(t, name, address)
		c["typed_extension_protocol_options"] = object{"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": object{
			"@type":                "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
			"explicit_http_config": object{"http2_protocol_options": object{}},
		}}
		return c
	}
	ads := object{"ads": object{}, "resource_api_version": "V3"}
	process := run(t, object{
		// No address of a ServiceEntry: Istio would take its labels for the gateway's.
		"node": object{"id": "router~127.0.0.9~gw-1.default~default.svc.cluster.local", "cluster": "gw", "metadata": object{
			"NAMESPACE": "default", "CLUSTER_ID": "Kubernetes", "ISTIO_VERSION": "1.31.0", "LABELS": object{"app": "gw"}, "NAME": "gw-1",
		}},
		"dynamic_resources": object{
			"ads_config": object{"api_type": "GRPC", "transport_api_version": "V3", "grpc_services": []object{{"envoy_grpc": object{"cluster_name": "xds-grpc"}}}},
			"cds_config": ads, "lds_config": ads,
		},
		"static_resources": object{"clusters": []object{grpcServer("xds-grpc", xds), grpcServer("sds-grpc", s.serveSecrets(t))}},
	})
	stats, err := process.Admin().Stats(t.Context(), "update_rejected")
	if err != nil {
		t.Fatal(err)
	}
	for name, n := range stats {
		if n != 0 {
			t.Errorf("%s: %d", name, n)
		}
	}
	return harness.Endpoint{Address: gateway}
}

// secure asks what takes TLS: Istio and Envoy go by the URL's name.
func (s *site) secure(t *testing.T, at harness.Endpoint) {
	t.Helper()
	reply := at.Get(t, "/secure", "Authorization: Bearer good")
	if seen, err := reply.Seen(); reply.Status != 200 || err != nil || strings.Join(seen.Header["X-User"], ",") != "bob" || s.sni.Load() != identityHost {
		t.Errorf("%d %v, asked for %v", reply.Status, seen.Header, s.sni.Load())
	}
	asked := len(s.identity.Seen("/introspect"))
	if reply := at.Get(t, "/wrong", "Authorization: Bearer good"); reply.Status != 500 || len(s.identity.Seen("/introspect")) != asked {
		t.Errorf("another's certificate: %d", reply.Status)
	}
}

// serveSecrets stands for Istio's agent, which gives the proxy its authorities: those of the system, by their name, are
// here the site's.
func (s *site) serveSecrets(t *testing.T) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	secretv3.RegisterSecretDiscoveryServiceServer(server, &agent{pem: s.authority.PEM()})
	go server.Serve(l)
	t.Cleanup(server.Stop)
	return l.Addr().String()
}

type agent struct {
	secretv3.UnimplementedSecretDiscoveryServiceServer
	pem []byte
}

func (a *agent) StreamSecrets(stream secretv3.SecretDiscoveryService_StreamSecretsServer) error {
	for {
		request, err := stream.Recv()
		if err != nil {
			return err
		}
		if request.ResponseNonce != "" {
			continue // thanks
		}
		for _, name := range request.ResourceNames {
			if name != "file-root:system" {
				return fmt.Errorf("a secret %q", name)
			}
		}
		secret, err := anypb.New(&tlsv3.Secret{Name: "file-root:system", Type: &tlsv3.Secret_ValidationContext{ValidationContext: &tlsv3.CertificateValidationContext{
			TrustedCa: &corev3.DataSource{Specifier: &corev3.DataSource_InlineBytes{InlineBytes: a.pem}},
		}}})
		if err != nil {
			return err
		}
		if err := stream.Send(&discoveryv3.DiscoveryResponse{
			VersionInfo: "1", Nonce: "1", TypeUrl: request.TypeUrl, Resources: []*anypb.Any{secret},
		}); err != nil {
			return err
		}
	}
}

// free is an address that nobody listens on.
func free(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
