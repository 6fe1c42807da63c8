package pipeline

import (
	"testing"

	"oathgate/rules/request"
	"oathgate/rules/template"
)

func session(t *testing.T) *Session {
	t.Helper()
	r, refusal := request.New(request.Raw{
		Method: "GET", Scheme: "https", Authority: "A.test:8443", Path: "/a%2Fb//c/?q=1&r",
		Headers: request.Headers{{Name: "x-a", Value: "1"}, {Name: "x-a", Value: "2"}},
	}, request.Options{Paths: request.PathsOathkeeper})
	if refusal != nil {
		t.Fatal(refusal)
	}
	return &Session{
		Subject:      "s",
		Extra:        map[string]any{"n": float64(1), "l": []any{"x"}},
		Header:       request.Headers{{Name: "x-user", Value: "u"}},
		MatchContext: MatchContext{RegexpCaptureGroups: []string{"g0", "g1"}, Request: r},
	}
}

// What templates see of a session is what Oathkeeper's see.
func TestSessionInTemplates(t *testing.T) {
	s := session(t)
	for text, want := range map[string]string{
		`{{ .Subject }}`:                                         "s",
		`{{ print .Subject }}`:                                   "s",
		`{{ .Extra.n }}`:                                         "1",
		`{{ index .Extra.l 0 }}`:                                 "x",
		`{{ .Extra.absent }}`:                                    "<no value>",
		`{{ .Header.Get "X-User" }}`:                             "u",
		`{{ index .MatchContext.RegexpCaptureGroups 1 }}`:        "g1",
		`{{ len .MatchContext.RegexpCaptureGroups }}`:            "2",
		`{{ .MatchContext.Method }}`:                             "GET",
		`{{ .MatchContext.Header.Get "x-A" }}`:                   "1",
		`{{ .MatchContext.URL.Scheme }}`:                         "https",
		`{{ .MatchContext.URL.Host }}`:                           "A.test:8443",
		`{{ .MatchContext.URL.Path }}`:                           "/a/b/c",
		`{{ .MatchContext.URL.Query.Get "q" }}`:                  "1",
		`{{ .MatchContext.URL.RawQuery }}`:                       "q=1&r",
		`{{ with .MatchContext.RegexpCaptureGroups }}y{{ end }}`: "y",
	} {
		tpl, err := template.Compile("t", text, template.SessionShape)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got, err := tpl.Execute(s); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", text, got, err, want)
		}
	}
}

func TestSessionAsJSON(t *testing.T) {
	s := session(t)
	s.MatchContext.Request.Path, s.MatchContext.Request.RawPath = "/a", "/a"
	tpl, err := template.Compile("t", `{{ .Header | toJson }} {{ .MatchContext.RegexpCaptureGroups | toJson }} {{ .Extra | toJson }}`, template.SessionShape)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"X-User":["u"]} ["g0","g1"] {"l":["x"],"n":1}`
	if got, err := tpl.Execute(s); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	whole, err := template.Compile("t", `{{ . | toJson }}`, template.SessionShape)
	if err != nil {
		t.Fatal(err)
	}
	const all = `{"subject":"s","extra":{"l":["x"],"n":1},"header":{"X-User":["u"]},"match_context":{"regexp_capture_groups":["g0","g1"],"url":`
	got, err := whole.Execute(s)
	if err != nil || len(got) < len(all) || got[:len(all)] != all {
		t.Errorf("%s, %v", got, err)
	}
}

func TestSessionHasNoOtherFields(t *testing.T) {
	s := session(t)
	for _, name := range []string{"", "subject", "URL", "Method", "Request"} {
		if v, ok := s.Field(name); ok || v != nil {
			t.Errorf("the session's %q: %v", name, v)
		}
	}
	for _, name := range []string{"", "url", "Subject", "Request"} {
		if v, ok := s.MatchContext.Field(name); ok || v != nil {
			t.Errorf("the match's %q: %v", name, v)
		}
	}
	if v, ok := s.StringField("Subject"); v != "s" || !ok {
		t.Error("StringField")
	}
	if _, ok := s.StringField("Extra"); ok {
		t.Error("Extra is no string")
	}
	if _, ok := s.MatchContext.StringsField("Method"); ok {
		t.Error("Method is no list")
	}
	if u := url(&request.Request{Path: "/", RawPath: "/", HasQuery: true}); !u.ForceQuery || u.RawPath != "" {
		t.Errorf("%+v", u)
	}
	for asking, raw := range map[string]string{"/decisions/a%20b": "", "/decisions/*": "/decisions/*"} {
		path, _ := request.DecodePath(asking[len("/decisions"):])
		u := url(&request.Request{Path: path, RawPath: asking[len("/decisions"):], Asking: asking})
		if u.RawPath != raw || u.EscapedPath() != request.EscapePath(path) {
			t.Errorf("%s: %+v", asking, u)
		}
	}
}

// A match that a hydrator tells takes the request's place; what it leaves out is
// not there.
func TestToldMatch(t *testing.T) {
	s := session(t)
	for _, c := range []struct {
		told Match
		text string
		want string // "" is an error
	}{
		{Match{Method: "PUT"}, `{{ .MatchContext.Method }}`, "PUT"},
		{Match{}, `{{ .MatchContext.Method }}.`, "."},
		{Match{URL: &template.URL{Path: "/told", RawQuery: "q=2"}}, `{{ .MatchContext.URL.Path }} {{ .MatchContext.URL.Query.Get "q" }}`, "/told 2"},
		{Match{}, `{{ .MatchContext.URL.Path }}`, ""},
		{Match{}, `x{{ .MatchContext.URL.Path }}`, ""},
		{Match{}, `{{ .MatchContext.URL.Query.Get "q" }}`, ""},
		{Match{}, `{{ if .MatchContext.URL }}url{{ else }}none{{ end }}`, "none"},
		{Match{Header: request.Headers{{Name: "x-told", Value: "v"}}}, `{{ .MatchContext.Header.Get "X-Told" }}{{ .MatchContext.Header.Get "X-A" }}`, "v"},
		{Match{}, `{{ .MatchContext | toJson }}`, `{"regexp_capture_groups":["g0","g1"],"url":null,"method":"","header":null}`},
	} {
		tpl, err := template.Compile("t", c.text, template.SessionShape)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		s.MatchContext.Told = &c.told
		if got, err := tpl.Execute(s); got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: %q, %v, want %q", c.text, got, err, c.want)
		}
	}
}
