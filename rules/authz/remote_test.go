package authz

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"oathgate/internal/calltest"
	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

const (
	remoteURL  = `"remote": "http://authz.test/check?own=1"`
	jsonConfig = remoteURL + `, "payload": "{\"s\":\"{{ .Subject }}\"}"`
)

// What the service is asked, key by key.
func TestRemoteRequest(t *testing.T) {
	for _, c := range []struct{ name, config, headers, want string }{
		{"remote", remoteURL, "", "content-type: \n\"the body\""},
		{"remote", remoteURL, "content-type: a/b\nauthorization: Bearer t\ncookie: a=b\nx-other: c", "content-type: a/b\nauthorization: Bearer t\n\"the body\""},
		{"remote", remoteURL + `, "headers": {}`, "authorization: ", "content-type: \n\"the body\""},
		{
			"remote", remoteURL + `, "headers": {"X-Sub": "{{ .Subject }}", "X-None": "{{ print .Extra.none }}", "X-Space": " {{ .Subject }} "}`, "",
			"content-type: \nx-sub: alice\nx-space: alice\n\"the body\"",
		},
		{
			"remote", remoteURL + `, "headers": {"Authorization": "Custom {{ print .Subject }}", "content-TYPE": "x/y"}`, "authorization: Bearer t",
			"content-type: x/y\nauthorization: Custom alice\n\"the body\"",
		},
		{"remote", remoteURL + `, "headers": {"Authorization": "{{ print .Extra.none }}"}`, "authorization: Bearer t", "content-type: \nauthorization: Bearer t\n\"the body\""},
		{"remote_json", jsonConfig, "content-type: a/b\nauthorization: Bearer t\ncookie: a=b", "content-type: application/json\nauthorization: Bearer t\n\"{\\\"s\\\":\\\"alice\\\"}\""},
		{"remote_json", jsonConfig + `, "headers": {"Content-Type": "x/y", "X-Role": "{{ .Extra.role }}"}`, "", "content-type: x/y\nx-role: r\n\"{\\\"s\\\":\\\"alice\\\"}\""},
	} {
		a := mustBuild(t, c.name, `{`+c.config+`}`, 0)
		w := calltest.New(t, calltest.Always(calltest.Reply(200, "")))
		w.Body = []byte("the body")
		r := calltest.Request(t, "PUT", "/x?q=1", lines(c.headers)...)
		if status, _ := ask(t, a, w, w.Exchange(r)); status != 200 || len(w.Calls) != 1 {
			t.Fatalf("%s %s: %d, %d calls", c.name, c.config, status, len(w.Calls))
		}
		if got, want := calltest.Wire(w.Calls[0]), "POST http://authz.test:80 /check?own=1\n"+c.want; got != want {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.name, c.config, got, want)
		}
	}
}

func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// What the service says, and what that is to the client (pipeline/authz/remote.go;
// a redirect is followed there).
func TestRemoteVerdicts(t *testing.T) {
	for _, name := range []string{"remote", "remote_json"} {
		for _, c := range []struct {
			result callout.Result
			want   int
			asked  int
		}{
			{calltest.Reply(200, ""), 200, 1},
			{calltest.Reply(200, "whatever {"), 200, 1},
			{calltest.Reply(403, ""), 403, 1},
			{calltest.Reply(201, ""), 500, 1},
			{calltest.Reply(204, ""), 500, 1},
			{calltest.Reply(302, "", "location: /ok"), 500, 1},
			{calltest.Reply(401, ""), 500, 1},
			{calltest.Reply(404, ""), 500, 1},
			{calltest.Reply(429, "", "retry-after: 0"), 500, 5},
			{calltest.Reply(429, "", "retry-after: 3"), 500, 1},
			{calltest.Reply(500, ""), 500, 5},
			{calltest.Reply(501, ""), 500, 1},
			{calltest.Reply(503, ""), 500, 5},
			{callout.Result{Fault: callout.Connect}, 500, 5},
			{callout.Result{Fault: callout.NoHost}, 500, 5},
			{callout.Result{Fault: callout.Reset}, 500, 5},
			{callout.Result{Fault: callout.Timeout}, 500, 1},
			{callout.Result{Fault: callout.NoCluster}, 500, 1},
			{callout.Result{Fault: callout.TooLarge}, 500, 1},
			{callout.Result{Fault: callout.Refused}, 500, 1},
			{callout.Result{Fault: callout.Overload}, 503, 1},
			{callout.Result{}, 500, 1},
		} {
			a := mustBuild(t, name, `{`+jsonOr(name)+`, "retry": {"give_up_after": "10ms"}, "forward_response_headers_to_upstream": ["X-Role"]}`, 0)
			w := calltest.New(t, calltest.Always(c.result))
			status, set := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/")))
			if status != c.want || len(w.Calls) != c.asked || (set != "") != (c.want == 200) {
				t.Errorf("%s, %v %d: %d after %d calls, sets %q; want %d after %d", name, c.result.Fault, c.result.Response.Status, status, len(w.Calls), set, c.want, c.asked)
			}
		}
	}
}

