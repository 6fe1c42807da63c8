// Package istio tests what `oathgate render istio` prints, in Envoy.
package istio

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"sigs.k8s.io/yaml"

	"oathgate/e2e/harness"
	"oathgate/internal/istio"
	"oathgate/internal/source"
)

type object = map[string]any

const identityHost = "identity.auth.svc.cluster.local"

// site is an upstream, an identity server, and what is rendered for them.
type site struct {
	upstream *harness.Upstream
	identity *harness.Identity
	text     []byte
	objects  map[string]object // by kind; the last one of each

	// The identity server by TLS too: under its name, and with a certificate that names another host.
	authority             *harness.Authority
	securePort, wrongPort int
	sni                   atomic.Value // what was asked for last
}

const rules = `
serve: {proxy: {timeout: {read: 20s, write: 20s}}}
access_rules:
  rules:
    - id: open
      match: {url: "http://app.test/open/<.*>", methods: [GET, POST]}
      upstream: {url: "http://elsewhere.test/v1", strip_path: /open}
      authenticators: [{handler: anonymous}]
      authorizer: {handler: allow}
      mutators: [{handler: noop}]
    - id: me
      match: {url: "http://app.test/me", methods: [GET, POST]}
      authenticators: [{handler: cookie_session}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: inside
      match: {url: "http://app.test/inside", methods: [GET]}
      authenticators: [{handler: unauthorized}]
      authorizer: {handler: allow}
      mutators: [{handler: noop}]
      errors: [{handler: redirect, config: {to: "http://app.test/open/login", when: [{request: {cidr: [127.0.0.0/8]}}]}}]
    - id: outside
      match: {url: "http://app.test/outside", methods: [GET]}
      authenticators: [{handler: oauth2_introspection}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: secure
      match: {url: "http://app.test/secure", methods: [GET]}
      authenticators: [{handler: oauth2_introspection, config: {introspection_url: "https://%[1]s:%[3]d/introspect"}}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: wrong
      match: {url: "http://app.test/wrong", methods: [GET]}
      authenticators: [{handler: oauth2_introspection, config: {introspection_url: "https://%[1]s:%[4]d/introspect"}}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
authenticators:
  anonymous: {enabled: true}
  unauthorized: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://%[1]s:%[2]d/whoami", preserve_path: true, only: [session], subject_from: id}}
  oauth2_introspection: {enabled: true, config: {introspection_url: "https://id.example.com/introspect"}}
authorizers: {allow: {enabled: true}}
mutators:
  noop: {enabled: true}
  header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}", X-Allowed-By: oathgate}}}
errors: {handlers: {redirect: {enabled: true, config: {to: "http://app.test/"}}, json: {enabled: true}}}
`

func newSite(t *testing.T) *site {
	t.Helper()
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	s := &site{upstream: harness.NewUpstream(), identity: harness.NewIdentity(), objects: map[string]object{}}
	t.Cleanup(s.upstream.Close)
	t.Cleanup(s.identity.Close)
	s.identity.On("/whoami", func(w http.ResponseWriter, r *http.Request, seen harness.Seen) {
		if c, err := r.Cookie("session"); err != nil || c.Value != "good" {
			harness.JSON(401, object{})(w, r, seen)
			return
		}
		harness.JSON(200, object{"id": "alice"})(w, r, seen)
	})
	s.identity.On("/introspect", harness.Introspection(map[string]map[string]any{"good": {"sub": "bob"}}))
	s.authority = harness.NewAuthority(t)
	s.securePort, s.wrongPort = s.serveTLS(t, identityHost), s.serveTLS(t, "elsewhere.test")
	file := filepath.Join(t.TempDir(), "oathkeeper.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, rules, identityHost, portOf(t, s.identity.Address()), s.securePort, s.wrongPort), 0o600); err != nil {
		t.Fatal(err)
	}
	c, problems := source.Load(source.Options{Files: []string{file}})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	s.text, _, err = istio.Render(c, istio.Options{Name: "oathgate", Namespace: "default", Selector: map[string]string{"app": "gw"}, URL: "file://" + module})
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq(string(s.text), "\n---\n") {
		var o object
		if err := yaml.UnmarshalStrict([]byte(part), &o); err != nil {
			t.Fatal(err)
		}
		s.objects[o["kind"].(string)] = o
	}
	return s
}

