package mutator

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

const hydratorURL = `"api": {"url": "http://h.test/hydrate?own=1"`

// buildHydrator builds a hydrator from its configuration in JSON.
func buildHydrator(t testing.TB, config string, timeout time.Duration) (pipeline.Mutator, pipeline.Traits, []tree.Problem) {
	t.Helper()
	cursor, found := treetest.Config(t, config)
	b := pipeline.Build{Config: cursor, Reserved: []string{"x-oathgate-cluster", ""}, CalloutTimeout: timeout}
	m := newHydrator(&b)
	return m, b.Traits, found.List()
}

func mustHydrate(t testing.TB, config string) pipeline.Mutator {
	t.Helper()
	m, _, problems := buildHydrator(t, config, 3*time.Second)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", config, problems)
	}
	return m
}

func alice(w *calltest.World, r *request.Request) *pipeline.Exchange {
	x := w.Exchange(r)
	x.Session.Subject = "alice"
	x.Session.Extra = map[string]any{"a": "b"}
	x.Session.Header = request.Headers{{Name: "x-before", Value: "v"}}
	x.Session.MatchContext.RegexpCaptureGroups = []string{"g"}
	return x
}

// What the service is told.
func TestHydratorRequest(t *testing.T) {
	const session = `{"subject":"alice","extra":{"a":"b"},"header":{"X-Before":["v"]},"match_context":{"regexp_capture_groups":["g"],` +
		`"url":{"Scheme":"http","Opaque":"","User":null,"Host":"app.test","Path":"/x","Fragment":"","RawQuery":"b=2\u0026a=1\u0026a=%200;","RawPath":"","RawFragment":"","ForceQuery":false,"OmitHost":false},` +
		`"method":"PUT","header":{`
	for _, c := range []struct{ config, lines, wire, header string }{
		{hydratorURL + `}`, "", "content-type: application/json\n", ""},
		{
			hydratorURL + `}`, "x-a: 1\nx-a: 2\nauthorization: Bearer t\ncookie: a=b\ncontent-type: text/plain\nuser-agent: <ua>",
			"x-a: 1\nx-a: 2\nauthorization: Bearer t\ncookie: a=b\ncontent-type: application/json\nuser-agent: <ua>\n",
			`"Authorization":["Bearer t"],"Content-Type":["text/plain"],"Cookie":["a=b"],"User-Agent":["\u003cua\u003e"],"X-A":["1","2"]`,
		},
		{
			hydratorURL + `, "auth": {"basic": {"username": "u", "password": "p"}}}`, "authorization: Bearer t",
			"authorization: Basic dTpw\ncontent-type: application/json\n", `"Authorization":["Bearer t"]`,
		},
		{hydratorURL + `, "auth": {}}`, "", "authorization: Basic Og==\ncontent-type: application/json\n", ""},
		// What belongs to the connection, or would steer Envoy, is not sent.
		{
			hydratorURL + `}`, "connection: close\nte: trailers\nx-forwarded-for: 1.2.3.4\nforwarded: x\nx-envoy-upstream-rq-timeout-ms: 1\nx-oathgate-cluster: c\ncontent-length: 3",
			"content-type: application/json\n", `"Connection":["close"],"Content-Length":["3"],"Te":["trailers"],"X-Envoy-Upstream-Rq-Timeout-Ms":["1"],"X-Oathgate-Cluster":["c"]`,
		},
	} {
		m := mustHydrate(t, `{`+c.config+`}`)
		w := calltest.New(t, calltest.Always(calltest.Reply(200, `{"subject":"alice"}`)))
		var lines []string
		if c.lines != "" {
			lines = strings.Split(c.lines, "\n")
		}
		if err := m.Mutate(alice(w, calltest.Request(t, "PUT", "/x?b=2&a=1&a=%200;", lines...))); err != nil || len(w.Calls) != 1 {
			t.Fatalf("%s: %v, %d calls", c.config, err, len(w.Calls))
		}
		body := string(w.Calls[0].Body)
		w.Calls[0].Body = nil
		if got, want := calltest.Wire(w.Calls[0]), "POST http://h.test:80 /hydrate?a=1&b=2\n"+c.wire+`""`; got != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.config, got, want)
		}
		if want := session + c.header + `}}}`; body != want {
			t.Errorf("%s:\n%s\nwant\n%s", c.config, body, want)
		}
	}
	// The query of api.url goes, whatever the request's is.
	w := calltest.New(t, calltest.Always(calltest.Reply(200, `{}`)))
	if err := mustHydrate(t, `{`+hydratorURL+`}}`).Mutate(w.Exchange(calltest.Request(t, "GET", "/"))); err != nil || w.Calls[0].Target != "/hydrate" {
		t.Errorf("%v, %s", err, w.Calls[0].Target)
	}
}