func jsonOr(name string) string {
	if name == "remote_json" {
		return jsonConfig
	}
	return remoteURL
}

// How often what fails is asked is for the configuration to say.
func TestAttempts(t *testing.T) {
	for _, c := range []struct {
		name, config    string
		attempts, asked int
	}{
		{"remote", remoteURL + `, "retry": {"give_up_after": "10ms"}`, 0, 5},
		{"remote", remoteURL + `, "retry": {"give_up_after": "10ms"}`, 1, 1},
		{"remote_json", jsonConfig + `, "retry": {"give_up_after": "10ms"}`, 7, 7},
		{"keto_engine_acp_ory", ketoConfig, 0, 6},
		{"keto_engine_acp_ory", ketoConfig, 2, 2},
	} {
		cursor, _ := treetest.Config(t, `{`+c.config+`}`)
		a := Registry(c.name)(&pipeline.Build{Config: cursor, CalloutTimeout: 3 * time.Second, CalloutAttempts: c.attempts})
		w := calltest.New(t, calltest.Always(calltest.Reply(500, "")))
		if status, _ := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/"))); status != 500 || len(w.Calls) != c.asked {
			t.Errorf("%s, %d: %d after %d calls", c.name, c.attempts, status, len(w.Calls))
		}
	}
}

// A listed header of the answer is set on the request: its first value, or nothing
// in the place of what the client sent.
func TestRemoteForwardsHeaders(t *testing.T) {
	a, traits, problems := build(t, "remote", `{`+remoteURL+`, "forward_response_headers_to_upstream": ["X-Role", "x-multi", "X-Missing"]}`, 0)
	if problems != nil || !reflect.DeepEqual(traits, pipeline.Traits{Waits: true, Body: true, SetsHeaders: []string{"x-role", "x-multi", "x-missing"}}) {
		t.Errorf("%+v, %v", traits, problems)
	}
	w := calltest.New(t, calltest.Always(calltest.Reply(200, "", "x-role: admin", "x-multi: 1", "x-multi: 2", "x-other: o", "set-cookie: a=b")))
	status, set := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/", "x-missing: spoofed")))
	if want := "x-role: admin\nx-multi: 1\nx-missing: \n"; status != 200 || set != want {
		t.Errorf("%d, %q, want %q", status, set, want)
	}
	w.Answer = calltest.Always(calltest.Reply(200, "", "x-role: a\x01b"))
	if status, set := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/"))); status != 500 || set != "" {
		t.Errorf("a control character: %d, %q", status, set)
	}
}

// A body that cannot be had is no callout.
func TestRemoteBody(t *testing.T) {
	a := mustBuild(t, "remote", `{`+remoteURL+`}`, 0)
	for err, want := range map[error]int{pipeline.ErrBodyTooLarge: 413, pipeline.ErrOverload: 503, pipeline.ErrUpgrade: 400, errors.New("gone"): 500} {
		w := calltest.New(t, nil)
		w.BodyErr = err
		if status, _ := ask(t, a, w, w.Exchange(calltest.Request(t, "POST", "/"))); status != want {
			t.Errorf("%v: %d, want %d", err, status, want)
		}
	}
}

