package authn

import (
	"reflect"
	"strings"
	"testing"

	"oathgate/internal/calltest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

const storeURL = `"check_session_url": "http://s.test/check?own=1"`

// What the session store is asked, key by key.
func TestSessionStoreRequest(t *testing.T) {
	for _, c := range []struct{ name, config, want string }{
		{"cookie_session", ``, "GET http://s.test:80 /a/b%20c?own=1\ncookie: sid=1\n"},
		{"cookie_session", `, "preserve_path": true`, "GET http://s.test:80 /check?own=1\ncookie: sid=1\n"},
		{"cookie_session", `, "preserve_query": false`, "GET http://s.test:80 /a/b%20c?q=%31&r\ncookie: sid=1\n"},
		{"cookie_session", `, "preserve_path": true, "preserve_query": false`, "GET http://s.test:80 /check?q=%31&r\ncookie: sid=1\n"},
		{"cookie_session", `, "force_method": "POST"`, "POST http://s.test:80 /a/b%20c?own=1\ncookie: sid=1\n"},
		{"cookie_session", `, "force_method": ""`, "GET http://s.test:80 /a/b%20c?own=1\ncookie: sid=1\n"},
		{"cookie_session", `, "preserve_host": true`, "GET http://s.test:80 /a/b%20c?own=1\ncookie: sid=1\nx-forwarded-host: App.test\n"},
		{
			"cookie_session", `, "forward_http_headers": ["X-Two", "Connection", "AUTHORIZATION"]`,
			"GET http://s.test:80 /a/b%20c?own=1\nauthorization: Bearer tok\nx-two: 1\ncookie: sid=1\nx-two: 2\n",
		},
		{"cookie_session", `, "additional_headers": {"X-Add": "v", "Cookie": "mine=1"}`, "GET http://s.test:80 /a/b%20c?own=1\ncookie: mine=1\nx-add: v\n"},
		{"cookie_session", `, "preserve_host": true, "additional_headers": {"X-Forwarded-Host": "v"}`, "GET http://s.test:80 /a/b%20c?own=1\ncookie: sid=1\nx-forwarded-host: App.test\n"},
		{"bearer_token", ``, "GET http://s.test:80 /a/b%20c?own=1\nauthorization: Bearer tok\n"},
		{"bearer_token", `, "token_from": {"header": "X-Two"}`, "GET http://s.test:80 /a/b%20c?own=1\nauthorization: Bearer tok\n"},
		{"bearer_token", `, "forward_http_headers": ["cookie"], "preserve_path": true`, "GET http://s.test:80 /check?own=1\nauthorization: Bearer tok\ncookie: sid=1\n"},
	} {
		a := mustBuild(t, c.name, `{`+storeURL+c.config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, `{}`)))
		r := newRequest(t, "/a/./b%20c/?q=%31&r", "authorization: Bearer tok", "x-two: 1", "cookie: sid=1", "x-two: 2", "x-other: 3", "connection: close")
		if got := verdict(t, a.Authenticate(w.exchange(r))); got != 200 || len(w.calls) != 1 {
			t.Fatalf("%s %s: %d, %d calls", c.name, c.config, got, len(w.calls))
		}
		if got := calltest.Wire(w.calls[0]); got != c.want+`""` {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.name, c.config, got, c.want)
		}
	}
}

