package api

import (
	"slices"
	"strings"
	"testing"

	"oathgate/rules/program"
	"oathgate/rules/request"
)

// A repository whose rules were never had makes the filter unready, and how each is stands beside.
func TestRepositories(t *testing.T) {
	const rule = `{"id":"a","match":{"url":"http://app.test/a","methods":["GET"]},"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"noop"}]}`
	for _, c := range []struct {
		rules, state string
		status       int
		body         string
		headers      []string
	}{
		{rule, `[]`, 200, `{"status":"ok"}`, nil},
		{
			rule, `[{"name":"https://r.test/a","rules":1,"loaded":1764000000}]`, 200,
			`{"status":"ok","repositories":[{"name":"https://r.test/a","rules":1,"loaded":1764000000}]}`,
			[]string{"https://r.test/a; rules=1; loaded=1764000000"},
		},
		{
			rule, `[{"name":"a","rules":1,"loaded":2,"error":"timeout","known":3},{"name":"b","loaded":4}]`, 200,
			`{"status":"ok","repositories":[{"name":"a","rules":1,"loaded":2,"error":"timeout","known":3},{"name":"b","rules":0,"loaded":4}]}`,
			[]string{"a; rules=1; loaded=2; error=timeout; known=3", "b; rules=0; loaded=4"},
		},
		{
			"", `[{"name":"a","error":"status"}]`, 503,
			`"message":"The requested resource could not be found"},"repositories":[{"name":"a","rules":0,"loaded":0,"error":"status","known":0}]}`,
			[]string{"a; rules=0; loaded=0; error=status; known=0"},
		},
		{rule, `[{"name":"a"}]`, 503, `,"repositories":[{"name":"a","rules":0,"loaded":0}]}`, []string{"a; rules=0; loaded=0"}},
		{rule, `[{"name":"a\r\nx: y","loaded":1}]`, 200, `{"status":"ok","repositories":[{"name":"a\r\nx: y","rules":0,"loaded":1}]}`, nil},
	} {
		p, problems := program.Load([]byte(`{"oathgate":{"role":"decision","repositories":{"state":` + c.state + `}},"access_rules":{"rules":[` + c.rules + `]},
"authenticators":{"noop":{"enabled":true}},"authorizers":{"allow":{"enabled":true}},"mutators":{"noop":{"enabled":true}}}`))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		ready := inform(p, &request.Raw{Method: "GET", Path: "/health/ready"})
		if ready.Status != c.status || !strings.HasSuffix(string(ready.Body), c.body+"\n") {
			t.Errorf("%s: %d %s", c.state, ready.Status, ready.Body)
		}
		var headers []string
		list := inform(p, &request.Raw{Method: "GET", Path: "/rules"})
		for _, h := range list.Headers {
			if strings.ContainsAny(h.Value, "\r\n") {
				t.Errorf("%q", h.Value)
			}
			if h.Name == "x-oathgate-repository" {
				headers = append(headers, h.Value)
			}
		}
		if c.headers != nil && !slices.Equal(headers, c.headers) || list.Status != 200 {
			t.Errorf("%s: %q", c.state, headers)
		}
	}
}
