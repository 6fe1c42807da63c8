package explain

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oathgate/internal/corpus"
	"oathgate/internal/policy"
	"oathgate/internal/source"
	"oathgate/internal/tokentest"
	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/pattern"
	"oathgate/rules/request"
	"oathgate/sdkhost/wazerohost"
)

func load(t *testing.T, text string) *policy.Policy {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p, problems := policy.Load(source.Options{Files: []string{file}})
	if problems != nil {
		t.Fatal(problems[0])
	}
	return p
}

// What is explained is what the filter decides: tried with every request of the cases.
func TestAsDecided(t *testing.T) {
	cases, err := corpus.Load(filepath.Join("..", "..", "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	var decided, waiting int
	for _, c := range cases {
		if len(c.Refused) > 0 {
			continue
		}
		p := load(t, string(c.Document))
		for i := range c.Requests {
			d := corpus.Deliver(&c.Requests[i], c.TLS)
			raw := request.Raw{Method: d.Method, Scheme: d.Scheme, Authority: d.Authority, Path: d.Path}
			for _, h := range d.Headers {
				raw.Headers.Add(h.Name, h.Value)
			}
			e := &explainer{policy: p}
			e.explain(raw)
			w := decision.Worker{
				Memory: &memory.Memory{}, Now: time.Now, Random: random, Host: wazerohost.Crypto{},
			}
			asked := false
			w.Send = (&run{}).send
			ev, step := w.Start(p.Program, raw)
			if step.Done == nil {
				ev.Abandon()
				asked = true
			}
			at := fmt.Sprintf("%s: %s %s", c.ID, raw.Method, raw.Path)
			switch {
			case asked:
				waiting++
				if e.out.Verdict == "It is allowed." || e.out.Rule == nil {
					t.Errorf("%s waits, and is explained as: %s", at, e.out.Verdict)
				}
				continue
			case step.Done.Allow:
				// A set of keys that cannot be fetched is asked for without waiting.
				if e.out.Verdict != "It is allowed." || e.rule.ID != step.Done.RuleID {
					t.Errorf("%s is allowed, and is explained as: %s", at, e.out.Verdict)
				}
			default:
				matched := ""
				if e.out.Rule != nil {
					matched = e.rule.ID
				}
				if !strings.HasPrefix(e.out.Verdict, "It is refused") && !open(e) || matched != step.Done.RuleID {
					t.Errorf("%s is refused (%s, rule %q), and is explained as: %s, rule %q", at, step.Done.Reason, step.Done.RuleID, e.out.Verdict, matched)
				}
			}
			decided++
			compareRoute(t, at, e, step.Done)
			compareAnswer(t, at, e, step.Done)
		}
	}
	t.Logf("%d requests decided at once, %d that wait", decided, waiting)
	if decided < 500 || waiting < 100 {
		t.Error("that is too little to say anything")
	}
}

// open reports whether somebody is asked.
func open(e *explainer) bool { return strings.Contains(e.out.Verdict, "if all who are asked say yes") }

// compareRoute compares an allowed request's way.
func compareRoute(t *testing.T, at string, e *explainer, d *decision.Decision) {
	t.Helper()
	if !d.Allow || d.Route.Cluster == "" {
		return
	}
	if e.out.Upstream == nil {
		t.Errorf("%s has no upstream", at)
		return
	}
	if d.Route.Authority != "" && e.out.Upstream.Host != d.Route.Authority {
		t.Errorf("%s goes to %s, not %s", at, d.Route.Authority, e.out.Upstream.Host)
	}
	var set []string
	for _, m := range e.out.Mutators {
		set = append(set, m.Sets...)
	}
	for _, h := range d.Set {
		if !strings.Contains(" "+strings.Join(set, " ")+" x-forwarded-proto connection ", " "+h.Name+" ") {
			t.Errorf("%s sets %s, which is not explained", at, h.Name)
		}
	}
	if len(d.Remove) > 0 && len(e.out.Upstream.Removes) == 0 {
		t.Errorf("%s loses %v, which is not explained", at, d.Remove)
	}
}

// compareAnswer compares a refused request's answer.
func compareAnswer(t *testing.T, at string, e *explainer, d *decision.Decision) {
	t.Helper()
	if d.Allow || open(e) {
		return
	}
	var told []int
	for _, a := range e.out.Refusals {
		told = append(told, a.Status)
	}
	if !strings.Contains(fmt.Sprint(told), fmt.Sprint(d.Response.Status)) {
		t.Errorf("%s is answered with %d, told are %v", at, d.Response.Status, told)
	}
}

const site = `
authenticators:
  anonymous: {enabled: true}
  jwt: {enabled: true, config: {jwks_urls: ["inline://%s"], required_scope: [read], allowed_algorithms: [ES256], scope_strategy: exact}}
authorizers: {allow: {enabled: true}}
mutators:
  header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}"}}}
  id_token: {enabled: true, config: {issuer_url: "http://a.test", jwks_url: "inline://%s"}}
errors:
  handlers:
    redirect: {enabled: true, config: {to: "http://login.test/"}}
    www_authenticate: {enabled: true, config: {realm: r}}
access_rules:
  rules:
    - id: one
      match: {url: "http://a.test/one", methods: [GET]}
      upstream: {url: "http://127.0.0.1:1"}
      authenticators: [{handler: jwt}]
      authorizer: {handler: allow}
      mutators: [{handler: header}, {handler: id_token}]
      errors: [{handler: redirect}, {handler: www_authenticate}]
    - match: {full_method: "a.B/C"}
      authenticators: [{handler: anonymous}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: ports
      match: {url: "<http>://a.test:80/port", methods: [GET]}
      authenticators: [{handler: anonymous}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
`

// Tokens are verified with keys that stand in the configuration; nobody is asked.
func TestKeysAtHand(t *testing.T) {
	key := tokentest.New("k", "ES256")
	set := base64.StdEncoding.EncodeToString([]byte(tokentest.Set(key.PrivateJWK())))
	p := load(t, fmt.Sprintf(site, set, set))
	for _, c := range []struct{ token, does, verdict string }{
		{key.Sign(`{"sub":"me","scp":["read"]}`), authenticates, "It is allowed."},
		{key.Sign(`{"sub":"me","scp":["write"]}`), refuses, `It is refused with 401: JSON Web Token is missing required scope "read".`},
		{tokentest.New("k", "ES256").Sign(`{"sub":"me","scp":["read"]}`), refuses, "It is refused with 401: the signature is not valid."},
		{"none", notResponsible, "It is refused with 401: no authenticator is responsible."},
	} {
		e, err := Explain(p, Request{Method: "GET", URL: "http://a.test/one", Headers: []string{"Authorization: Bearer " + c.token}})
		if err != nil {
			t.Fatal(err)
		}
		if e.Authenticators[0].Does != c.does || e.Verdict != c.verdict {
			t.Errorf("%s: %+v, %s", c.verdict, e.Authenticators, e.Verdict)
		}
		if c.does != authenticates {
			continue
		}
		if sets := fmt.Sprint(e.Mutators[0].Sets, e.Mutators[1].Sets); e.Authenticators[0].Subject != "me" || sets != "[x-user] [authorization]" {
			t.Errorf("subject %q, %s", e.Authenticators[0].Subject, sets)
		}
		// Two of the rule's own error handlers are responsible for everything.
		if a := e.Refusals[0]; a.Handler != "" || a.Status != 500 {
			t.Errorf("%+v", a)
		}
		if text, _ := json.Marshal(e); strings.Contains(string(text), c.token) {
			t.Error("the token is told")
		}
	}
}

func TestPlaces(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte(tokentest.Set(tokentest.New("k", "EdDSA").PrivateJWK())))
	p := load(t, fmt.Sprintf(site, key, key))
	e, err := Explain(p, Request{Method: "GET", URL: "http://a.test/port"})
	if err != nil || e.Rule == nil || e.Rule.Name != "ports" {
		t.Errorf("the default port: %+v, %v", e, err)
	}
	// It has no upstream.
	if e.Verdict != "It is refused with 500: the rule has no upstream.url." {
		t.Error(e.Verdict)
	}
	e, err = Explain(p, Request{Method: "GET", URL: "http://a.test"})
	if err != nil || e.URL != "http://a.test/" || len(e.Others) != 2 {
		t.Errorf("no path: %+v, %v", e, err)
	}
}

func TestMisses(t *testing.T) {
	for _, c := range []struct{ pattern, url, fails, why string }{
		{"https://a.test/<.*>", "http://a.test/", "scheme", `"https://a.test/" does not match at "http://a.test/"`},
		{"http://a.test/<.*>", "http://b.test/", "host", `"a.test/" does not match at "b.test/"`},
		{"http://<[a-z]+>.test/x", "http://a.example/x", "host", `".test/x" does not match at ".example/x"`},
		{"http://a.test/api/v1/<.*>", "http://a.test/api/v2/x", "path", `"v1/" does not match at "v2/x"`},
		{"http://a.test/<[0-9]+>", "http://a.test/x", "path", `"<[0-9]+>" does not match at "x"`},
		{"http://a.test/x", "http://a.test/x/y", "path", `the pattern is at its end, and the URL goes on with "/y"`},
		{"http://a.test/x/y", "http://a.test/x", "path", `"x/y" does not match at "x"`},
		{"http://a.test/<[a-z]+>/y", "http://a.test/x", "path", `the URL ends where "/y" wants more or something else`},
		{"http://a.test/<(?!x).*>", "http://a.test/x", "path", `the URL ends where "<(?!x).*>" wants more or something else`},
	} {
		p, err := pattern.Compile(pattern.Regexp, c.pattern)
		if err != nil {
			t.Fatal(err)
		}
		if fails, why := misses(p, c.url); fails != c.fails || why != c.why {
			t.Errorf("%s, %s: %s: %s; want %s: %s", c.pattern, c.url, fails, why, c.fails, c.why)
		}
	}
}