// serveTLS serves the identity server with a host's certificate.
func (s *site) serveTLS(t *testing.T, host string) (port int) {
	t.Helper()
	server := httptest.NewUnstartedServer(s.identity)
	server.TLS = s.authority.Certificate(t, host).TLS()
	server.TLS.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		s.sni.Store(hello.ServerName)
		return nil, nil
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return portOf(t, server.Listener.Addr().String())
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(p)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// judged asks a gateway that has the filter.
func (s *site) judged(t *testing.T, at harness.Endpoint) {
	t.Helper()
	long := strings.Repeat("0123456789", 20_000)
	for _, c := range []struct {
		method, target, body string
		lines                []string
		status               int
		user, path, to       string
	}{
		{"GET", "/open/a", "", []string{"X-User: mallory"}, 200, "", "/open/a", ""},
		{"POST", "/open/b", long, nil, 200, "", "/open/b", ""},
		{"GET", "/open//b/../c", "", nil, 200, "", "/open/c", ""},
		{"GET", "/me", "", nil, 401, "", "", ""},
		{"GET", "/me", "", []string{"Cookie: session=bad"}, 401, "", "", ""},
		{"GET", "/me", "", []string{"Cookie: session=good", "X-User: mallory"}, 200, "alice", "/me", ""},
		{"POST", "/me", long, []string{"Cookie: session=good"}, 200, "alice", "/me", ""},
		{"GET", "/inside", "", nil, 302, "", "", "http://app.test/open/login"},
		{"GET", "/outside", "", []string{"Authorization: Bearer x"}, 500, "", "", ""},
		{"GET", "/none", "", nil, 404, "", "", ""},
		{"DELETE", "/open/a", "", nil, 404, "", "", ""},
	} {
		before := s.upstream.Total()
		reply := at.Send(t, c.method, c.target, c.body, c.lines...)
		if reply.Status != c.status || reply.Header.Get("Location") != c.to {
			t.Errorf("%s %s %q: %d %q %.200s", c.method, c.target, c.lines, reply.Status, reply.Header.Get("Location"), reply.Body)
			continue
		}
		if c.status != 200 {
			if s.upstream.Total() != before {
				t.Errorf("%s %s %q: it reached the upstream", c.method, c.target, c.lines)
			}
			continue
		}
		seen, err := reply.Seen()
		if err != nil || strings.Join(seen.Header["X-User"], ",") != c.user || seen.Target != c.path || seen.Body != c.body {
			t.Errorf("%s %s %q: %v, the upstream saw %s %v and %d bytes", c.method, c.target, c.lines, err, seen.Target, seen.Header, len(seen.Body))
		}
	}
	if reply, err := at.Raw(harness.Message("GET", "/me", "", "Connection: Upgrade", "Upgrade: websocket")); err != nil || reply.Status != 401 {
		t.Errorf("a WebSocket: %d, %v", reply.Status, err)
	}
}

// shut asks a gateway that lacks the filter.
func (s *site) shut(t *testing.T, at harness.Endpoint) {
	t.Helper()
	before := s.upstream.Total()
	for _, lines := range [][]string{nil, {"Cookie: session=good"}, {"Connection: Upgrade", "Upgrade: websocket"}, {"wasm.oathgate.decision: allow"}} {
		for _, target := range []string{"/open/a", "/me", "/none"} {
			if reply := at.Get(t, target, lines...); reply.Status != 403 {
				t.Errorf("%s %q: %d", target, lines, reply.Status)
			}
		}
	}
	if s.upstream.Total() != before {
		t.Error("something reached the upstream")
	}
}
