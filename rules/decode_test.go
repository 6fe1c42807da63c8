package rules

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/rules/pattern"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

const oneRule = `- id: %ID%
  match: {url: "http://app.test/<.*>", methods: [GET, POST]}
  authenticators:
    - handler: anonymous
      config: {subject: guest}
    - handler: noop
  authorizer: {handler: allow}
  mutators: [{handler: noop}]
  errors: [{handler: json}]
  upstream: {url: "http://127.0.0.1:8081/base", strip_path: /x, preserve_host: true}
  priority: 4
  version: v0.40.0
`

func indent(s string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(s), "\n", "\n    ")
}

func decode(t *testing.T, text string) *Document {
	t.Helper()
	doc, problems := Decode(yamlTree(t, text), "doc.yaml")
	for _, p := range problems {
		t.Error(p)
	}
	if t.Failed() {
		t.FailNow()
	}
	return doc
}

func TestDecodeRule(t *testing.T) {
	doc := decode(t, "access_rules:\n  matching_strategy: glob\n  rules:\n"+indent(oneRule))
	if doc.Name != "doc.yaml" || doc.Strategy != pattern.Glob || len(doc.Rules) != 1 {
		t.Fatalf("got %+v", doc)
	}
	r := doc.Rules[0]
	config := r.Authenticators[0].Config
	if !reflect.DeepEqual(config.Any(), map[string]any{"subject": "guest"}) {
		t.Errorf("config %v", config.Any())
	}
	r.Authenticators[0].Config = nil
	at := "access_rules.rules[0]."
	want := Rule{
		ID: "%ID%", Version: "v0.40.0", Priority: 4, Path: "access_rules.rules[0]",
		URL: "http://app.test/<.*>", URLPath: at + "match.url", URLLine: 5, URLColumn: 15,
		Methods: []string{"GET", "POST"},
		Authenticators: []HandlerRef{
			{Handler: "anonymous", Path: at + "authenticators[0]", Line: 7, Column: 11},
			{Handler: "noop", Path: at + "authenticators[1]", Line: 9, Column: 11},
		},
		Authorizer: HandlerRef{Handler: "allow", Path: at + "authorizer", Line: 10, Column: 7},
		Mutators:   []HandlerRef{{Handler: "noop", Path: at + "mutators[0]", Line: 11, Column: 18}},
		Errors:     []HandlerRef{{Handler: "json", Path: at + "errors[0]", Line: 12, Column: 16}},
		Upstream:   Upstream{URL: "http://127.0.0.1:8081/base", StripPath: "/x", PreserveHost: true, Path: at + "upstream.url", Line: 13, Column: 18},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got\n%+v\nwant\n%+v", r, want)
	}
}

func TestRuleIDs(t *testing.T) {
	text := strings.ReplaceAll(oneRule, "%ID%", "a") + strings.ReplaceAll(oneRule, "%ID%", `""`) + strings.ReplaceAll(oneRule, "id: %ID%", `description: none`) + strings.ReplaceAll(oneRule, "%ID%", "a")
	list, problems := DecodeRules(yamlTree(t, text), "rules.yaml")
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
	}
	if want := []string{"a", "rule #2", "rule #3", "a"}; len(problems) != 0 || !reflect.DeepEqual(ids, want) {
		t.Errorf("got %q, %v", ids, problems)
	}
}

func TestProblemsNameTheirPlace(t *testing.T) {
	list, problems := DecodeRules(yamlTree(t, strings.ReplaceAll(oneRule, "%ID%", "first")+strings.ReplaceAll(strings.ReplaceAll(oneRule, "%ID%", "second"), "methods", "metods")+"- {}\n"), "rules.yaml")
	if len(list) != 3 {
		t.Errorf("%d rules", len(list))
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Error())
	}
	want := []string{
		`rules.yaml:14:40: rule "second": [1].match.metods: unknown key; did you mean methods? Known here: url, methods, full_method, authority, allow_http_get`,
		`rules.yaml:14:3: rule "second": [1].match.methods: is missing; write the list of HTTP methods that the rule is for, such as [GET]`,
		`rules.yaml:25:3: rule "rule #3": [2].match: is missing; write an object with url and methods`,
		`rules.yaml:25:3: rule "rule #3": [2].authenticators: is missing; write a list with at least one authenticator, such as [{handler: noop}]`,
		`rules.yaml:25:3: rule "rule #3": [2].authorizer: is missing; write an authorizer, such as {handler: allow}`,
		`rules.yaml:25:3: rule "rule #3": [2].mutators: is missing; write a list with at least one mutator, such as [{handler: noop}]`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
	if got := (Problem{Path: "a", Message: "m"}).String(); got != "a: m" {
		t.Error(got)
	}
}

