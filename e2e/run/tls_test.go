package run

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// A server whose certificate is not good gets no request, so its word opens nothing.
// Proxy and API themselves speak TLS here, and rules for https match.
func TestTLS(t *testing.T) {
	ours, theirs := harness.NewAuthority(t), harness.NewAuthority(t)
	day := 24 * time.Hour
	servers := []struct {
		name, host  string
		certificate harness.Certificate
		good        bool
	}{
		{"good-ip", "127.0.0.1", ours.Certificate(t, "127.0.0.1"), true},
		{"good-name", "localhost", ours.Certificate(t, "localhost"), true},
		{"other-name", "localhost", ours.Certificate(t, "other.test"), false},
		{"other-ip", "127.0.0.1", ours.Certificate(t, "127.0.0.2"), false},
		{"name-for-ip", "127.0.0.1", ours.Certificate(t, "localhost"), false},
		{"unknown-authority", "localhost", theirs.Certificate(t, "localhost"), false},
		{"expired", "localhost", ours.CertificateFrom(t, "localhost", time.Now().Add(-2*day)), false},
		{"not-yet-valid", "localhost", ours.CertificateFrom(t, "localhost", time.Now().Add(day)), false},
	}

	var upstreamSaw atomic.Int32
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upstreamSaw.Add(1)
		echoUser(w, r)
	}))
	saw := make([]atomic.Int32, len(servers))
	var rules strings.Builder
	for i, server := range servers {
		address := secured(t, server.certificate, func(w http.ResponseWriter, _ *http.Request) {
			saw[i].Add(1)
			io.WriteString(w, `{"subject": "peter"}`)
		})
		origin := fmt.Sprintf("https://%s:%s", server.host, port(address))
		fmt.Fprintf(&rules, `
- id: session-%[1]s
  match: {url: "https://app.test/session/%[1]s", methods: [GET]}
  upstream: {url: "http://%[3]s"}
  authenticators: [{handler: cookie_session, config: {check_session_url: "%[2]s/sessions/whoami"}}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
- id: upstream-%[1]s
  match: {url: "https://app.test/upstream/%[1]s", methods: [GET]}
  upstream: {url: "%[2]s"}
  authenticators: [{handler: anonymous}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
`, server.name, origin, s.upstream)
	}
	s.write(t, "rules.yaml", rules.String())
	s.write(t, "authorities.pem", string(ours.PEM()))
	t.Setenv("SSL_CERT_FILE", s.path("authorities.pem"))

	// The proxy's own certificate is in files, the API's in the text.
	key, certificate := ours.Certificate(t, "app.test").PEM(t)
	s.write(t, "key.pem", string(key))
	s.write(t, "certificate.pem", string(certificate))
	s.write(t, "oathkeeper.yaml", fmt.Sprintf(`
serve:
  proxy: {host: 127.0.0.1, port: %s, tls: {key: {path: "%s"}, cert: {path: "%s"}}}
  api: {host: 127.0.0.1, port: %s, tls: {key: {base64: %s}, cert: {base64: %s}}}
  prometheus: {host: 127.0.0.1, port: %s}
access_rules: {repositories: ["file://%s"]}
authenticators:
  anonymous: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://127.0.0.1:1", only: [session]}}
authorizers: {allow: {enabled: true}}
mutators: {header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}"}}}}
`, port(s.proxy), s.path("key.pem"), s.path("certificate.pem"),
		port(s.api), base64.StdEncoding.EncodeToString(key), base64.StdEncoding.EncodeToString(certificate),
		port(s.prometheus), s.path("rules.yaml")))
	s.start(t)

	for i, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			upstreamSaw.Store(0)
			session := secureGet(t, ours, s.proxy, "/session/"+server.name)
			decision := secureGet(t, ours, s.api, "/decisions/session/"+server.name)
			upstream := secureGet(t, ours, s.proxy, "/upstream/"+server.name)
			if server.good {
				if session.Status != 200 || session.Body != "peter" || upstreamSaw.Load() != 1 {
					t.Errorf("session: %d %q, the upstream saw %d requests", session.Status, session.Body, upstreamSaw.Load())
				}
				if decision.Status != 200 || decision.Header.Get("X-User") != "peter" {
					t.Errorf("decision: %d %v", decision.Status, decision.Header)
				}
				if upstream.Status != 200 || !strings.Contains(upstream.Body, "peter") {
					t.Errorf("upstream: %d %q", upstream.Status, upstream.Body)
				}
				if saw[i].Load() != 3 {
					t.Errorf("the server saw %d requests, not 3", saw[i].Load())
				}
				return
			}
			for what, reply := range map[string]harness.Reply{"session": session, "decision": decision} {
				if reply.Status != 403 {
					t.Errorf("%s: %d, want 403", what, reply.Status)
				}
			}
			if upstream.Status != 502 {
				t.Errorf("upstream: %d, want 502", upstream.Status)
			}
			if saw[i].Load() != 0 || upstreamSaw.Load() != 0 {
				t.Errorf("the server saw %d requests, the upstream %d", saw[i].Load(), upstreamSaw.Load())
			}
			for _, reply := range []harness.Reply{session, decision, upstream} {
				said := strings.ToLower(fmt.Sprint(reply.Header, reply.Body))
				for _, cause := range []string{"tls", "ssl", "certificate", "verif", "connect", "localhost", "127.0.0.1"} {
					if strings.Contains(said, cause) {
						t.Errorf("the client learns of %q: %s", cause, said)
					}
				}
			}
		})
	}

	// In clear text there is nothing to be had.
	for _, address := range []string{s.proxy, s.api} {
		if reply, err := (harness.Endpoint{Address: address}).Raw(harness.Message("GET", "/session/good-ip", "", "Cookie: session=1")); err == nil {
			t.Errorf("clear text is answered: %d %s", reply.Status, reply.Body)
		}
	}
}

// secured starts a server with a certificate and returns its address.
func secured(t *testing.T, c harness.Certificate, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	server.TLS = c.TLS()
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// secureGet asks for https://app.test with a session's cookie.
func secureGet(t *testing.T, a *harness.Authority, address, path string) harness.Reply {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig:   &tls.Config{RootCAs: a.Pool()},
		ForceAttemptHTTP2: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", address)
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequest(http.MethodGet, "https://app.test"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Cookie", "session=1")
	response, err := (&http.Client{Transport: transport, Timeout: 40 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.ProtoMajor != 2 {
		t.Errorf("%s is answered in %s", path, response.Proto)
	}
	return harness.Reply{Status: response.StatusCode, Header: response.Header, Body: string(body)}
}