// What the service answers, and what the session becomes: nothing is left of the old
// one.
func TestHydratorAnswers(t *testing.T) {
	told := pipeline.Match{
		Method: "PUT", Header: request.Headers{{Name: "x-told", Value: "1"}},
		URL: &template.URL{Scheme: "https", Host: "told.test", Path: "/p q", RawPath: "/p%20q", RawQuery: "q=1", Fragment: "f", ForceQuery: true},
	}
	for body, want := range map[string]pipeline.Session{
		`{"subject":"alice"}`: {},
		`{"subject":"alice","extra":null,"header":null,"match_context":null,"other":[1]}`: {},
		`{"subject":"alice","extra":{"k":[1,"x"]},"header":{"X-A":["1","2"],"x-b":[],"X-c":null}}`: {
			Extra:  map[string]any{"k": []any{float64(1), "x"}},
			Header: request.Headers{{Name: "x-a", Value: "1"}, {Name: "x-b", Value: ""}, {Name: "x-c", Value: ""}},
		},
		`{"subject":"alice","match_context":{"regexp_capture_groups":["forged",null],"method":"PUT","header":{"X-Told":["1"]},"url":{"Scheme":"https","Opaque":"","User":{},"Host":"told.test","Path":"/p q","RawPath":"/p%20q","RawQuery":"q=1","Fragment":"f","RawFragment":"","ForceQuery":true,"OmitHost":false,"x":1}}}`: {
			MatchContext: pipeline.MatchContext{RegexpCaptureGroups: []string{"forged", ""}, Told: &told},
		},
		`{"subject":"alice","match_context":{"url":null}}`: {},
	} {
		want.Subject = "alice"
		if want.MatchContext.Told == nil {
			want.MatchContext.Told = &pipeline.Match{}
		}
		w := calltest.New(t, calltest.Always(calltest.Reply(200, body)))
		x := alice(w, calltest.Request(t, "GET", "/"))
		want.MatchContext.Request = x.Request
		if err := mustHydrate(t, `{`+hydratorURL+`}}`).Mutate(x); err != nil || !reflect.DeepEqual(x.Session, want) {
			t.Errorf("%s: %v, %+v, want %+v", body, err, x.Session, want)
		}
	}
}