// What cannot be sent, or would say something else than the template, is a 500
// and no callout.
func TestRemoteTemplatesFail(t *testing.T) {
	for _, c := range []struct{ name, config string }{
		{"remote", remoteURL + `, "headers": {"X-A": "{{ .Extra.crlf }}"}`},
		{"remote", remoteURL + `, "headers": {"X-A": "{{ index .MatchContext.RegexpCaptureGroups 1 }}"}`},
		{"remote_json", remoteURL + `, "payload": "{\"s\":\"{{ .Extra.evil }}\"}"`},
		{"remote_json", remoteURL + `, "payload": "{\"s\":{{ .Subject }}}"`},
		{"remote_json", remoteURL + `, "payload": "{\"s\":\"{{ .Subject }}\""`},
		{"remote_json", remoteURL + `, "payload": "{\"s\":1,\"s\":\"{{ .Subject }}\"}"`},
		{"remote_json", remoteURL + `, "payload": "{{ print .Extra.none }}"`},
		{"remote_json", remoteURL + `, "payload": "{\"s\":{{ index .MatchContext.RegexpCaptureGroups 1 }}}"`},
		{"remote_json", jsonConfig + `, "headers": {"X-A": "{{ .Extra.crlf }}"}`},
	} {
		a := mustBuild(t, c.name, `{`+c.config+`}`, 0)
		w := calltest.New(t, nil)
		if status, set := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/"))); status != 500 || set != "" {
			t.Errorf("%s: %d, sets %q", c.config, status, set)
		}
	}
}

func TestRemoteMistakes(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"remote", `{}`, "remote"},
		{"remote", `{"remote": "authz.test"}`, "remote"},
		{"remote", `{"remote": 1, "foo": 1}`, "remote foo"},
		{"remote", `{` + remoteURL + `, "payload": "{}"}`, "payload"},
		{"remote", `{` + remoteURL + `, "headers": []}`, "headers"},
		{"remote", `{` + remoteURL + `, "headers": {"X": 1, "Host": "a", "Connection": "a", "Content-Length": "1", "a b": "c"}}`, `headers.X headers.Host headers.Connection headers.Content-Length headers["a b"]`},
		{"remote", `{` + remoteURL + `, "headers": {"X-A": "{{ .Subject "}}`, "headers.X-A"},
		{"remote", `{` + remoteURL + `, "headers": {"X-A": "{{ .Nothing }}"}}`, "headers.X-A"},
		{"remote", `{` + remoteURL + `, "headers": {"X-A": "1", "x-a": "2"}}`, "headers.x-a"},
		{"remote", `{` + remoteURL + `, "forward_response_headers_to_upstream": "X-A"}`, "forward_response_headers_to_upstream"},
		{
			"remote", `{` + remoteURL + `, "forward_response_headers_to_upstream": ["X-A", "X-A", 1, "Host", "x_oathgate_cluster", "X-Envoy-Retry-On", ":path", ""]}`,
			"forward_response_headers_to_upstream[1] forward_response_headers_to_upstream[2] forward_response_headers_to_upstream[3] forward_response_headers_to_upstream[4] " +
				"forward_response_headers_to_upstream[5] forward_response_headers_to_upstream[6] forward_response_headers_to_upstream[7]",
		},
		{"remote", `{` + remoteURL + `, "retry": {"max_delay": "1.5s", "give_up_after": 1, "attempts": 2}}`, "retry.max_delay retry.give_up_after retry.attempts"},
		{"remote_json", `{` + remoteURL + `}`, "payload"},
		{"remote_json", `{` + remoteURL + `, "payload": ""}`, "payload"},
		{"remote_json", `{` + remoteURL + `, "payload": {}}`, "payload"},
		{"remote_json", `{` + remoteURL + `, "payload": "{{"}`, "payload"},
	} {
		if _, _, problems := build(t, c.name, c.config, 0); paths(problems) != c.want {
			t.Errorf("%s %s: %v, want %s", c.name, c.config, problems, c.want)
		}
	}
	if _, traits, problems := build(t, "remote_json", `{`+jsonConfig+`, "headers": {"X": "{{ .MatchContext.URL.Path }}"}}`, 0); problems != nil || !reflect.DeepEqual(traits, pipeline.Traits{Waits: true, ReadsURL: true}) {
		t.Errorf("%+v, %v", traits, problems)
	}
}