// Who is responsible for which request.
func TestSessionStoreResponsibility(t *testing.T) {
	for _, c := range []struct {
		name, config, path, headers string
		want                        int
	}{
		{"cookie_session", ``, "/", "", 0},
		{"cookie_session", ``, "/", "cookie: ", 0},
		{"cookie_session", ``, "/", "cookie: bad name=1", 0},
		{"cookie_session", ``, "/", "cookie: a=1", 200},
		{"cookie_session", `, "only": []`, "/", "cookie: a=1", 200},
		{"cookie_session", `, "only": ["sid", "b"]`, "/", "cookie: a=1", 0},
		{"cookie_session", `, "only": ["sid", "b"]`, "/", "cookie: SID=1", 0},
		{"cookie_session", `, "only": ["sid", "b"]`, "/", "cookie: a=1; b=", 200},
		{"cookie_session", `, "only": ["sid"]`, "/", "authorization: Bearer a", 0},
		{"bearer_token", ``, "/", "", 0},
		{"bearer_token", ``, "/", "authorization: Basic a", 0},
		{"bearer_token", ``, "/", "authorization: Bearer", 0},
		{"bearer_token", ``, "/", "authorization: Bearer ", 0},
		{"bearer_token", ``, "/", "authorization: bEARER a", 200},
		{"bearer_token", `, "prefix": "ory_"`, "/", "authorization: Bearer ory_x", 200},
		{"bearer_token", `, "prefix": "ory_"`, "/", "authorization: Bearer Ory_x", 0},
		{"bearer_token", `, "token_from": null`, "/", "authorization: Bearer a", 200},
		{"bearer_token", `, "token_from": {"header": "Authorization"}`, "/", "authorization: Bearer a", 200},
		{"bearer_token", `, "token_from": {"header": "Authorization"}`, "/", "authorization: a", 0},
		{"bearer_token", `, "token_from": {"header": "authorization"}`, "/", "authorization: a", 200},
		{"bearer_token", `, "token_from": {"header": "X-Token"}`, "/", "x-token: a", 200},
		{"bearer_token", `, "token_from": {"header": "X-Token"}`, "/", "authorization: Bearer a", 0},
		{"bearer_token", `, "token_from": {"header": "X-Token"}, "prefix": "Bearer "`, "/", "x-token: Bearer a", 200},
		{"bearer_token", `, "token_from": {"query_parameter": "t"}`, "/?t=a", "", 200},
		{"bearer_token", `, "token_from": {"query_parameter": "t"}`, "/?T=a&t=", "", 0},
		{"bearer_token", `, "token_from": {"cookie": "t"}`, "/", "cookie: t=a", 200},
		{"bearer_token", `, "token_from": {"cookie": "t"}`, "/", "cookie: u=a", 0},
	} {
		a := mustBuild(t, c.name, `{`+storeURL+c.config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, `{}`)))
		var headers []string
		if c.headers != "" {
			headers = []string{c.headers}
		}
		got := verdict(t, a.Authenticate(w.exchange(newRequest(t, c.path, headers...))))
		if got != c.want || len(w.calls) != c.want/200 {
			t.Errorf("%s %s with %s %q: %d after %d calls, want %d", c.name, c.config, c.path, c.headers, got, len(w.calls), c.want)
		}
	}
}

func TestSessionStoreVerdicts(t *testing.T) {
	a := mustBuild(t, "cookie_session", `{`+storeURL+`}`)
	ask := func(res callout.Result) (int, *pipeline.Exchange, error) {
		x := newWorld(t, calltest.Always(res)).exchange(newRequest(t, "/", "cookie: a=b"))
		err := a.Authenticate(x)
		return verdict(t, err), x, err
	}
	for f := range callout.NumFaults {
		if f == callout.None {
			continue
		}
		want := 403
		if f == callout.Overload {
			want = 503
		}
		// A host that fills in both does not get a session for it.
		got, x, err := ask(callout.Result{Fault: f, Response: callout.Response{Status: 200, Body: []byte(`{"subject": "s"}`)}})
		if got != want || !err.(*pipeline.Error).Callout || x.Session.Subject != "" {
			t.Errorf("%v: %d, %+v", f, got, err)
		}
	}
	for status := range 600 {
		want := 401
		switch status {
		case 200, 429:
			want = status
		}
		got, x, _ := ask(calltest.Reply(status, `{"subject": "s", "extra": {"a": 1}}`))
		if got != want || (x.Session.Subject == "s") != (want == 200) || (x.Session.Extra != nil) != (want == 200) {
			t.Errorf("status %d: %d as %q", status, got, x.Session.Subject)
		}
	}
	_, _, err := ask(calltest.Reply(429, ``, "retry-after: 7", "set-cookie: a=b"))
	if h := err.(*pipeline.Error).Header; !reflect.DeepEqual(h, request.Headers{{Name: "retry-after", Value: "7"}}) {
		t.Errorf("429 with %v", h)
	}
}