// What is no answer leaves the session as it was, and is a 500.
func TestHydratorFails(t *testing.T) {
	for _, c := range []struct {
		config      string
		result      callout.Result
		want, asked int
		says        string
	}{
		{"", calltest.Reply(200, `{"subject":"bob"}`), 500, 1, "The call to an external API returned an invalid JSON object"},
		{"", calltest.Reply(200, `{}`), 500, 1, "The call to an external API returned an invalid JSON object"},
		{"", calltest.Reply(200, `null`), 500, 1, "The call to an external API returned an invalid JSON object"},
		{"", calltest.Reply(200, ``), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `zz`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `["alice"]`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice"`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice"} {}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"bob","subject":"alice"}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"Subject":"alice"}`), 500, 1, "another case"},
		{"", calltest.Reply(200, `{"subject":["alice"]}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","extra":[]}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","header":[]}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-A":"1"}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-A":[1]}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-A":["1"],"x-a":["2"]}}`), 500, 1, "twice"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-A":["1\r\nX-B: 2"]}}`), 500, 1, "line break"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"":["1"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"a b":["1"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{":path":["/"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"Host":["b.test"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"Transfer_Encoding":["chunked"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-Oathgate-Cluster":["c"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","header":{"X-Envoy-Original-Path":["/"]}}`), 500, 1, "no mutator"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":[]}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"method":1}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"url":"http://a"}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"url":{"path":"/"}}}`), 500, 1, "another case"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"url":{"ForceQuery":"x"}}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"url":{"User":"x"}}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","match_context":{"regexp_capture_groups":"x"}}`), 500, 1, "cannot be read"},
		{"", calltest.Reply(200, `{"subject":"alice","extra":`+strings.Repeat(`{"a":`, 40)+`1`+strings.Repeat(`}`, 41)), 500, 1, "cannot be read"},
		{"", calltest.Reply(201, `{"subject":"alice"}`), 500, 1, "non-200"},
		{"", calltest.Reply(204, ``), 500, 1, "non-200"},
		{"", calltest.Reply(302, ``, "location: /ok"), 500, 1, "non-200"},
		{"", calltest.Reply(401, ``), 500, 1, "No credentials were provided in mutator configuration"},
		{`, "auth": {"basic": {"username": "u", "password": "p"}}`, calltest.Reply(401, ``), 500, 1, "Invalid credentials were provided in mutator configuration"},
		{"", calltest.Reply(403, ``), 500, 1, "non-200"},
		{"", calltest.Reply(404, ``), 500, 1, "non-200"},
		{"", calltest.Reply(429, ``), 500, 5, "non-200"},
		{"", calltest.Reply(500, ``), 500, 5, "non-200"},
		{"", calltest.Reply(503, ``), 500, 5, "non-200"},
		{"", callout.Result{Fault: callout.Connect}, 500, 5, "could not be asked"},
		{"", callout.Result{Fault: callout.Timeout}, 500, 3, "could not be asked"},
		{`, "retry": {"give_up_after": "200ms", "max_delay": "10ms"}`, callout.Result{Fault: callout.Timeout}, 500, 5, "could not be asked"},
		{`, "retry": {"give_up_after": "10s"}`, callout.Result{Fault: callout.Timeout}, 500, 1, "could not be asked"},
		{"", callout.Result{Fault: callout.TooLarge}, 500, 1, "could not be asked"},
		{"", callout.Result{Fault: callout.NoCluster}, 500, 1, "could not be asked"},
		{"", callout.Result{Fault: callout.Overload}, 503, 1, "overloaded"},
		{"", callout.Result{}, 500, 1, "could not be asked"},
	} {
		m := mustHydrate(t, `{`+hydratorURL+c.config+`}, "cache": {"enabled": true}}`)
		w := calltest.New(t, calltest.Always(c.result))
		x := alice(w, calltest.Request(t, "GET", "/"))
		before := x.Session
		err := m.Mutate(x)
		if got := calltest.Status(t, err); got != c.want || len(w.Calls) != c.asked || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v %d %s: %v after %d calls, want %d after %d", c.result.Fault, c.result.Response.Status, c.result.Response.Body, err, len(w.Calls), c.want, c.asked)
		}
		if !reflect.DeepEqual(x.Session, before) || w.Memory.Cache.Len() != 0 {
			t.Errorf("%v %d %s: the session became %+v", c.result.Fault, c.result.Response.Status, c.result.Response.Body, x.Session)
		}
	}
}

// An attempt is given what is configured, however short the deadline of callouts is.
func TestHydratorTimeouts(t *testing.T) {
	for config, want := range map[string][]time.Duration{
		``:                                   {500 * time.Millisecond},
		`, "retry": {"give_up_after": "2s"}`: {2 * time.Second},
		`, "retry": {"give_up_after": "200ms", "max_delay": "50ms"}`: {200 * time.Millisecond, 200 * time.Millisecond},
	} {
		m, _, _ := buildHydrator(t, `{`+hydratorURL+config+`}}`, 500*time.Millisecond)
		w := calltest.New(t, calltest.Always(callout.Result{Fault: callout.Timeout}))
		_ = m.Mutate(w.Exchange(calltest.Request(t, "GET", "/")))
		var got []time.Duration
		for _, c := range w.Calls {
			got = append(got, c.Timeout)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", config, got, want)
		}
	}
}