// Leave is kept for the ttl, by everything that was asked; nothing else is kept.
func TestRemoteCache(t *testing.T) {
	a := mustBuild(t, "remote", `{`+remoteURL+`, "forward_response_headers_to_upstream": ["X-Role"]}`, time.Minute)
	leave := calltest.Reply(200, "", "x-role: admin")
	w := calltest.New(t, calltest.Always(leave))
	post := func(body, authorization string) (status, asked int, set string) {
		before := len(w.Calls)
		w.Body = []byte(body)
		status, set = ask(t, a, w, w.Exchange(calltest.Request(t, "POST", "/", "authorization: "+authorization)))
		return status, len(w.Calls) - before, set
	}
	for _, c := range []struct {
		body, authorization string
		answer              callout.Result
		wait                time.Duration
		status, asked       int
	}{
		{"a", "Bearer t", leave, 0, 200, 1},
		{"a", "Bearer t", calltest.Reply(403, ""), 0, 200, 0},
		{"b", "Bearer t", calltest.Reply(403, ""), 0, 403, 1},
		{"b", "Bearer t", leave, 0, 200, 1},
		{"a", "Bearer u", calltest.Reply(404, ""), 0, 500, 1},
		{"a", "Bearer u", calltest.Reply(404, ""), 0, 500, 1},
		{"a", "Bearer t", calltest.Reply(403, ""), 59 * time.Second, 200, 0},
		{"a", "Bearer t", calltest.Reply(403, ""), time.Second, 403, 1},
	} {
		w.Answer = calltest.Always(c.answer)
		w.Time = w.Time.Add(c.wait)
		status, asked, set := post(c.body, c.authorization)
		if status != c.status || asked != c.asked || status == 200 && set != "x-role: admin\n" {
			t.Errorf("%+v: %d after %d calls, sets %q", c, status, asked, set)
		}
	}
	// Another handler's verdict is none for this one, and without a ttl nothing is kept.
	other := mustBuild(t, "remote", `{`+remoteURL+`}`, time.Minute)
	never := mustBuild(t, "remote", `{`+remoteURL+`, "forward_response_headers_to_upstream": ["X-Role"]}`, 0)
	w.Answer = calltest.Always(leave)
	post("c", "Bearer t")
	for _, b := range []pipeline.Authorizer{other, never, never} {
		a = b
		if _, asked, _ := post("c", "Bearer t"); asked != 1 {
			t.Error("a verdict was used by another handler, or kept")
		}
	}
}

// A verdict that is kept takes no more memory than the cache counts: it is no piece of
// the answer's headers.
func TestVerdictIsItsOwn(t *testing.T) {
	a := mustBuild(t, "remote_json", `{`+jsonConfig+`, "forward_response_headers_to_upstream": ["X-Role"]}`, time.Minute)
	leave := calltest.Reply(200, "", "x-role: admin")
	w := calltest.New(t, calltest.Always(leave))
	x := w.Exchange(calltest.Request(t, "GET", "/"))
	if status, _ := ask(t, a, w, x); status != 200 {
		t.Fatal(status)
	}
	said := leave.Response.Headers.Get("x-role")
	if set := x.Session.Header.Get("x-role"); set != said || unsafe.StringData(set) == unsafe.StringData(said) {
		t.Errorf("%q is set, of the answer's %q", set, said)
	}
}
