package mutator

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// build builds a mutator from its configuration in JSON, "" for none.
func build(t testing.TB, name, config string) (pipeline.Mutator, pipeline.Traits, []tree.Problem) {
	t.Helper()
	cursor, found := treetest.Config(t, config)
	b := pipeline.Build{Config: cursor, Reserved: []string{"x-oathgate-cluster", ""}}
	m := Registry(name)(&b)
	return m, b.Traits, found.List()
}

func exchange(t testing.TB) *pipeline.Exchange {
	t.Helper()
	r, refusal := request.New(request.Raw{
		Method: "GET", Scheme: "http", Authority: "a.test", Path: "/p?q=1",
		Headers: request.Headers{{Name: "x-in", Value: "in"}},
	}, request.Options{})
	if refusal != nil {
		t.Fatal(refusal)
	}
	x := &pipeline.Exchange{Request: r}
	x.Session.Subject = "sub"
	x.Session.Extra = map[string]any{"n": float64(1e6), "crlf": "a\r\nb", "tab": "a\tb", "utf": "ä", "list": []any{"a"}}
	x.Session.MatchContext = pipeline.MatchContext{RegexpCaptureGroups: []string{"g"}, Request: r}
	return x
}

func TestHeader(t *testing.T) {
	for text, want := range map[string]string{
		``:                           "",
		`v`:                          "v",
		`{{ .Subject }}`:             "sub",
		` {{ .Subject }} `:           " sub ",
		`{{ .Extra.n }}`:             "1e+06",
		`{{ .Extra.utf }}`:           "ä",
		`{{ .Extra.tab }}`:           "a\tb",
		`{{ .Extra.absent }}`:        "<no value>",
		`{{ .MatchContext.Method }}`: "GET",
		`{{ index .MatchContext.RegexpCaptureGroups 0 }}`: "g",
		`{{ .MatchContext.Header.Get "X-In" }}`:           "in",
	} {
		config := `{"headers": {"X-User": ` + quote(text) + `}}`
		m, traits, problems := build(t, "header", config)
		if problems != nil || !slices.Equal(traits.SetsHeaders, []string{"x-user"}) || traits.Waits || traits.Body {
			t.Errorf("%s: %v, %+v", text, problems, traits)
			continue
		}
		x := exchange(t)
		x.Session.Header = request.Headers{{Name: "x-user", Value: "before"}, {Name: "x-other", Value: "stays"}}
		if err := m.Mutate(x); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		if want := (request.Headers{{Name: "x-user", Value: want}, {Name: "x-other", Value: "stays"}}); !reflect.DeepEqual(x.Session.Header, want) {
			t.Errorf("%s: %q", text, x.Session.Header)
		}
		if x.Request.Headers.Has("x-user") {
			t.Errorf("%s: the request was changed", text)
		}
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// What cannot be a header's value, or cannot be computed, is a 500: the header is
// not set.
func TestHeaderFails(t *testing.T) {
	for _, text := range []string{`{{ .Extra.crlf }}`, "a\\nb", `{{ print "a\u0000b" }}`, `{{ print "\u007f" }}`, `{{ index .Extra.list 1 }}`, `{{ index .MatchContext.RegexpCaptureGroups 1 }}`, `{{ .Subject.Name }}`} {
		config := `{"headers": {"X-Ok": "o", "X-User": "` + strings.ReplaceAll(text, `"`, `\"`) + `"}}`
		m, _, problems := build(t, "header", config)
		if len(problems) > 0 {
			if text != `{{ .Subject.Name }}` {
				t.Errorf("%s: %v", text, problems)
			}
			continue
		}
		x := exchange(t)
		err, ok := m.Mutate(x).(*pipeline.Error)
		if !ok || err.Status != 500 || x.Session.Header.Has("x-user") {
			t.Errorf("%s: %v, %q", text, err, x.Session.Header)
		}
	}
}

func TestHeaderMistakes(t *testing.T) {
	for config, want := range map[string]string{
		``:                                     "config.headers",
		`{}`:                                   "config.headers",
		`{"headers": []}`:                      "config.headers",
		`{"headers": {}, "a": 1}`:              "config.a",
		`{"headers": {"X": 1}}`:                "config.headers.X",
		`{"headers": {"X": null}}`:             "config.headers.X",
		`{"headers": {"X": "{{"}}`:             "config.headers.X",
		`{"headers": {"X": "{{ .Nothing }}"}}`: "config.headers.X",
		`{"headers": {"X": "{{ env \"HOME\" }}"}}`:    "config.headers.X",
		`{"headers": {"X-User": "a", "x-user": "b"}}`: "config.headers.x-user",
		`{"headers": {"": "a"}}`:                      `config.headers[""]`,
		`{"headers": {"X y": "a"}}`:                   `config.headers["X y"]`,
		`{"headers": {"X\r\nY": "a"}}`:                `config.headers["X\r\nY"]`,
		`{"headers": {"Xä": "a"}}`:                    `config.headers["Xä"]`,
		`{"headers": {":path": "a"}}`:                 `config.headers[":path"]`,
	} {
		_, _, problems := build(t, "header", config)
		var got []string
		for _, p := range problems {
			got = append(got, p.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems at %q, want %q", config, got, want)
		}
	}
}

// DESIGN section 3: no mutator sets these, in no spelling.
func TestReservedHeaders(t *testing.T) {
	for _, name := range []string{
		"Host", "host", "Connection", "Proxy-Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "TE", "Trailer",
		"Transfer-Encoding", "transfer_encoding", "Content-Length", "Content_Length", "Upgrade", "HTTP2-Settings",
		"x-envoy-original-path", "X-Envoy-Upstream-Rq-Timeout-Ms", "X_Envoy_Retry_On", "x-oathgate-cluster", "X-Oathgate-Cluster", "X_Oathgate-Cluster",
	} {
		_, traits, problems := build(t, "header", `{"headers": {"`+name+`": "v"}}`)
		if len(problems) != 1 || len(traits.SetsHeaders) != 0 {
			t.Errorf("%s: %v, sets %q", name, problems, traits.SetsHeaders)
		}
	}
	for _, name := range []string{"Authorization", "Cookie", "X-Forwarded-User", "X-Envoy", "Content-Type", "X-Oathgate", "x_user"} {
		_, traits, problems := build(t, "header", `{"headers": {"`+name+`": "v"}}`)
		if len(problems) != 0 || !slices.Equal(traits.SetsHeaders, []string{strings.ToLower(name)}) {
			t.Errorf("%s: %v, sets %q", name, problems, traits.SetsHeaders)
		}
	}
}

func TestHeaderTraits(t *testing.T) {
	_, traits, problems := build(t, "header", `{"headers": {"A": "{{ .MatchContext.URL.Path }}", "B": "{{ index .MatchContext.RegexpCaptureGroups 0 }}"}}`)
	want := pipeline.Traits{Forgets: true, ReadsURL: true, ReadsGroups: true, SetsHeaders: []string{"a", "b"}}
	if problems != nil || !reflect.DeepEqual(traits, want) {
		t.Errorf("%+v, %v", traits, problems)
	}
}

func TestNoop(t *testing.T) {
	m, traits, problems := build(t, "noop", `{"anything": 1}`)
	x := exchange(t)
	want := x.Session
	want.Noop = true
	if problems != nil || !reflect.DeepEqual(traits, pipeline.Traits{Forgets: true}) || m.Mutate(x) != nil || !reflect.DeepEqual(x.Session, want) {
		t.Errorf("%v, %+v, %+v", problems, traits, x.Session)
	}
}

func TestRegistry(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Error("the names are not sorted")
	}
	for _, name := range Names() {
		if Registry(name) == nil {
			t.Errorf("%s has no constructor", name)
		}
	}
	for _, name := range []string{"", "Header", "cookie "} {
		if Registry(name) != nil {
			t.Errorf("%q has a constructor", name)
		}
	}
}