// An answer is kept for the ttl, by everything that the service is told; what later
// mutators set is not in it.
func TestHydratorCache(t *testing.T) {
	const leave = `{"subject":"alice","extra":{"n":1},"header":{"X-A":["1"]}}`
	for _, c := range []struct {
		name, cache string
		wait        time.Duration
		again       string // the second request's path
		asked       int
	}{
		{"off", ``, 0, "/", 2},
		{"disabled", `"enabled": false, "ttl": "1m"`, 0, "/", 2},
		{"on", `"enabled": true`, time.Minute - 1, "/", 1},
		{"the default ttl", `"enabled": true`, time.Minute, "/", 2},
		{"a ttl of nothing is the default", `"enabled": true, "ttl": "0s"`, time.Minute - 1, "/", 1},
		{"a ttl", `"enabled": true, "ttl": "5s"`, 5*time.Second - 1, "/", 1},
		{"the end of a ttl", `"enabled": true, "ttl": "5s"`, 5 * time.Second, "/", 2},
		{"another path", `"enabled": true`, 0, "/other", 2},
		{"another query", `"enabled": true`, 0, "/?a", 2},
	} {
		m := mustHydrate(t, `{`+hydratorURL+`}, "cache": {`+c.cache+`}}`)
		w := calltest.New(t, calltest.Always(calltest.Reply(200, leave)))
		for _, path := range []string{"/", c.again} {
			x := alice(w, calltest.Request(t, "GET", path))
			if err := m.Mutate(x); err != nil || x.Session.Extra["n"] != float64(1) || !slices.Equal(x.Session.Header, request.Headers{{Name: "x-a", Value: "1"}}) {
				t.Errorf("%s: %v, %+v", c.name, err, x.Session)
			}
			x.Session.Header.Set("x-a", "changed")
			w.Time = w.Time.Add(c.wait)
		}
		if len(w.Calls) != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.name, len(w.Calls), c.asked)
		}
	}
	// Another client's answer is none for this one.
	m := mustHydrate(t, `{`+hydratorURL+`}, "cache": {"enabled": true}}`)
	w := calltest.New(t, calltest.Always(calltest.Reply(200, leave)))
	for _, line := range []string{"cookie: a=1", "cookie: a=2", "cookie: a=1"} {
		if err := m.Mutate(alice(w, calltest.Request(t, "GET", "/", line))); err != nil {
			t.Error(err)
		}
	}
	if len(w.Calls) != 2 {
		t.Errorf("asked %d times for two clients", len(w.Calls))
	}
}

func TestHydratorMistakes(t *testing.T) {
	for config, want := range map[string]string{
		`{}`:                         "api",
		`{"api": {}}`:                "api.url",
		`{"api": {"url": "h.test"}}`: "api.url",
		`{` + hydratorURL + `, "auth": {"basic": {"username": 1}, "digest": {}}}}`:                                   "api.auth.basic.username api.auth.basic.password api.auth.digest",
		`{` + hydratorURL + `, "auth": {"basic": {"username": "u", "password": "p", "x": 1}}}}`:                      "api.auth.basic.x",
		`{` + hydratorURL + `, "retry": {"max_delay": "1.5s", "give_up_after": 1, "number_of_retries": 3}, "x": 1}}`: "api.retry.max_delay api.retry.give_up_after api.retry.number_of_retries api.x",
		`{` + hydratorURL + `}, "cache": {"enabled": "yes", "ttl": "", "x": 1}, "y": 1}`:                             "cache.enabled cache.ttl cache.x y",
		`{` + hydratorURL + `, "auth": null, "retry": null}, "cache": null}`:                                         "api.auth api.retry cache",
	} {
		_, _, problems := buildHydrator(t, config, time.Second)
		var got []string
		for _, p := range problems {
			got = append(got, strings.TrimPrefix(p.Path, "config."))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems at %q, want %q", config, got, want)
		}
	}
	if _, traits, problems := buildHydrator(t, `{`+hydratorURL+`}}`, time.Second); problems != nil || !reflect.DeepEqual(traits, pipeline.Traits{Waits: true, ReadsURL: true, ReadsGroups: true}) {
		t.Errorf("%+v, %v", traits, problems)
	}
}
