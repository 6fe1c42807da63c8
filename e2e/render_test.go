package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
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
	log     *harness.Log
	at      map[string]string // addresses, by listener
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
func document(t *testing.T, role string, upstreams map[string]render.Origin) []byte {
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
		"oathgate": object{"role": role, "clusters": clusters, "routing_header": render.RoutingHeader, "peer_state": render.PeerState, "access_log": true},
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
	r := &rendered{config: config, files: files, log: &harness.Log{}}
	r.process, err = supervise.Start(t.Context(), supervise.Options{
		Envoy: suite.Envoy.Binary.Path, Config: files.Bootstrap(), Concurrency: 2, Output: r.log,
		Args: []string{"--file-flush-interval-msec", "100"},
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
	c.ProxyDocument = document(t, "proxy", upstreams)
	c.APIDocument = c.ProxyDocument
	for _, o := range upstreams {
		c.Origins = append(c.Origins, o)
	}
	c.Origins = append(c.Origins,
		render.Origin{Scheme: "https", Host: "2001:db8::1", Port: 443, Cluster: "six"},
		render.Origin{Scheme: "https", Host: "Upper.invalid.", Port: 443, Cluster: "upper"})
	return c, upstreams
}

func TestRendered(t *testing.T) {
	config, upstreams := base(t)
	r := start(t, config)

	for _, c := range []struct {
		target string
		status int
	}{
		{"/open/plain/x?token=secret", 200}, {"/open/named/x", 200}, {"/open/secure/x", 200}, {"/open/wrong/x", 502}, {"/open/nowhere/x", 502}, {"/other?token=secret", 404},
	} {
		reply := r.ask(t, "proxy", "GET", c.target, "X-Oathgate-Cluster: plain", "Cookie: a=secret")
		if reply.Status != c.status {
			t.Errorf("%s: %d %s", c.target, reply.Status, reply.Body)
		}
		if reply.Status == 502 && reply.Body != "" {
			t.Errorf("%s: the client learns %q", c.target, reply.Body)
		}
		if seen, err := reply.Seen(); c.status == 200 && (err != nil || seen.Header["X-Oathgate-Cluster"] != nil) {
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
	// What looks like gRPC is refused in the status, too: Envoy by itself would answer 200.
	if reply := r.ask(t, "api", "GET", "/open/plain/x", "Content-Type: application/grpc"); reply.Status != 403 {
		t.Errorf("the API, as gRPC: %d", reply.Status)
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

	socket := r.ask(t, "proxy", "GET", "/open/plain/socket", webSocket...)
	if socket.Status != 101 {
		t.Errorf("a WebSocket: %d %s", socket.Status, socket.Body)
	}
	if socket = r.ask(t, "proxy", "GET", "/other", webSocket...); socket.Status != 404 {
		t.Errorf("a WebSocket that no rule allows: %d %s", socket.Status, socket.Body)
	}

	next := config
	fresh := upstreams["plain"]
	fresh.Cluster = "fresh"
	next.Origins = []render.Origin{fresh}
	next.ProxyDocument = document(t, "proxy", map[string]render.Origin{"new": fresh})
	next.APIDocument = document(t, "decision", map[string]render.Origin{"new": fresh})
	kept := dial(t, r.at["proxy"])
	if status := kept.get(t, "/open/plain/x"); status != 200 {
		t.Errorf("on a connection that stays: %d", status)
	}
	began := time.Now()
	if err := r.files.Update(t.Context(), r.process.Admin(), next); err != nil {
		t.Fatal(err)
	}
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
			for path, status := range map[string]int{"/open/new/x": 200, "/open/plain/x": 404} {
				reply := r.ask(t, "api", "GET", "/decisions", "X-Forwarded-Method: GET", "X-Forwarded-Proto: http", "X-Forwarded-Host: app.test", "X-Forwarded-Uri: "+path)
				if reply.Status != status {
					t.Errorf("%s, the decision on %s: %d %s", when, path, reply.Status, reply.Body)
				}
			}
		}
	}
	check("after the change")
	if status := kept.get(t, "/open/new/x"); status != 200 {
		t.Errorf("on the connection that stayed: %d", status)
	}
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
	r.checkLog(t)
}

// checkLog wants a line for what was granted and for what was denied, with its facts, and no secret in any.
func (r *rendered) checkLog(t *testing.T) {
	t.Helper()
	want := []string{
		"true 200 http://app.test/open/plain/x plain allowed anonymous",
		"true 200 http://app.test/open/new/x new allowed anonymous",
		"true 200 http://app.test/decisions new allowed anonymous",
		"true 502 http://app.test/open/wrong/x wrong allowed anonymous",
		"false 401 http://app.test/open/plain/x plain unauthorized -",
		"false 404 http://app.test/other - no_rule -",
		"false 404 http://app.test/decisions - no_rule -",
	}
	harness.Eventually(t, "the access log has its lines", func() bool {
		lines := granted(r.log.String())
		return !slices.ContainsFunc(want, func(line string) bool { return !slices.Contains(lines, line) })
	})
	// A preflight is no decision.
	for _, line := range granted(r.log.String()) {
		if strings.HasPrefix(line, "false 2") {
			t.Errorf("the log says %q", line)
		}
	}
	if strings.Contains(r.log.String(), "secret") {
		t.Error("a secret stands in the log")
	}
}

// granted is what the access log's lines say, in short.
func granted(log string) (lines []string) {
	for line := range strings.Lines(log) {
		var l struct {
			Granted *bool  `json:"granted"`
			Status  int    `json:"status"`
			URL     string `json:"http_url"`
			Rule    string `json:"rule_id"`
			Reason  string `json:"reason"`
			Subject string `json:"subject"`
		}
		if json.Unmarshal([]byte(line), &l) == nil && l.Granted != nil {
			lines = append(lines, fmt.Sprintf("%v %d %s %s %s %s", *l.Granted, l.Status, l.URL, cmp.Or(l.Rule, "-"), cmp.Or(l.Reason, "-"), cmp.Or(l.Subject, "-")))
		}
	}
	return lines
}

// kept is a connection that more than one request goes over.
type kept struct {
	net.Conn
	r *bufio.Reader
}

func dial(t *testing.T, address string) kept {
	t.Helper()
	conn, err := harness.Endpoint{Address: address}.Dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return kept{conn, bufio.NewReader(conn)}
}

func (k kept) get(t *testing.T, target string) int {
	t.Helper()
	if _, err := io.WriteString(k, harness.Message("GET", target, "")); err != nil {
		t.Fatal(err)
	}
	reply, err := harness.Read(k.r, "GET")
	if err != nil {
		t.Fatal(err)
	}
	return reply.Status
}

// What the running Envoy of TestRendered does not have: TLS, every address, IPv6, text, the least logging.
func TestRenderedIsValid(t *testing.T) {
	config, _ := base(t)
	key, certificate := harness.NewAuthority(t).Certificate(t, "app.test").PEM(t)
	config.Proxy = render.Listener{TLS: &render.TLS{CertificatePEM: certificate, KeyPEM: key}, ReadTimeout: time.Nanosecond}
	config.API = render.Listener{CORS: &render.CORS{AllowedOrigins: []string{"*"}, AllowCredentials: true, MaxAge: 60}}
	config.Log = render.Log{Level: "error", LeakSensitiveValues: true}
	files, err := render.Write(config)
	if err != nil {
		t.Fatal(err)
	}
	guarded(t, files.Bootstrap())
	if err := supervise.Validate(t.Context(), supervise.Options{Envoy: suite.Envoy.Binary.Path, Config: files.Bootstrap()}); err != nil {
		t.Error(err)
	}
}
