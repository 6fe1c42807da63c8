package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oathgate/internal/corpus"
)

// one is a case of our own, which over changes; its expectation is what must come of it.
func one(t *testing.T, over func(m object)) *Case {
	t.Helper()
	config := `{serve: {proxy: {port: @PROXY_PORT@}}, access_rules: {repositories: ["file://@RULES_FILE@"]}, authenticators: {noop: {enabled: true},
cookie_session: {enabled: true, config: {check_session_url: "http://@SESSION@/who"}}, jwt: {enabled: true, config: {jwks_urls: ["http://@JWKS@/k"]}}},
authorizers: {allow: {enabled: true}, deny: {enabled: true}}, mutators: {noop: {enabled: true}, header: {enabled: true, config: {headers: {}}}}}`
	rules := `[{id: r, upstream: {url: "http://@UPSTREAM@"}, match: {url: "http://own.test/<.*>", methods: [GET]}, authenticators: [{handler: cookie_session}],
authorizer: {handler: allow}, mutators: [{handler: header, config: {headers: {X-User: "{{ print .Subject }}"}}}]}]`
	m := object{
		"id": "own", "area": "own", "rules": rules, "config": config,
		"request": object{"method": "GET", "target": "/a", "headers": [][2]string{{"Host", "own.test"}, {"Cookie", "b=2; session=valid"}}},
		"expect_proxy": object{
			"status": 200, "headers": [][2]string{{"Content-Type", "application/json"}, {"X-Upstream", "echo"}}, "body": Echo,
			"upstream_seen": object{"method": "GET", "target": "/a", "headers": [][2]string{{"Host", "@UPSTREAM@"}, {"X-User", "alice"}, {"Cookie", "session=valid; b=2"}}},
			"callouts":      []object{{"stub": "session", "method": "GET", "target": "/a", "headers": [][2]string{{"Cookie", "b=2; session=valid"}, {"Host", "@SESSION@"}}}},
		},
	}
	over(m)
	text, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cases.jsonl")
	if err := os.WriteFile(file, append(text, '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	cases, err := Load(file)
	if err != nil || len(cases) != 1 {
		t.Fatal(cases, err)
	}
	return cases[0]
}

func replayed(t *testing.T, c *Case) (*Result, error) {
	t.Helper()
	p, err := Prepare(c, false)
	if err != nil {
		t.Fatal(err)
	}
	return p.Run(corpus.Native{})
}

// The runner sees every kind of difference.
func TestRunSees(t *testing.T) {
	want := func(m object) object { return m["expect_proxy"].(object) }
	seen := func(m object) object { return want(m)["upstream_seen"].(object) }
	rule := func(m object, old, new string) { m["rules"] = strings.Replace(m["rules"].(string), old, new, 1) }
	for _, test := range []struct {
		name string
		over func(m object)
		want string
	}{
		{"equal", func(object) {}, ""},
		{"status", func(m object) { want(m)["status"] = 201 }, "status"},
		{"body", func(m object) { want(m)["body"] = "x" }, "body"},
		{"answer's header", func(m object) { want(m)["headers"] = [][2]string{{"X-Upstream", "echo"}} }, "headers"},
		{"target", func(m object) { seen(m)["target"] = "/b" }, "target"},
		{"method", func(m object) { seen(m)["method"] = "PUT" }, "target"},
		{"upstream's header", func(m object) { seen(m)["headers"] = [][2]string{{"Host", "@UPSTREAM@"}, {"X-User", "alice"}} }, "upstream headers"},
		{"let through", func(m object) { want(m)["upstream_seen"] = nil }, "MORE PERMISSIVE"},
		{"refused", func(m object) { rule(m, "handler: allow", "handler: deny") }, "body headers status verdict"},
		{"no callout", func(m object) { want(m)["callouts"] = []object{} }, "callouts"},
		{"another callout", func(m object) { want(m)["callouts"].([]object)[0]["target"] = "/b" }, "callouts"},
		{"callout's body", func(m object) { want(m)["callouts"].([]object)[0]["body"] = "a=b" }, "callouts"},
		{"refused at load, allowed there", func(m object) { rule(m, "<.*>", "<.*") }, "refused"},
		{"refused at load, 500 there", func(m object) { rule(m, "<.*>", "<.*"); want(m)["status"] = 500 }, ""},
		{"refused at load without a rule, 500 there", func(m object) { m["config"] = "{nope: 1}"; want(m)["status"] = 500 }, "refused"},
		{"no YAML", func(m object) { m["rules"] = "[" }, "refused"},
		{"another program", func(m object) {
			m["stubs"] = object{"session": []object{{"status": 401, "times": 0}, {"json": object{"subject": "alice"}, "match": object{"path": "/a"}}}}
		}, ""},
		{"a request before", func(m object) {
			m["stubs"] = object{"session": []object{{"status": 401, "times": 1}}}
			m["pre"] = []object{{"request": m["request"]}}
			want(m)["pre_results"] = []object{{"status": 401}}
		}, ""},
		{"a request before that differs", func(m object) {
			m["pre"] = []object{{"request": m["request"]}}
			want(m)["pre_results"] = []object{{"status": 401}}
		}, "MORE PERMISSIVE requests before"},
		{"rules that change", func(m object) {
			good := m["rules"].(string)
			m["pre"] = []object{{"rules": good}}
			m["rules"] = "[]"
		}, ""},
		{"rules that change, and do not in Oathkeeper", func(m object) {
			m["pre"] = []object{{"request": m["request"]}, {"rules": "[]"}}
			want(m)["pre_results"] = []object{{"status": 200, "body": Echo}}
		}, "body callouts headers status verdict"},
		{"rules that change to refused ones", func(m object) { m["pre"] = []object{{"rules": "[{}]"}, {"config": "{nope: 1}"}} }, ""},
		{"a configuration that changes", func(m object) {
			good := m["config"].(string)
			m["config"] = strings.Replace(good, "/who", "/other", 1)
			m["pre"] = []object{{"config": good}}
			m["stubs"] = object{"session": []object{{"status": 401, "match": object{"path": "/other"}}}}
		}, ""},
		{"rules over HTTP", func(m object) {
			m["stubs"] = object{"repo": []object{{"body": m["rules"], "match": object{"path": "/r"}}}}
			m["config"] = strings.Replace(m["config"].(string), "file://@RULES_FILE@", "http://@REPO@/r", 1)
		}, ""},
		{"out of scope", func(m object) { m["tags"] = []string{"go-http"}; want(m)["status"] = 1 }, "(Go's net/http)"},
		{"out of scope at startup", func(m object) { m["kind"] = "startup" }, "(startup)"},
		{"out of scope without a proxy", func(m object) { delete(m, "expect_proxy") }, "(decision API)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, err := replayed(t, one(t, test.over))
			if err != nil {
				t.Fatal(err)
			}
			expect(t, res, test.want)
		})
	}
}

// The same on the decision API, where the status alone is the verdict.
func TestRunSeesDecisions(t *testing.T) {
	rule := func(m object, old, new string) { m["rules"] = strings.Replace(m["rules"].(string), old, new, 1) }
	for _, test := range []struct {
		name string
		over func(m, want object)
		want string
	}{
		{"equal", func(_, _ object) {}, ""},
		{"allowed, refused there", func(_, want object) { want["status"] = 401 }, "MORE PERMISSIVE status"},
		{"refused, allowed there", func(m, _ object) { rule(m, "handler: allow", "handler: deny") }, "body headers status verdict"},
		{"header", func(_, want object) { want["headers"] = [][2]string{{"X-User", "bob"}} }, "headers"},
		{"asked otherwise", func(m, _ object) {
			m["decision_request"] = object{"method": "GET", "target": "/decisions", "headers": [][2]string{{"Host", "own.test"}, {"Cookie", "session=valid"}, {"X-Forwarded-Uri", "/a"}}}
			m["request"] = object{"method": "PUT", "target": "/zzz"}
		}, ""},
		{"a request before that is allowed", func(m, want object) {
			m["pre"] = []object{{"request": m["request"]}}
			want["pre_results"] = []object{{"status": 401}}
		}, "MORE PERMISSIVE requests before"},
		{"a request before, asked otherwise", func(m, want object) {
			m["pre"] = []object{{"request": object{"method": "GET", "target": "/", "decision": object{"method": "GET", "target": "/decisions", "headers": [][2]string{{"Host", "own.test"}}}}}}
			want["pre_results"] = []object{{"status": 400}}
		}, ""},
		{"not recorded", func(m, _ object) { delete(m, "expect_decision") }, "(the proxy alone)"},
	} {
		t.Run(test.name, func(t *testing.T) {
			res, err := replayed(t, one(t, func(m object) {
				want := object{
					"status": 200, "headers": [][2]string{{"X-User", "alice"}},
					"callouts": []object{{"stub": "session", "method": "GET", "target": "/a", "headers": [][2]string{{"Cookie", "session=valid; b=2"}, {"Host", "@SESSION@"}}}},
				}
				m["expect_decision"] = want
				m["compare"] = object{"callouts": "ignore"}
				test.over(m, want)
			}).OnDecisionAPI())
			if err != nil {
				t.Fatal(err)
			}
			expect(t, res, test.want)
		})
	}
}

// expect compares the parts that differ, or in brackets the scope, with want.
func expect(t *testing.T, res *Result, want string) {
	t.Helper()
	parts := map[string]bool{}
	for _, d := range res.Differences {
		parts[string(d.Part)] = true
	}
	got := strings.Join(sorted(parts), " ")
	if res.Scope != "" {
		got = "(" + res.Scope + ")"
	}
	if got != want {
		t.Errorf("%q, want %q: %v", got, want, res.Differences)
	}
}
