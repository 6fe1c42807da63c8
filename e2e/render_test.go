package e2e

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/render"
	"oathgate/internal/supervise"
)

// rendered is an Envoy that internal/render's files configure, before the suite's upstream.
type rendered struct {
	config  render.Config
	files   *render.Files
	process *supervise.Process
	log     *logged
	at      map[string]string // addresses, by listener
}

// logged is what Envoy writes, read while it writes.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func port(t *testing.T, address string) uint16 {
	t.Helper()
	_, p, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

// document has one rule for each path below /open/, with its upstream.
func document(t *testing.T, config render.Config, upstreams map[string]render.Origin) []byte {
	t.Helper()
	type object = map[string]any
	rules, clusters := []object{}, object{}
	for path, o := range upstreams {
		clusters[o.String()] = o.Cluster
		rules = append(rules, object{
			"id": path, "match": object{"url": "http://app.test/open/" + path + "/<.*>", "methods": []string{"GET"}},
			"upstream":       object{"url": o.String()},
			"authenticators": []object{{"handler": "anonymous"}},
			"authorizer":     object{"handler": "allow"},
			"mutators":       []object{{"handler": "noop"}},
		})
	}
	enabled := object{"enabled": true}
	b, err := json.Marshal(object{
		"access_rules":   object{"rules": rules},
		"authenticators": object{"anonymous": enabled}, "authorizers": object{"allow": enabled}, "mutators": object{"noop": enabled},
		"oathgate": object{"role": "proxy", "clusters": clusters, "routing_header": render.RoutingHeader, "peer_header": render.PeerHeader},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func start(t *testing.T, config render.Config) *rendered {
	t.Helper()
	files, err := render.Write(config)
	if err != nil {
		t.Fatal(err)
	}
	guarded(t, files.Bootstrap())
	r := &rendered{config: config, files: files, log: &logged{}}
	r.process, err = supervise.Start(t.Context(), supervise.Options{
		Envoy: suite.Envoy.Binary.Path, Config: files.Bootstrap(), Concurrency: 2, Output: r.log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		r.process.Stop()
		if t.Failed() {
			t.Logf("Envoy's log:\n%s", r.log)
		}
	})
	if err := files.InForce(t.Context(), r.process.Admin()); err != nil {
		t.Fatal(err)
	}
	if r.at, err = harness.Listening(t.Context(), r.process.Admin()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rendered) ask(t *testing.T, listener, method, target string, lines ...string) harness.Reply {
	t.Helper()
	return harness.Endpoint{Address: r.at[listener]}.Ask(t, method, target, lines...)
}

func guarded(t *testing.T, bootstrap string) {
	t.Helper()
	b, err := os.ReadFile(bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range harness.Unguarded(b) {
		t.Error(problem)
	}
}

// base is a configuration whose listeners have ports of the kernel's choice, and an https upstream's certificate
// that names 127.0.0.1 but not localhost.
func base(t *testing.T) (render.Config, map[string]render.Origin) {
	t.Helper()
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "oathgate-render-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	secure := httptest.NewTLSServer(suite.Upstream)
	t.Cleanup(secure.Close)
	bundle := filepath.Join(dir, "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secure.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	tls := port(t, secure.Listener.Addr().String())
	upstreams := map[string]render.Origin{
		"plain":   {Scheme: "http", Host: "127.0.0.1", Port: port(t, suite.Upstream.Address()), Cluster: "plain"},
		"named":   {Scheme: "http", Host: "localhost", Port: port(t, suite.Upstream.Address()), Cluster: "named"},
		"secure":  {Scheme: "https", Host: "127.0.0.1", Port: tls, Cluster: "secure"},
		"wrong":   {Scheme: "https", Host: "localhost", Port: tls, Cluster: "wrong"},
		"nowhere": {Scheme: "http", Host: "nowhere.invalid", Port: 80, Cluster: "nowhere"},
	}
	c := render.Config{
		Proxy:      render.Listener{Host: "127.0.0.1", CORS: &render.CORS{AllowedOrigins: []string{"https://*.app.test"}, AllowedMethods: []string{"GET"}}},
		API:        render.Listener{Host: "localhost"},
		Prometheus: render.Metrics{Host: "127.0.0.1", Path: "/metrics"},
		Log:        render.Log{Format: "json"},
		CABundle:   bundle, Module: module, Dir: filepath.Join(dir, "envoy"),
	}
	c.ProxyDocument = document(t, c, upstreams)
	c.APIDocument = c.ProxyDocument
	for _, o := range upstreams {
		c.Origins = append(c.Origins, o)
	}
	return c, upstreams
}

func TestRendered(t *testing.T) {
	config, upstreams := base(t)
	r := start(t, config)

	for _, c := range []struct {
		target string
		status int
	}{
		{"/open/plain/x?token=secret", 200}, {"/open/named/x", 200}, {"/open/secure/x", 200}, {"/open/wrong/x", 503}, {"/other?token=secret", 404},
	} {
		reply := r.ask(t, "proxy", "GET", c.target, "X-Oathgate-Cluster: plain", "X-Oathgate-Peer: 192.0.2.1", "Cookie: a=secret")
		if reply.Status != c.status {
			t.Errorf("%s: %d %s", c.target, reply.Status, reply.Body)
		}
		if seen, err := reply.Seen(); c.status == 200 && (err != nil || seen.Header["X-Oathgate-Cluster"] != nil || seen.Header["X-Oathgate-Peer"] != nil) {
			t.Errorf("%s: the upstream saw %v, %v", c.target, seen.Header, err)
		}
	}
	if reply := r.ask(t, "proxy", "GET", "/open/plain/x?token=secret", "Authorization: Bearer secret"); reply.Status != 401 {
		t.Errorf("anonymous with credentials: %d %s", reply.Status, reply.Body)
	}
	// The API leads nowhere, whatever its filter says.
	before := suite.Upstream.Total()
	if reply := r.ask(t, "api", "GET", "/open/plain/x", "Origin: https://www.app.test"); reply.Status != 403 {
		t.Errorf("the API: %d %s", reply.Status, reply.Body)
	}
	preflight := r.ask(t, "proxy", "OPTIONS", "/open/plain/x", "Origin: https://www.app.test", "Access-Control-Request-Method: GET")
	if preflight.Status != 200 || preflight.Header.Get("Access-Control-Allow-Origin") != "https://www.app.test" {
		t.Errorf("a preflight: %d %v", preflight.Status, preflight.Header)
	}
	if preflight = r.ask(t, "proxy", "OPTIONS", "/open/plain/x", "Origin: https://app.test.evil", "Access-Control-Request-Method: GET"); preflight.Header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("a stranger's preflight: %d %v", preflight.Status, preflight.Header)
	}
	if suite.Upstream.Total() != before {
		t.Error("the API or a preflight reached the upstream")
	}

	for target, status := range map[string]int{"/metrics": 200, "/metrics/": 404, "/stats/prometheus": 404, "/config_dump": 404, "/metrics/../config_dump": 404, "/metrics%2f..%2fconfig_dump": 404} {
		if reply := r.ask(t, "prometheus", "GET", target); reply.Status != status || status == 200 && !strings.Contains(reply.Body, "envoy_server_live") {
			t.Errorf("%s: %d %.200s", target, reply.Status, reply.Body)
		}
	}
	if reply := r.ask(t, "prometheus", "POST", "/metrics"); reply.Status != 404 {
		t.Errorf("POST to the metrics: %d", reply.Status)
	}
	if info, err := os.Stat(filepath.Join(config.Dir, "admin.sock")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the admin's socket: %v, %v", info.Mode(), err)
	}

	next := config
	next.ProxyDocument = document(t, next, map[string]render.Origin{"new": {Scheme: "http", Host: "127.0.0.1", Port: upstreams["plain"].Port, Cluster: "fresh"}})
	next.Origins = []render.Origin{{Scheme: "http", Host: "127.0.0.1", Port: upstreams["plain"].Port, Cluster: "fresh"}}
	began := time.Now()
	if err := r.files.Update(t.Context(), r.process.Admin(), next); err != nil {
		t.Fatal(err)
	}
	t.Logf("in force after %v", time.Since(began))
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("a change is in force after %v", took)
	}
	check := func(when string) {
		t.Helper()
		for range 8 { // both workers
			if reply := r.ask(t, "proxy", "GET", "/open/new/x"); reply.Status != 200 {
				t.Errorf("%s, a new rule: %d %s", when, reply.Status, reply.Body)
			}
			if reply := r.ask(t, "proxy", "GET", "/open/plain/x"); reply.Status != 404 {
				t.Errorf("%s, a rule that was taken away: %d %s", when, reply.Status, reply.Body)
			}
		}
	}
	check("after the change")
	guarded(t, r.files.Bootstrap())

	broken := next
	broken.ProxyDocument = bytes.Replace(next.ProxyDocument, []byte(`"authorizer":`), []byte(`"authorizers":`), 1)
	broken.Origins = nil
	if err := r.files.Update(t.Context(), r.process.Admin(), broken); !errors.Is(err, render.ErrRefused) {
		t.Errorf("a broken document: %v", err)
	}
	check("after a broken document")
	if err := r.files.InForce(t.Context(), r.process.Admin()); err != nil {
		t.Error(err)
	}
	t.Log(r.log)
}
