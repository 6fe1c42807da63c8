//go:build !wasip1

package closed

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/tokentest"
	"oathgate/sdkhost/wazerohost"
)

const (
	routingHeader = "x-oathgate-cluster"
	interlock     = "wasm.oathgate.decision"

	appCluster     = "oathgate_http_app.upstream_9000"
	sessionCluster = "oathgate_http_session.test_80"
	introCluster   = "oathgate_http_introspection.test_80"
	tokenCluster   = "oathgate_http_token.test_80"
	keysCluster    = "oathgate_http_keys.test_80"
	authzCluster   = "oathgate_http_authz.test_80"
	hydraCluster   = "oathgate_http_hydrator.test_80"
)

// readModule gives the filter as build.sh builds it, once a process.
var readModule = sync.OnceValues(func() ([]byte, error) {
	path, err := harness.Module()
	if err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

// world is a worker of the filter on wazero, and the identity servers that it asks.
type world struct {
	t    testing.TB
	host *wazerohost.Host
	vm   *wazerohost.VM

	session, introspection, token, keys, authz, hydrator func(*wazerohost.Callout) wazerohost.Reply
}

// issuer signs the JSON Web Tokens that the identity servers' keys are for.
var issuer = tokentest.New("k", "EdDSA")

// newWorld starts a worker whose identity servers know everybody.
func newWorld(t testing.TB, opt wazerohost.Options) *world {
	t.Helper()
	module, err := readModule()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t}
	w.session = func(*wazerohost.Callout) wazerohost.Reply {
		return answer(200, `{"subject":"sue","extra":{"role":"clerk"}}`)
	}
	w.introspection = func(c *wazerohost.Callout) wazerohost.Reply {
		return answer(200, `{"active":true,"sub":"ian","scope":"read"}`)
	}
	w.token = func(*wazerohost.Callout) wazerohost.Reply {
		return answer(200, `{"access_token":"own","token_type":"bearer","expires_in":12}`)
	}
	w.keys = func(*wazerohost.Callout) wazerohost.Reply { return answer(200, tokentest.Set(issuer.JWK())) }
	w.authz = func(c *wazerohost.Callout) wazerohost.Reply {
		if string(c.Body) != "first second" {
			return answer(403, ``)
		}
		return answer(200, ``)
	}
	w.hydrator = func(*wazerohost.Callout) wazerohost.Reply {
		return answer(200, `{"subject":"anonymous","header":{"X-Tier":["gold"]}}`)
	}
	opt.Backends = map[string]wazerohost.Backend{
		sessionCluster: func(c *wazerohost.Callout) wazerohost.Reply { return w.session(c) },
		introCluster:   func(c *wazerohost.Callout) wazerohost.Reply { return w.introspection(c) },
		tokenCluster:   func(c *wazerohost.Callout) wazerohost.Reply { return w.token(c) },
		keysCluster:    func(c *wazerohost.Callout) wazerohost.Reply { return w.keys(c) },
		authzCluster:   func(c *wazerohost.Callout) wazerohost.Reply { return w.authz(c) },
		hydraCluster:   func(c *wazerohost.Callout) wazerohost.Reply { return w.hydrator(c) },
	}
	opt.RouteHeader = routingHeader
	// The oldest Envoy has none, and Go's runtime ends the program if it asks in vain.
	opt.NoPoll = true
	opt.LogLevel = 3
	if w.host, err = wazerohost.New(context.Background(), module, opt); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.host.Close() })
	if w.vm, err = w.host.NewVM(); err != nil {
		t.Fatal(err)
	}
	return w
}

// answer is a server's reply, some virtual milliseconds later.
func answer(status int, body string) wazerohost.Reply {
	return wazerohost.Reply{Status: status, Body: []byte(body), Delay: 5 * time.Millisecond}
}

// configure makes a plugin of a document that is good.
func (w *world) configure(document []byte) *wazerohost.Plugin {
	w.t.Helper()
	p, ok := w.vm.Configure(document)
	if !ok {
		w.t.Fatalf("the document is refused: %v", w.vm.Logs())
	}
	return p
}

// sound fails the test if the worker is not as it was before any request: it has trapped or panicked, or something of a
// request is left. plugins is the number of live plugin contexts.
func (w *world) sound(plugins int, about string) {
	w.t.Helper()
	switch {
	case w.vm.Failed() != nil:
		w.t.Fatalf("%s: the VM is dead: %v", about, w.vm.Failed())
	case w.vm.InFlight() != 0:
		w.t.Fatalf("%s: %d callouts are left in flight", about, w.vm.InFlight())
	case w.vm.Contexts() != plugins:
		w.t.Fatalf("%s: %d contexts are left, want %d", about, w.vm.Contexts(), plugins)
	}
	for _, l := range w.vm.TakeLogs() {
		if strings.Contains(l.Text, "panic") {
			w.t.Fatalf("%s: %s", about, l.Text)
		}
	}
}

// unpanicked fails the test if the filter has counted a panic.
func (w *world) unpanicked() {
	w.t.Helper()
	if n := w.host.Metrics()["oathgate.panics"]; n != 0 {
		w.t.Fatalf("%d panics", n)
	}
}

