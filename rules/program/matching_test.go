package program_test

import (
	"slices"
	"strings"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/program"
)

// aRule is a rule in YAML; more are keys beside those that every rule needs.
func aRule(id, url, more string) string {
	s := `{id: ` + id + `, match: {url: "` + url + `", methods: [GET, post]}, authorizer: {handler: allow}`
	if !strings.Contains(more, "authenticators:") {
		s += `, authenticators: [{handler: noop}]`
	}
	if !strings.Contains(more, "mutators:") {
		s += `, mutators: [{handler: noop}]`
	}
	if more != "" {
		s += `, ` + more
	}
	return s + `}`
}

func withRules(t testing.TB, oathgate string, list ...string) *program.Program {
	t.Helper()
	return mustCompile(t, "access_rules: {rules: ["+strings.Join(list, ",\n")+"]}\n"+handlers+"oathgate: {"+oathgate+"}\n")
}

func TestMatch(t *testing.T) {
	p := withRules(t, "",
		aRule("one", "http://a.test/one", ""),
		aRule("https", "https://a.test/one", ""),
		aRule("port", "http://p.test:80/x", ""),
		aRule("sport", "https://p.test:443/x", ""),
		aRule("noport", "http://q.test/x", ""),
		aRule("odd", "http://q.test:8080/x", ""),
		aRule("both1", "http://b.test/<.*>", ""),
		aRule("both2", "http://b.test/<[ab]>", ""),
		aRule("low", "http://c.test/<.*>", "priority: -1"),
		aRule("mid", "http://c.test/<m.*>", ""),
		aRule("high", "http://c.test/m<h.*>", "priority: 7"),
		aRule("high2", "http://c.test/mh<2.*>", "priority: 7"),
	)
	for _, c := range []struct{ method, url, want string }{
		{"GET", "http://a.test/one", "one"},
		{"POST", "http://a.test/one", "one"},
		{"get", "http://a.test/one", "one"},
		{"PUT", "http://a.test/one", "404"},
		{"HEAD", "http://a.test/one", "404"},
		{"GET", "http://a.test/one/", "one"},
		{"GET", "http://a.test/one?x=/two", "one"},
		{"GET", "http://a.test/One", "404"},
		{"GET", "http://a.test/one/x", "404"},
		{"GET", "http://a.test/", "404"},
		{"GET", "http://A.TEST./one", "one"},
		{"GET", "http://a.test:80/one", "one"},
		{"GET", "http://a.test:8080/one", "404"},
		{"GET", "http://a.test:443/one", "404"},
		{"GET", "https://a.test/one", "https"},
		{"GET", "https://a.test:443/one", "https"},
		{"GET", "http://a.testx/one", "404"},
		{"GET", "http://xa.test/one", "404"},
		// The scheme's default port can be in the rule, in the request, or in neither.
		{"GET", "http://p.test/x", "port"},
		{"GET", "http://p.test:80/x", "port"},
		{"GET", "https://p.test/x", "sport"},
		{"GET", "https://p.test:80/x", "404"},
		{"GET", "http://q.test:80/x", "noport"},
		{"GET", "http://q.test:8080/x", "odd"},
		// Two rules for one request.
		{"GET", "http://b.test/c", "both1"},
		{"GET", "http://b.test/a", "500"},
		{"GET", "http://c.test/x", "low"},
		{"GET", "http://c.test/mx", "mid"},
		{"GET", "http://c.test/mhx", "high"},
		{"GET", "http://c.test/mh2", "500"},
	} {
		m, err := p.Match(newRequest(t, p, c.method, c.url))
		got := ""
		switch {
		case err == nil:
			got = m.Rule.ID
		case err.Status == 404 && err.Error() == pipeline.NoRule().Error():
			got = "404"
		case err.Status == 500 && err.Error() == pipeline.ManyRules().Error():
			got = "500"
		default:
			got = err.Error()
		}
		if got != c.want || (err != nil) != (m.Rule == nil) {
			t.Errorf("%s %s: %s, want %s", c.method, c.url, got, c.want)
		}
	}
}

// The order of the rules says nothing.
func TestMatchOrder(t *testing.T) {
	list := []string{
		aRule("a", "http://a.test/<.*>", "priority: 1"), aRule("b", "http://a.test/<.*>", "priority: 1"), aRule("c", "http://a.test/<.*>", "priority: 0"),
		aRule("d", "http://a.test/x<.*>", "priority: 2"), aRule("e", "http://a.test/xy<.*>", "priority: 2"),
	}
	for range list {
		list = append(list[1:], list[0])
		p := withRules(t, "", list...)
		for url, want := range map[string]string{"/": "500", "/x": "d", "/xy": "500"} {
			m, err := p.Match(newRequest(t, p, "GET", "http://a.test"+url))
			if err == nil && m.Rule.ID != want || err != nil && want != "500" {
				t.Errorf("%.60s…: %s: %v, %v", list[0], url, m.Rule, err)
			}
		}
	}
}

// Groups are what the pattern captured, for rules that read them.
func TestMatchGroups(t *testing.T) {
	reads := `mutators: [{handler: header, config: {headers: {X-A: "{{ index .MatchContext.RegexpCaptureGroups 0 }}"}}}]`
	p := withRules(t, "", aRule("reads", "http://a.test/<[a-z]+>/<.*>", reads), aRule("not", "http://b.test/<.*>", ""))
	if got := match(t, p, "GET", "http://a.test/x/y/z").Groups; !slices.Equal(got, []string{"x", "y/z"}) {
		t.Errorf("%q", got)
	}
	if got := match(t, p, "GET", "http://b.test/x").Groups; got != nil {
		t.Errorf("%q", got)
	}
}