func TestSessionStoreBodies(t *testing.T) {
	for _, c := range []struct {
		config, body string
		status       int
		subject      string
		extra        map[string]any
	}{
		{``, ``, 200, "", nil},
		{``, " \r\n\t", 200, "", nil},
		{``, `{}`, 200, "", nil},
		{``, `[]`, 200, "", nil},
		{``, `"subject"`, 200, "", nil},
		{``, `{"subject": "s", "extra": {"a": [1, null]}}`, 200, "s", map[string]any{"a": []any{float64(1), nil}}},
		{``, `{"subject": null, "extra": null}`, 200, "", nil},
		{``, `{"subject": "\u00e4\"", "extra": {}}`, 200, "ä\"", map[string]any{}},
		{``, `{"Subject": "s"}`, 200, "", nil},
		{``, `{"subject": 1}`, 403, "", nil},
		{``, `{"subject": ["s"]}`, 403, "", nil},
		{``, `{"subject": true}`, 403, "", nil},
		{``, `{"subject": "s", "extra": []}`, 403, "", nil},
		{``, `{"subject": "s", "extra": "e"}`, 403, "", nil},
		{``, `{"subject": "s", "subject": "t"}`, 403, "", nil},
		{``, `{"subject": "s", "s\u0075bject": "t"}`, 403, "", nil},
		{``, `{"subject": "s"} x`, 403, "", nil},
		{``, `{"subject": "s"`, 403, "", nil},
		{``, `<html>`, 403, "", nil},
		{``, "{\"subject\": \"\xff\"}", 403, "", nil},
		{``, "\xef\xbb\xbf{}", 403, "", nil},
		{``, strings.Repeat("[", 33) + strings.Repeat("]", 33), 403, "", nil},
		{``, strings.Repeat(`{"extra":`, 20000), 403, "", nil},
		{`, "subject_from": "", "extra_from": ""`, `{"subject": "s", "extra": {}}`, 200, "s", map[string]any{}},
		{`, "subject_from": "identity.id", "extra_from": "@this"`, `{"identity": {"id": "s"}}`, 200, "s", map[string]any{"identity": map[string]any{"id": "s"}}},
		{`, "subject_from": "ids.0"`, `{"ids": ["s", "t"]}`, 200, "s", nil},
		{`, "subject_from": "ids.#(k==\"b\").v"`, `{"ids": [{"k": "a", "v": "s"}, {"k": "b", "v": "t"}]}`, 200, "t", nil},
		{`, "subject_from": "ids.#"`, `{"ids": ["s", "t"]}`, 403, "", nil},
		{`, "subject_from": "ids.#.v"`, `{"ids": [{"v": "s"}]}`, 403, "", nil},
		{`, "subject_from": "a\\.b"`, `{"a.b": "s", "a": {"b": "t"}}`, 200, "s", nil},
		{`, "subject_from": "@reverse.0"`, `["s", "t"]`, 200, "t", nil},
		{`, "extra_from": "extra.deep"`, `{"extra": {"deep": {"a": "b"}}}`, 200, "", map[string]any{"a": "b"}},
		{`, "extra_from": "extra.0"`, `{"extra": [5]}`, 403, "", nil},
	} {
		a := mustBuild(t, "cookie_session", `{`+storeURL+c.config+`}`)
		x := newWorld(t, calltest.Always(calltest.Reply(200, c.body))).exchange(newRequest(t, "/", "cookie: a=b"))
		got := verdict(t, a.Authenticate(x))
		if got != c.status || x.Session.Subject != c.subject || !reflect.DeepEqual(x.Session.Extra, c.extra) {
			t.Errorf("%s with %.60s: %d as %q, %v", c.config, c.body, got, x.Session.Subject, x.Session.Extra)
		}
	}
}

// The default of subject_from is another one for bearer_token.
func TestBearerTokenSubject(t *testing.T) {
	a := mustBuild(t, "bearer_token", `{`+storeURL+`}`)
	x := newWorld(t, calltest.Always(calltest.Reply(200, `{"sub": "s", "subject": "t", "extra": {"a": "b"}}`))).exchange(newRequest(t, "/", "authorization: Bearer x"))
	if got := verdict(t, a.Authenticate(x)); got != 200 || x.Session.Subject != "s" || x.Session.Extra["a"] != "b" {
		t.Errorf("%d as %q, %v", got, x.Session.Subject, x.Session.Extra)
	}
}

// Nothing of one request's verdict is kept for the next.
func TestSessionsAreNotKept(t *testing.T) {
	a := mustBuild(t, "cookie_session", `{`+storeURL+`}`)
	status := 200
	w := newWorld(t, func(callout.Request) callout.Result { return calltest.Reply(status, ``) })
	for _, status = range []int{200, 401, 200, 500} {
		want := 401
		if status == 200 {
			want = 200
		}
		if got := verdict(t, a.Authenticate(w.exchange(newRequest(t, "/", "cookie: a=b")))); got != want {
			t.Errorf("%d after the store's %d", got, status)
		}
	}
	if w.memory.Cache.Len() != 0 || len(w.calls) != 4 {
		t.Errorf("%d kept, %d calls", w.memory.Cache.Len(), len(w.calls))
	}
}