// document is a configuration in which every rule listens to its own path; edit, if not nil, changes it.
func document(t testing.TB, edit func(map[string]any)) []byte {
	t.Helper()
	type m = map[string]any
	type l = []any
	handlers := func(names ...string) l {
		var out l
		for _, n := range names {
			out = append(out, m{"handler": n})
		}
		return out
	}
	rule := func(id, url string, more m) m {
		r := m{
			"id": id, "match": m{"url": url, "methods": l{"GET", "POST"}},
			"upstream":       m{"url": "http://app.upstream:9000/base", "strip_path": "/strip"},
			"authenticators": handlers("anonymous"), "authorizer": m{"handler": "allow"},
			"mutators": l{m{"handler": "header", "config": m{"headers": m{
				"X-User": "{{ print .Subject }}", "X-Rule": id,
			}}}},
		}
		for k, v := range more {
			r[k] = v
		}
		return r
	}
	preAuth := m{"enabled": true, "token_url": "http://token.test/token", "client_id": "id", "client_secret": "secret"}
	cache := m{"enabled": true, "ttl": "2s"}
	introspection := func(config m) l { return l{m{"handler": "oauth2_introspection", "config": config}} }
	doc := m{
		"access_rules": m{"rules": l{
			rule("public", "http://app.test/public/<.*>", nil),
			// Whoever takes an encrypted connection for a plain one lets these requests through.
			rule("secure", "https://app.test/public/<.*>", m{"authenticators": handlers("unauthorized")}),
			rule("stripped", "http://app.test/strip/<.*>", m{"mutators": handlers("noop")}),
			rule("session", "http://app.test/session/<.*>", m{"authenticators": handlers("cookie_session")}),
			rule("either", "http://app.test/either/<.*>", m{"authenticators": handlers("cookie_session", "anonymous")}),
			rule("introspection", "http://app.test/introspection/<.*>", m{"authenticators": introspection(m{})}),
			rule("cached", "http://app.test/cached/<.*>", m{"authenticators": introspection(m{"cache": cache})}),
			rule("preauthorized", "http://app.test/preauthorized/<.*>", m{"authenticators": introspection(m{"pre_authorization": preAuth, "cache": cache})}),
			rule("jwt", "http://app.test/jwt/<.*>", m{"authenticators": handlers("jwt")}),
			rule("upload", "http://app.test/upload/<.*>", m{"authorizer": m{"handler": "remote"}}),
			rule("late", "http://app.test/late/<.*>", m{"authenticators": handlers("cookie_session"), "authorizer": m{"handler": "remote"}}),
			rule("hydrated", "http://app.test/hydrated/<.*>", m{"mutators": handlers("hydrator")}),
			rule("denied", "http://app.test/denied/<.*>", m{"authorizer": m{"handler": "deny"}}),
			rule("unauthorized", "http://app.test/unauthorized/<.*>", m{"authenticators": handlers("unauthorized")}),
		}},
		"authenticators": m{
			"anonymous": m{"enabled": true}, "unauthorized": m{"enabled": true},
			"cookie_session": m{"enabled": true, "config": m{"check_session_url": "http://session.test/whoami", "preserve_path": true}},
			// Keys do not outlive the pause between two scenarios (settle).
			"jwt": m{"enabled": true, "config": m{
				"jwks_urls": l{"http://keys.test/set"}, "jwks_ttl": "2s", "allowed_algorithms": l{"EdDSA"},
			}},
			"oauth2_introspection": m{"enabled": true, "config": m{"introspection_url": "http://introspection.test/introspect"}},
		},
		"authorizers": m{
			"allow": m{"enabled": true}, "deny": m{"enabled": true},
			"remote": m{"enabled": true, "config": m{"remote": "http://authz.test/check", "retry": m{"give_up_after": "10ms"}}},
		},
		"mutators": m{
			"noop": m{"enabled": true}, "header": m{"enabled": true, "config": m{"headers": m{}}},
			"hydrator": m{"enabled": true, "config": m{"api": m{"url": "http://hydrator.test/hydrate"}}},
		},
		"oathgate": m{"limits": m{"callout_timeout": "1s"}},
	}
	if edit != nil {
		edit(doc)
	}
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// routedByEnvoy leaves the routes to somebody else.
func routedByEnvoy(doc map[string]any) {
	doc["oathgate"].(map[string]any)["routing"] = "envoy"
	for _, r := range doc["access_rules"].(map[string]any)["rules"].([]any) {
		delete(r.(map[string]any), "upstream")
	}
}

// request is the headers of a request, with what every client may try.
func request(method, path string, more ...string) wazerohost.Headers {
	h := wazerohost.Headers{
		{":method", method},
		{":path", path},
		{":authority", "app.test"},
		{":scheme", "http"},
		{"x-forwarded-proto", "http"},
		{"x-request-id", "1"},
		{"x-user", "root"},
		{"x_user", "root"},
		{routingHeader, "elsewhere"},
	}
	for i := 0; i < len(more); i += 2 {
		h = append(h, [2]string{more[i], more[i+1]})
	}
	return h
}