// A path that a server could read as another one, DESIGN section 3.
func TestPathGuard(t *testing.T) {
	readsURL := `mutators: [{handler: header, config: {headers: {X-A: "{{ .MatchContext.URL.Path }}"}}}]`
	readsGroups := `mutators: [{handler: header, config: {headers: {X-A: "{{ index .MatchContext.RegexpCaptureGroups 0 }}"}}}]`
	list := []string{
		aRule("public", "http://a.test/public/<.*>", ""),
		aRule("admin", "http://a.test/admin/<.*>", ""),
		aRule("all", "http://b.test/<.*>", ""),
		aRule("url", "http://c.test/<.*>", readsURL),
		aRule("groups", "http://d.test/<.*>", readsGroups),
		aRule("group", "http://d2.test/<[a-z]+>/<.*>", readsGroups),
		aRule("session", "http://e.test/<.*>", `authenticators: [{handler: bearer_token}]`),
		aRule("own", "http://f.test/<.*>", `authenticators: [{handler: cookie_session}]`),
		aRule("query", "http://g.test/<.*>", `authenticators: [{handler: cookie_session, config: {preserve_query: false}}]`),
	}
	strict, envoy, oathkeeper := withRules(t, "", list...), withRules(t, "routing: envoy", list...), withRules(t, "paths: oathkeeper", list...)
	for _, c := range []struct {
		url                       string
		strict, envoy, oathkeeper string
	}{
		{"http://a.test/public/x", "public", "public", "public"},
		{"http://a.test/public/%41", "public", "public", "public"},
		// It is cleaned where rules route, and nowhere else.
		{"http://a.test/public/../admin/x", "admin", "400", "admin"},
		{"http://a.test/public//x", "400", "400", "public"},
		{"http://a.test/public/..;/admin/x", "400", "400", "public"},
		{"http://a.test/public/%2e%2e/admin/x", "400", "400", "admin"},
		{"http://a.test/public/..%2fadmin/x", "400", "400", "admin"},
		{"http://a.test/public/%2e%2e%2fadmin/x", "400", "400", "admin"},
		{"http://a.test/public/..%5cadmin/x", "400", "400", "public"},
		{`http://a.test/public/..\admin/x`, "400", "400", "public"},
		{"http://a.test/public/%252e%252e/admin/x", "400", "400", "public"},
		// Every reading leads to the same rule, but what it captures is another text.
		{"http://b.test/x;y", "400", "400", "all"},
		{"http://b.test/x%00y", "400", "400", "all"},
		{"http://b.test/x%2f..;/y", "400", "400", "all"},
		// It is another spelling of a slash alone, and nobody reads it.
		{"http://b.test/x%2fy", "all", "all", "all"},
		{"http://b.test/x%2Fy/z%252Fa", "all", "all", "all"},
		{"http://b.test/x%2f/y", "400", "400", "all"},
		{"http://b.test/x%2f..%2fy", "400", "400", "all"},
		{"http://d.test/x%2fy", "400", "400", "groups"},
		{"http://c.test/xy", "url", "url", "url"},
		{"http://c.test/x%2fy", "400", "400", "url"},
		{"http://d.test/x%5cy", "400", "400", "groups"},
		{"http://d2.test/x/y%5cz", "400", "400", "group"},
		{"http://e.test/x%5cy", "400", "400", "session"},
		{"http://f.test/x%5cy", "400", "400", "own"},
		{"http://g.test/x%5cy", "400", "400", "query"},
	} {
		for name, side := range map[string]struct {
			p    *program.Program
			want string
		}{"strict": {strict, c.strict}, "envoy": {envoy, c.envoy}, "oathkeeper": {oathkeeper, c.oathkeeper}} {
			got := ""
			m, err := side.p.Match(newRequest(t, side.p, "GET", c.url))
			switch {
			case err == nil:
				got = m.Rule.ID
			case err.Status == 400:
				got = "400"
			default:
				got = err.Error()
			}
			if got != side.want {
				t.Errorf("%s, %s: %s, want %s", name, c.url, got, side.want)
			}
		}
	}
}

// A header that a rule takes its credentials from is refused if it is repeated:
// servers disagree which line counts.
func TestRepeatedTokenHeader(t *testing.T) {
	p := withRules(t, "",
		aRule("token", "http://a.test/", `authenticators: [{handler: noop}, {handler: bearer_token, config: {token_from: {header: X-Token}}}]`),
		aRule("none", "http://b.test/", ""))
	for _, c := range []struct {
		url     string
		headers []string
		refused bool
	}{
		{"http://a.test/", nil, false},
		{"http://a.test/", []string{"X-Token: a"}, false},
		{"http://a.test/", []string{"X-Token: a", "x-token: a"}, true},
		{"http://a.test/", []string{"X-Token: ", "X-TOKEN: "}, true},
		{"http://a.test/", []string{"X-Other: a", "x-other: b"}, false},
		{"http://b.test/", []string{"X-Token: a", "x-token: b"}, false},
	} {
		_, err := p.Match(newRequest(t, p, "GET", c.url, c.headers...))
		if (err != nil) != c.refused || err != nil && err.Status != 400 {
			t.Errorf("%s with %q: %v", c.url, c.headers, err)
		}
	}
}