func TestRuleFileMustBeAList(t *testing.T) {
	for _, text := range []string{"id: a", "null", "x"} {
		if _, problems := DecodeRules(yamlTree(t, text), "rules.yaml"); len(problems) != 1 || problems[0].Path != "(document)" {
			t.Errorf("%s: %v", text, problems)
		}
	}
}

func TestHandlerSettings(t *testing.T) {
	doc := decode(t, "access_rules: {rules: []}\nauthenticators: {noop: {enabled: true}, jwt: {enabled: false, config: {jwks_urls: [a]}}}\nmutators: {header: {config: {headers: {}}}}\n")
	if got := doc.Authenticators["noop"]; !got.Enabled || got.Config != nil || got.Path != "authenticators.noop" {
		t.Errorf("noop %+v", got)
	}
	if got := doc.Authenticators["jwt"]; got.Enabled || got.Config.Get("jwks_urls") == nil {
		t.Errorf("jwt %+v", got)
	}
	if doc.Mutators["header"].Enabled || doc.Authorizers["allow"].Enabled {
		t.Error("enabled without being told")
	}
}

func TestErrorsBlockDefaults(t *testing.T) {
	for text, enabled := range map[string]bool{
		"":                         true,
		"errors: null":             true,
		"errors: {handlers: {}}":   true,
		"errors: {handlers: null}": true,
		"errors: {handlers: {json: {config: {verbose: true}}}}": true,
		"errors: {handlers: {json: {enabled: true}}}":           true,
		"errors: {handlers: {json: {enabled: false}}}":          false,
	} {
		doc := decode(t, "access_rules: {rules: []}\n"+text+"\n")
		if got := doc.ErrorHandlers["json"]; got.Enabled != enabled || got.Path != "errors.handlers.json" {
			t.Errorf("%s: %+v", text, got)
		}
		if want := []HandlerRef{{Handler: "json", Path: "errors.fallback"}}; !reflect.DeepEqual(doc.Fallback, want) {
			t.Errorf("%s: fallback %+v", text, doc.Fallback)
		}
	}
	doc := decode(t, "access_rules: {rules: []}\nerrors: {fallback: [redirect, json]}\n")
	if len(doc.Fallback) != 2 || doc.Fallback[0].Handler != "redirect" || doc.Fallback[1].Path != "errors.fallback[1]" {
		t.Errorf("%+v", doc.Fallback)
	}
}

