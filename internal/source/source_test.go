package source

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oathgate/rules/program"
)

const handlersOn = `
authenticators: {noop: {enabled: true}, anonymous: {enabled: true}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
`

const one = `
- id: one
  match: {url: "http://a.test/<[a-z]+>", methods: [GET]}
  upstream: {url: "http://up.test/x"}
  authenticators: [{handler: noop}]
  authorizer: {handler: allow}
  mutators: [{handler: noop}]
`

// folder has files of the names and texts given, in pairs; DIR in a text stands for it.
func folder(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		text := strings.ReplaceAll(files[i+1], "DIR", dir)
		if err := os.WriteFile(filepath.Join(dir, files[i]), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// load loads the files of dir that are named, or fails the test.
func load(t *testing.T, dir string, environ []string, names ...string) *Configuration {
	t.Helper()
	for i := range names {
		names[i] = filepath.Join(dir, names[i])
	}
	c, problems := Load(Options{Files: names, Environ: environ})
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 {
		t.FailNow()
	}
	if _, problems := program.Load(c.Document); len(problems) > 0 {
		t.Fatalf("the filter refuses what was found right: %v\n%s", problems, c.Document)
	}
	return c
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// Inside strings of JSON text < and > are escaped.
var unescaped = strings.NewReplacer(`\u003c`, "<", `\u003e`, ">")

func TestNothing(t *testing.T) {
	c := load(t, t.TempDir(), nil)
	server := Server{Port: 4455, Timeout: Timeout{5 * time.Second, 2 * time.Minute, 2 * time.Minute}}
	if c.Proxy != server {
		t.Errorf("%+v", c.Proxy)
	}
	server.Port = 4456
	if c.API != server {
		t.Errorf("%+v", c.API)
	}
	if c.Prometheus != (Prometheus{Port: 9000, Path: "/metrics"}) {
		t.Errorf("%+v", c.Prometheus)
	}
	if c.Log.Level != "info" || c.Log.Format != "text" || c.Log.LeakSensitiveValues {
		t.Errorf("%+v", c.Log)
	}
	if got := string(c.Document); got != `{"access_rules":{"rules":[]}}` {
		t.Error(got)
	}
}

// Later files win key by key, lists are replaced, and the filter gets its part alone.
func TestMerge(t *testing.T) {
	dir := folder(t, "a.yaml", `
serve: {proxy: {port: 1, host: 127.0.0.1}, api: {port: 2}}
log: {level: debug, format: json}
access_rules: {matching_strategy: glob, repositories: ["file://DIR/none.yaml"]}
errors: {fallback: [json, redirect]}
oathgate: {paths: oathkeeper, identity_headers: {extra: [X-A, X-B]}}
x-mine: {a: 1.50}
`, "b.yml", `
serve: {proxy: {port: 3}}
log: {level: error}
access_rules: {matching_strategy: regexp, repositories: ["file://DIR/rules.yaml"]}
errors: {fallback: [json]}
oathgate: {identity_headers: {extra: [X-C]}}
`, "c.json", `{"authenticators": {"noop": {"enabled": true}}, "authorizers": {"allow": {"enabled": true}}, "mutators": {"noop": {"enabled": true}}}`,
		"rules.yaml", one)
	c := load(t, dir, nil, "a.yaml", "b.yml", "c.json")
	if c.Proxy.Port != 3 || c.Proxy.Host != "127.0.0.1" || c.API.Port != 2 || c.Log.Level != "error" || c.Log.Format != "json" {
		t.Errorf("%+v", c)
	}
	want := compact(t, `{
		"access_rules": {"matching_strategy": "regexp", "rules": [{"id": "one", "match": {"url": "http://a.test/<[a-z]+>", "methods": ["GET"]},
			"upstream": {"url": "http://up.test/x"}, "authenticators": [{"handler": "noop"}], "authorizer": {"handler": "allow"}, "mutators": [{"handler": "noop"}]}]},
		"errors": {"fallback": ["json"]},
		"oathgate": {"paths": "oathkeeper", "identity_headers": {"extra": ["X-C"]}},
		"x-mine": {"a": 1.50},
		"authenticators": {"noop": {"enabled": true}}, "authorizers": {"allow": {"enabled": true}}, "mutators": {"noop": {"enabled": true}}}`)
	if got := unescaped.Replace(string(c.Document)); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	for i, name := range []string{"a.yaml", "b.yml", "c.json", "rules.yaml"} {
		if c.Files[i] != filepath.Join(dir, name) {
			t.Errorf("files %q", c.Files)
		}
	}
}

// Rules of all repositories follow each other, a repository that stands twice counts once, and ids may be equal.
func TestRepositories(t *testing.T) {
	inline := "inline://" + base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(one, "id: one", "id: two")))
	dir := folder(t, "a.yaml", handlersOn+`
access_rules:
  rules: [{id: own, match: {url: "http://own.test/", methods: [GET]}, authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: noop}]}]
  repositories: ["file://DIR/rules.yaml", "FILE://./rel.json", `+inline+`, "DIR/rules.yaml", "DIR/more%20rules.yaml", `+inline+`]
`, "rules.yaml", one, "more rules.yaml", one, "rel.json", "[]")
	t.Chdir(dir)
	c := load(t, dir, nil, "a.yaml")
	var got []string
	for _, r := range c.Rules {
		got = append(got, fmt.Sprintf("%s %s %d:%d", r.ID, strings.TrimPrefix(r.Document, dir+"/"), r.Line, r.Column))
	}
	want := []string{"own a.yaml 7:29", "one rules.yaml 3:11", "two access_rules.repositories[2] (inline) 3:11", "one more rules.yaml 3:11"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	if !slices.Contains(c.Files, "rel.json") {
		t.Errorf("%q", c.Files)
	}
}

func TestMigrate(t *testing.T) {
	for version, migrated := range map[string]bool{
		"v0.37.0": true, "0.36.9": true, "v0.37.0-beta.1+b": true, "v0.37.1": false, "v1.0.0": false, "0.37": false, "": false, "master": false,
	} {
		if got := upTo037(version); got != migrated {
			t.Errorf("%q: %v", version, got)
		}
	}
	const rule = `[{version: v0.36.0, authorizer: {handler: keto_engine_acp_ory, config: {required_action: "a:$1:$2", required_resource: r, subject: $1}}}]`
	l := &loader{config: &Configuration{}}
	n, ok := l.parse("rules", []byte(rule))
	if !ok {
		t.Fatal(l.problems)
	}
	l.lists = []ruleList{{rules: n.Items}}
	l.migrate()
	const want = `{"version":"v0.36.0","authorizer":{"handler":"keto_engine_acp_ory","config":{"required_action":` +
		`"a:{{ printIndex .MatchContext.RegexpCaptureGroups (sub 1 1 | int)}}:{{ printIndex .MatchContext.RegexpCaptureGroups (sub 2 1 | int)}}","required_resource":"r","subject":"$1"}}}`
	if got := string(l.lists[0].rules[0].AppendJSON(nil)); got != want {
		t.Errorf("%s", got)
	}
}

func TestOrigins(t *testing.T) {
	dir := folder(t, "a.yaml", `
access_rules: {repositories: ["file://DIR/rules.yaml"]}
authenticators:
  noop: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://unused.test/x"}}
  bearer_token: {enabled: true, config: {check_session_url: "https://Idp.test/x"}}
  oauth2_introspection:
    enabled: true
    config: {introspection_url: "http://intro.test:8080/i", pre_authorization: {enabled: true, client_id: a, client_secret: b, token_url: "http://[::1]:90/t"}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
oathgate: {role: decision, clusters: {"http://intro.test:8080": mine}}
`, "rules.yaml", `
- match: {url: "http://a.test/", methods: [GET]}
  upstream: {url: "http://intro.test:8080/x"}
  authenticators: [{handler: cookie_session, config: {check_session_url: "http://sessions.test"}}, {handler: bearer_token}, {handler: oauth2_introspection}]
  authorizer: {handler: allow}
  mutators: [{handler: noop}]
`)
	var got []string
	for _, o := range load(t, dir, nil, "a.yaml").Origins {
		got = append(got, fmt.Sprint(o))
	}
	want := []string{
		"{http ::1 90 oathgate_http_::1_90 false true}",
		"{http intro.test 8080 mine true true}",
		"{http sessions.test 80 oathgate_http_sessions.test_80 false true}",
		"{https idp.test 443 oathgate_https_idp.test_443 false true}",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestNotes(t *testing.T) {
	dir := folder(t, "a.yaml", `serve:
  proxy:
    trust_forwarded_headers: true
    cors: {enabled: true, debug: true}
  prometheus: {metric_name_prefix: p_, hide_request_paths: true, collapse_request_paths: false}
log: {redaction_text: x, additional_redacted_headers: [X-A]}
tracing: {provider: otel, providers: {otlp: {server_url: "a:1", insecure: true, sampling: {sampling_ratio: 0.5}}}}
profiling: mem
oathgate: {routing: envoy}
`+handlersOn+`
access_rules: {repositories: ["file://DIR/rules.yaml"]}
`, "rules.yaml", one)
	c := load(t, dir, []string{"MUTATORS_HEADER_CONFIG_HEADERS_X_USER=zz", "SERVE_PROXY_PROT=secret", "HOME=/x"}, "a.yaml")
	var got []string
	for _, n := range c.Notes {
		n.Document = strings.TrimPrefix(n.Document, dir+"/")
		got = append(got, n.String())
	}
	for i, want := range []string{
		"environment variable MUTATORS_HEADER_CONFIG_HEADERS_X_USER: (environment): is no key",
		"environment variable SERVE_PROXY_PROT: (environment): is no key of the configuration; did you mean SERVE_PROXY_PORT?",
		"a.yaml:4:27: serve.proxy.cors.debug: ",
		"a.yaml:3:5: serve.proxy.trust_forwarded_headers: ",
		"a.yaml:5:16: serve.prometheus.metric_name_prefix: ",
		"a.yaml:5:40: serve.prometheus.hide_request_paths: ",
		"a.yaml:5:66: serve.prometheus.collapse_request_paths: ",
		"a.yaml:6:7: log.redaction_text: ",
		"a.yaml:6:26: log.additional_redacted_headers: ",
		"a.yaml:7:1: tracing: ",
		"a.yaml:8:1: profiling: ",
		"rules.yaml:4:14: [0].upstream.url: oathgate.routing is envoy",
	} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Fatalf("%d: want %s in\n%s", i, want, strings.Join(got, "\n"))
		}
	}
	if len(got) != 12 {
		t.Errorf("%q", got)
	}
	if c.Options.Routing == 0 || len(c.Origins) != 0 {
		t.Errorf("%+v", c.Origins)
	}
}

// Without problems in it a section is read as it is written.
func TestSections(t *testing.T) {
	c := load(t, folder(t, "a.yaml", `
serve:
  proxy:
    timeout: {read: 1s, write: 2m, idle: 0s}
    cors: {enabled: true, allowed_origins: ["https://*.a.example"], allowed_methods: [GET], allowed_headers: [], exposed_headers: [X], allow_credentials: true, max_age: 60}
  api: {host: "[::1]", cors: {enabled: false, allowed_origins: ["a"]}}
  prometheus: {host: h, port: 0, metrics_path: /m}
log: {level: warn, format: gelf, leak_sensitive_values: true}
version: v0.40.0
`), nil, "a.yaml")
	if c.Proxy.Timeout != (Timeout{time.Second, 2 * time.Minute, 0}) {
		t.Errorf("%+v", c.Proxy)
	}
	if got := fmt.Sprintf("%+v", *c.Proxy.CORS); got != "{AllowedOrigins:[https://*.a.example] AllowedMethods:[GET] AllowedHeaders:[] ExposedHeaders:[X] AllowCredentials:true MaxAge:60}" {
		t.Error(got)
	}
	if c.API.Host != "::1" || c.API.CORS != nil || c.Prometheus != (Prometheus{"h", 0, "/m"}) {
		t.Errorf("%+v %+v", c.API, c.Prometheus)
	}
	if got := fmt.Sprintf("%+v", c.Log); got != "{Level:warn Format:gelf LeakSensitiveValues:true}" {
		t.Error(got)
	}
}
