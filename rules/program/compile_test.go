package program_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"oathgate/rules"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// compile compiles a document in YAML that decodes without a problem.
func compile(t testing.TB, text string) (*program.Program, []rules.Problem) {
	t.Helper()
	root, err := tree.ParseYAML([]byte(text), tree.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	doc, problems := rules.Decode(root, "doc.yaml")
	if len(problems) > 0 {
		t.Fatalf("%s: %v", text, problems)
	}
	p, problems := program.Compile(doc)
	if (p == nil) != (len(problems) > 0) {
		t.Fatalf("%s: a program %v beside %v", text, p, problems)
	}
	return p, problems
}

func mustCompile(t testing.TB, text string) *program.Program {
	t.Helper()
	p, problems := compile(t, text)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", text, problems)
	}
	return p
}

func places(problems []rules.Problem) string {
	var list []string
	for _, p := range problems {
		list = append(list, strings.TrimSpace(p.Rule+" "+p.Path))
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

// documents gives the documents of a file of rules/testdata by name.
func documents(t *testing.T, file string) map[string]string {
	t.Helper()
	data, err := os.ReadFile("../testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	list := map[string]string{}
	for _, part := range strings.Split("\n"+string(data), "\n=== ")[1:] {
		name, text, _ := strings.Cut(part, "\n")
		list[name] = text
	}
	return list
}

func TestGoodDocuments(t *testing.T) {
	for name, text := range documents(t, "good.txt") {
		t.Run(name, func(t *testing.T) {
			_, problems := compile(t, text)
			for _, p := range problems {
				// The schema cannot know which handlers a rule's document enables.
				if !strings.Contains(p.Message, "is not enabled") && !strings.HasPrefix(p.Path, "oathgate.") {
					t.Error(p)
				}
			}
		})
	}
	for _, name := range []string{"minimal", "one rule"} {
		if p, problems := compile(t, documents(t, "good.txt")[name]); p == nil {
			t.Errorf("%s: %v", name, problems)
		}
	}
}

// Mistakes in handlers' configurations: the schema refuses, Decode accepts.
func TestDocumentsThatOnlyCompileRefuses(t *testing.T) {
	var schema jsonschema.Schema
	if err := json.Unmarshal(rules.Schema, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	wants := map[string]string{
		"unknown key in a global config":         "authenticators.anonymous.config.subjct",
		"required keys are missing":              "authenticators.cookie_session.config.check_session_url",
		"enabled without a config that it needs": "mutators.header.config.headers",
		"wrong kinds":                            "authenticators.oauth2_introspection.config.cache.ttl, authenticators.oauth2_introspection.config.required_scope",
		"two places for a token":                 "authenticators.bearer_token.config.token_from",
		"unknown key in a rule's config":         "rule #1 access_rules.rules[0].authenticators[0].config.subjct",
		"unknown error in when":                  "errors.handlers.json.config.when[0].error[0]",
		"pre_authorization without its keys":     "authenticators.oauth2_introspection.config.pre_authorization.client_secret, authenticators.oauth2_introspection.config.pre_authorization.token_url",
	}
	for name, text := range documents(t, "bad.txt") {
		if !strings.Contains(text, "#! (compile)") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			want, ok := wants[strings.TrimPrefix(name, "compile: ")]
			if !ok {
				t.Error("the place of the problem is not in this test's table")
			}
			_, problems := compile(t, text)
			if got := places(problems); got != want {
				t.Errorf("problems at %s, want %s", got, want)
			}
			for _, p := range problems {
				if p.Document != "doc.yaml" || p.Line == 0 && !strings.HasPrefix(name, "compile: enabled without") || p.Message == "" {
					t.Errorf("incomplete: %+v", p)
				}
			}
			root, err := tree.ParseYAML([]byte(text), tree.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if resolved.Validate(root.Any()) == nil {
				t.Error("the schema accepts")
			}
		})
	}
}

// handlers enables what the rules below use.
const handlers = `
authenticators:
  noop: {enabled: true}
  unauthorized: {enabled: true}
  anonymous: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://s.test/", preserve_path: true}}
  bearer_token: {enabled: true, config: {check_session_url: "http://s.test/"}}
  jwt: {enabled: true, config: {jwks_urls: []}}
authorizers: {allow: {enabled: true}, deny: {enabled: true}}
mutators: {noop: {enabled: true}, header: {enabled: true, config: {headers: {X-User: "{{ .Subject }}"}}}, cookie: {enabled: false}}
`

func TestCompileMistakes(t *testing.T) {
	const good = `match: {url: "http://a.test/<.*>", methods: [GET]}, authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: noop}]`
	change := func(old, new string) string { return `{id: r, ` + strings.Replace(good, old, new, 1) + `}` }
	for _, c := range []struct{ rule, want, says string }{
		{change("", ""), "", ""},
		{change(`http://a.test/<.*>`, `http://a.test/<(>`), "r access_rules.rules[0].match.url", ""},
		{change(`[{handler: noop}]`, `[{handler: oauth2_introspection}]`), "r access_rules.rules[0].authenticators[0]", "not enabled; set authenticators.oauth2_introspection.enabled"},
		{change(`[{handler: noop}]`, `[{handler: noop}, {handler: nobody}]`), "r access_rules.rules[0].authenticators[1]", "does not exist"},
		{change(`[{handler: noop}]`, `[{handler: allow}]`), "r access_rules.rules[0].authenticators[0]", "does not exist"},
		{change(`{handler: allow}`, `{handler: teapot}`), "r access_rules.rules[0].authorizer", "does not exist"},
		{change(`mutators: [{handler: noop}]`, `mutators: [{handler: noop}, {handler: teapot}]`), "r access_rules.rules[0].mutators[1]", "does not exist"},
		{change(`mutators: [{handler: noop}]`, `mutators: [{handler: noop}], errors: [{handler: json}, {handler: teapot}]`), "r access_rules.rules[0].errors[1]", "does not exist"},
		{change(`[{handler: noop}]`, `[{handler: anonymous, config: {subject: 1}}]`), "r access_rules.rules[0].authenticators[0].config.subject", "must be a string"},
		{change(`mutators: [{handler: noop}]`, `mutators: [{handler: header, config: {headers: {X-A: "{{"}}}]`), "r access_rules.rules[0].mutators[0].config.headers.X-A", ""},
		{change(`mutators: [{handler: noop}]`, `mutators: [{handler: header, config: {headers: {X-Oathgate-Cluster: a}}}]`), "r access_rules.rules[0].mutators[0].config.headers.X-Oathgate-Cluster", "no mutator"},
		// A rule for gRPC is checked for its shape alone.
		{`{id: r, ` + strings.Replace(good, `url: "http://a.test/<.*>", methods: [GET]`, `full_method: /a.B/C, url: "<("`, 1) + `}`, "", ""},
		// Its configuration is ignored.
		{change(`[{handler: noop}]`, `[{handler: noop, config: {x: 1}}]`), "", ""},
	} {
		_, problems := compile(t, "access_rules: {rules: ["+c.rule+"]}\n"+handlers)
		if got := places(problems); got != c.want {
			t.Errorf("%s: problems at %s, want %s", c.rule, got, c.want)
		}
		for _, p := range problems {
			if !strings.Contains(p.Message, c.says) || p.Line != 1 || p.Column == 0 {
				t.Errorf("%s: %+v, want %s", c.rule, p, c.says)
			}
		}
	}
}

// keto_engine_acp_ory works with regular expressions alone (Oathkeeper answers 500).
func TestKetoNeedsRegexp(t *testing.T) {
	for strategy, want := range map[string]string{"regexp": "", "glob": "r access_rules.rules[0].authorizer"} {
		_, problems := compile(t, `access_rules: {matching_strategy: `+strategy+`, rules: [{id: r, match: {url: "http://a.test/a", methods: [GET]}, authenticators: [{handler: noop}], authorizer: {handler: keto_engine_acp_ory}, mutators: [{handler: noop}]}]}
authenticators: {noop: {enabled: true}}
authorizers: {keto_engine_acp_ory: {enabled: true, config: {base_url: "http://keto.test", required_action: a, required_resource: r}}}
mutators: {noop: {enabled: true}}`)
		if got := places(problems); got != want {
			t.Errorf("%s: problems at %s, want %s", strategy, got, want)
		}
	}
}

// A mistake in the global configuration is reported once, where it stands, however
// many rules inherit it; what a rule adds is reported at the rule.
func TestInheritedMistakesAreReportedOnce(t *testing.T) {
	var list []string
	for range 3 {
		list = append(list, `{match: {url: a, methods: [GET]}, authorizer: {handler: allow}, mutators: [{handler: noop}],
			authenticators: [{handler: cookie_session}, {handler: cookie_session, config: {only: [a]}}, {handler: cookie_session, config: {onyl: [a]}}]}`)
	}
	_, problems := compile(t, `
access_rules: {rules: [`+strings.Join(list, ",\n")+`]}
authenticators: {cookie_session: {enabled: true, config: {check_session_url: s.test, subject_form: x}}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
`)
	const want = "authenticators.cookie_session.config.check_session_url, authenticators.cookie_session.config.subject_form, " +
		"rule #1 access_rules.rules[0].authenticators[2].config.onyl, rule #2 access_rules.rules[1].authenticators[2].config.onyl, rule #3 access_rules.rules[2].authenticators[2].config.onyl"
	if got := places(problems); got != want {
		t.Errorf("problems at %s", got)
	}
	// A rule that puts the global mistake right does not make it right.
	_, problems = compile(t, `
access_rules: {rules: [{match: {url: a, methods: [GET]}, authorizer: {handler: allow}, mutators: [{handler: noop}], authenticators: [{handler: cookie_session, config: {check_session_url: "http://s.test/"}}]}]}
authenticators: {cookie_session: {enabled: true, config: {}}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
`)
	if got := places(problems); got != "authenticators.cookie_session.config.check_session_url" {
		t.Errorf("problems at %s", got)
	}
}

// Rules that add nothing to the global configuration share the handler.
func TestHandlersAreShared(t *testing.T) {
	rule := func(id, config string) string {
		return `{id: ` + id + `, match: {url: "http://a.test/` + id + `", methods: [GET]}, authenticators: [{handler: anonymous` + config + `}], authorizer: {handler: allow}, mutators: [{handler: noop}]}`
	}
	p := mustCompile(t, "access_rules: {rules: ["+rule("a", "")+","+rule("b", ", config: null")+","+rule("c", ", config: {}")+","+rule("d", ", config: {subject: x}")+"]}\n"+handlers)
	if p.Rules() != 4 {
		t.Fatalf("%d rules", p.Rules())
	}
	first := match(t, p, "GET", "http://a.test/a").Rule.Authenticators[0]
	for id, shared := range map[string]bool{"b": true, "d": false} {
		if got := match(t, p, "GET", "http://a.test/"+id).Rule.Authenticators[0]; (got == first) != shared {
			t.Errorf("rule %s: shared %v", id, got == first)
		}
	}
}

// Global configurations of handlers that are not enabled are nobody's.
func TestDisabledHandlersAreNotBuilt(t *testing.T) {
	if _, problems := compile(t, `{access_rules: {rules: []}, authenticators: {cookie_session: {enabled: false, config: {x: 1}}, bearer_token: {config: {}}}}`); problems != nil {
		t.Error(problems)
	}
}

func TestFallback(t *testing.T) {
	for fallback, want := range map[string]int{``: 1, `, errors: {fallback: null}`: 1, `, errors: {fallback: [json]}`: 1, `, errors: {fallback: [json, json]}`: 2} {
		p := mustCompile(t, `{access_rules: {rules: []}`+fallback+`}`)
		if len(p.Fallback) != want {
			t.Errorf("%s: %d handlers", fallback, len(p.Fallback))
		}
	}
	for errors, want := range map[string]string{
		`{fallback: [redirect]}`:                                 "errors.fallback[0]",
		`{fallback: [json], handlers: {json: {enabled: false}}}`: "errors.fallback[0]",
	} {
		_, problems := compile(t, `{access_rules: {rules: []}, errors: `+errors+`}`)
		if got := places(problems); got != want {
			t.Errorf("%s: problems at %s", errors, got)
		}
	}
}

func TestRuleTraits(t *testing.T) {
	for use, waits := range map[string]bool{"noop": false, "anonymous": false, "cookie_session": true, "anonymous}, {handler: bearer_token": true} {
		p := mustCompile(t, `access_rules: {rules: [{match: {url: "http://a.test/", methods: [GET]}, authenticators: [{handler: `+use+`}], authorizer: {handler: deny}, mutators: [{handler: header}]}]}`+"\n"+handlers)
		rule := match(t, p, "GET", "http://a.test/").Rule
		if rule.Waits != waits || rule.Body || rule.ID != "rule #1" || rule.Upstream != nil {
			t.Errorf("%s: %+v", use, rule)
		}
	}
}

func newRequest(t testing.TB, p *program.Program, method, url string, headers ...string) *request.Request {
	t.Helper()
	scheme, rest, _ := strings.Cut(url, "://")
	slash := strings.IndexByte(rest, '/')
	raw := request.Raw{Method: method, Scheme: scheme, Authority: rest[:slash], Path: rest[slash:]}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		raw.Headers.Add(name, value)
	}
	r, refusal := request.New(raw, p.RequestOptions)
	if refusal != nil {
		t.Fatalf("%s: %v", url, refusal.Reason)
	}
	return r
}

// match is the match of a request that a rule is for.
func match(t testing.TB, p *program.Program, method, url string, headers ...string) program.Match {
	t.Helper()
	m, err := p.Match(newRequest(t, p, method, url, headers...))
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return m
}