func TestOptions(t *testing.T) {
	def := decode(t, "access_rules: {rules: []}\n").Options
	networks, err := request.ParseNetworks([]string{"127.0.0.0/8", "::1"})
	if err != nil {
		t.Fatal(err)
	}
	want := Options{Clusters: map[string]string{}, TrustedProxies: networks, CalloutTimeout: 3 * time.Second, RoutingHeader: "x-oathgate-cluster", RepositoryInterval: 30 * time.Second}
	if !reflect.DeepEqual(def, want) {
		t.Errorf("defaults\n%+v\nwant\n%+v", def, want)
	}
	got := decode(t, `
access_rules: {rules: []}
oathgate:
  role: decision
  routing: envoy
  clusters: {"http://A.test": one, "https://b.test/": two, "http://[::1]:81": three}
  http2: ["http://G.test", "https://[::1]"]
  cluster_naming: istio
  trusted_proxies: []
  decision: {source: path}
  paths: oathkeeper
  identity_headers: {extra: [X-User]}
  cache: {ttl: 10s}
  limits: {callout_timeout: 500ms, callout_attempts: 2}
  routing_header: X-My-Cluster
  peer_state: my.peer
  scheme: https
  repositories: {interval: 1m, state: [{name: a}, {name: b, rules: 2, loaded: 3, error: timeout, known: 4}]}
`).Options
	want = Options{
		Role: RoleDecision, Routing: RoutingEnvoy, ClusterNaming: callout.Istio, DecisionSource: SourcePath, Paths: request.PathsOathkeeper,
		Clusters:        map[string]string{"http://a.test:80": "one", "https://b.test:443": "two", "http://[::1]:81": "three"},
		HTTP2:           []string{"http://g.test:80", "https://[::1]:443"},
		IdentityHeaders: []string{"x-user"}, CacheTTL: 10 * time.Second, CalloutTimeout: 500 * time.Millisecond, CalloutAttempts: 2,
		RoutingHeader: "x-my-cluster", PeerState: "my.peer", Scheme: "https",
		RepositoryInterval: time.Minute, Repositories: []Repository{{Name: "a"}, {Name: "b", Rules: 2, Loaded: 3, Error: "timeout", Known: 4}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
}

func TestIgnoredIsListed(t *testing.T) {
	doc := decode(t, "serve: {x: [1]}\nlog: 3\ntracing: {}\nprofiling: cpu\nx-a: 1\noathgate: {routing: envoy}\naccess_rules:\n  rules:\n"+indent(oneRule)+"\n")
	if got, want := paths(doc.Ignored), []string{"access_rules.rules[0].upstream.url", "log", "profiling", "serve", "tracing"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestLimits(t *testing.T) {
	long := func(n int) string {
		return "access_rules: {rules: [{match: {url: " + strings.Repeat("a", n) + ", methods: [GET]}, authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: noop}]}]}\n"
	}
	decode(t, long(2048))
	_, problems := Decode(yamlTree(t, long(2049)), "d")
	if len(problems) != 1 || problems[0].Path != "access_rules.rules[0].match.url" || !strings.Contains(problems[0].Message, "2048") {
		t.Errorf("pattern: %v", problems)
	}
	rule := strings.TrimSuffix(strings.TrimPrefix(long(1), "access_rules: {rules: ["), "]}\n")
	many := func(n int) *tree.Node {
		root := yamlTree(t, "access_rules: {rules: []}\n")
		list, one := root.Get("access_rules").Get("rules"), yamlTree(t, rule)
		for range n {
			list.Items = append(list.Items, one)
		}
		return root
	}
	if doc, problems := Decode(many(10_000), "d"); len(problems) != 0 || len(doc.Rules) != 10_000 {
		t.Errorf("10,000 rules: %v", problems)
	}
	if doc, problems := Decode(many(10_001), "d"); len(problems) != 1 || problems[0].Path != "access_rules.rules" || len(doc.Rules) != 0 {
		t.Errorf("10,001 rules: %v", problems)
	}
}

func TestSemver(t *testing.T) {
	for s, want := range map[string]bool{
		"0.40.0": true, "1.2.3-beta.1+sha.5114f85": true, "1.0.0-0.3.7": true, "1.0.0+001": true, "10.20.30": true, "1.0.0--": true,
		"": false, "1": false, "1.2": false, "1.2.3.4": false, "01.2.3": false, "1.2.3-01": false, "1.2.3-": false, "1.2.3+": false, "1.2.x": false,
		"v1.2.3": false, "1.2.3-a..b": false, "1.2.3-ä": false, " 1.2.3": false, "1.2.3 ": false, "-1.2.3": false,
		"1.2." + strconv.Itoa(1<<62): false,
	} {
		if got := semver(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	text := "[" + strings.TrimSuffix(strings.Repeat(`{"id":"r","match":{"url":"http://app.test/<.*>","methods":["GET"]},"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"header","config":{"headers":{"X-User":"{{ print .Subject }}"}}}],"upstream":{"url":"http://127.0.0.1:8081"}},`, 1000), ",") + "]"
	root, err := tree.ParseJSON([]byte(text), tree.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, problems := DecodeRules(root, "d"); len(problems) != 0 {
			b.Fatal(problems[0])
		}
	}
}
