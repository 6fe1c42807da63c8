package authn

import (
	"reflect"
	"testing"

	"oathgate/internal/calltest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

const introspectionURL = `"introspection_url": "http://i.test/introspect?x"`

func bearer(t testing.TB) *request.Request { return newRequest(t, "/", "authorization: Bearer t&k") }

// What the introspection endpoint is asked, key by key.
func TestIntrospectionRequest(t *testing.T) {
	const head = "POST http://i.test:80 /introspect?x\n"
	const kind = "content-type: application/x-www-form-urlencoded\n"
	for _, c := range []struct{ config, want string }{
		{``, head + kind + `"scope=&token=t%26k"`},
		{`, "required_scope": ["a", "b/c"]`, head + kind + `"scope=a+b%2Fc&token=t%26k"`},
		{`, "required_scope": ["a"], "scope_strategy": "none"`, head + kind + `"scope=a&token=t%26k"`},
		{`, "scope_strategy": "exact"`, head + kind + `"token=t%26k"`},
		{`, "required_scope": ["a"], "scope_strategy": "exact"`, head + kind + `"token=t%26k"`},
		{`, "preserve_host": true`, head + kind + "x-forwarded-host: App.test\n" + `"scope=&token=t%26k"`},
		{
			`, "introspection_request_headers": {"X-A": "1", "Content-Type": "text/plain", "X-Forwarded-Host": "h"}`,
			head + "x-a: 1\n" + kind + "x-forwarded-host: h\n" + `"scope=&token=t%26k"`,
		},
		{
			`, "preserve_host": true, "introspection_request_headers": {"X-Forwarded-Host": "h"}`,
			head + "x-forwarded-host: App.test\n" + kind + `"scope=&token=t%26k"`,
		},
		{`, "retry": {"max_delay": "1s", "give_up_after": "2s"}`, head + kind + `"scope=&token=t%26k"`},
		{`, "prefix": "t&"`, head + kind + `"scope=&token=t%26k"`},
	} {
		a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+c.config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, `{"active": true, "scope": "a"}`)))
		// Twice: the first request must leave nothing in the handler.
		for range 2 {
			if got := verdict(t, a.Authenticate(w.exchange(bearer(t)))); got != 200 {
				t.Errorf("%s: %d", c.config, got)
			}
			if got := calltest.Wire(w.calls[len(w.calls)-1]); got != c.want {
				t.Errorf("%s:\n%s\nwant\n%s", c.config, got, c.want)
			}
		}
	}
}

func TestIntrospectionResponsibility(t *testing.T) {
	a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+`, "prefix": "ory_"}`)
	for _, header := range []string{"", "authorization: Bearer ", "authorization: Basic ory_x", "authorization: Bearer x", "cookie: a=ory_x"} {
		r := newRequest(t, "/?token=ory_x")
		if header != "" {
			r = newRequest(t, "/?token=ory_x", header)
		}
		if got := verdict(t, a.Authenticate(newWorld(t, nil).exchange(r))); got != 0 {
			t.Errorf("%q: %d", header, got)
		}
	}
}

func TestIntrospectionFails(t *testing.T) {
	const good = `{"active": true, "sub": "s"}`
	for _, config := range []string{``, `, "cache": {"enabled": true}`} {
		a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+config+`}`)
		check := func(res callout.Result, want int, isCallout bool) {
			t.Helper()
			w := newWorld(t, calltest.Always(res))
			x := w.exchange(bearer(t))
			err := a.Authenticate(x)
			if got := verdict(t, err); got != want {
				t.Errorf("%+v: %d, want %d", res, got, want)
			}
			if refusal, ok := err.(*pipeline.Error); ok && (refusal.Callout != isCallout || x.Session.Subject != "" || w.memory.Cache.Len() != 0) {
				t.Errorf("%+v: %+v, session %+v, kept %d", res, refusal, x.Session, w.memory.Cache.Len())
			}
		}
		for f := range callout.NumFaults {
			want := 500
			switch f {
			case callout.None:
				continue
			case callout.Overload:
				want = 503
			}
			check(callout.Result{Fault: f, Response: calltest.Reply(200, good).Response}, want, true)
		}
		for status := range 600 {
			want := 500
			switch status {
			case 200, 429:
				want = status
			}
			check(calltest.Reply(status, good, "retry-after: 1"), want, false)
		}
		for _, body := range []string{``, `x`, `null`, `{"active": true`, `{"active": true, "exp": "1"}`, `{"active": true, "active": true}`} {
			check(calltest.Reply(200, body), 500, true)
		}
	}
}

// The checks, and which one speaks first.
func TestIntrospectionVerdicts(t *testing.T) {
	for _, c := range []struct {
		config, body string
		status       int
	}{
		{``, `{"active": true}`, 200},
		{``, `{}`, 401},
		{``, `{"active": false}`, 401},
		{``, `{"active": null}`, 401},
		{``, `{"active": true, "token_use": "access_token"}`, 200},
		{``, `{"active": true, "token_use": "refresh_token"}`, 403},
		{``, `{"active": false, "token_use": "refresh_token"}`, 403},
		{``, `{"active": true, "exp": 1699999999}`, 401},
		{``, `{"active": true, "exp": 1700000000}`, 200},
		{``, `{"active": true, "exp": 0}`, 200},
		{``, `{"active": true, "exp": -1}`, 200},
		{`, "target_audience": ["a"]`, `{"active": true, "exp": 1}`, 401},
		{`, "target_audience": ["a"]`, `{"active": true}`, 403},
		{`, "target_audience": ["a"]`, `{"active": true, "aud": "a"}`, 200},
		{`, "target_audience": ["a"]`, `{"active": true, "aud": "A"}`, 403},
		{`, "target_audience": ["a"]`, `{"active": true, "aud": "a b"}`, 403},
		{`, "target_audience": ["a", "b"]`, `{"active": true, "aud": ["b", "c", "a"]}`, 200},
		{`, "target_audience": ["a", "b"]`, `{"active": true, "aud": ["b"]}`, 403},
		{`, "target_audience": []`, `{"active": true}`, 200},
		{`, "trusted_issuers": ["i", "j"]`, `{"active": true, "iss": "j"}`, 200},
		{`, "trusted_issuers": ["i", "j"]`, `{"active": true, "iss": "j/"}`, 403},
		{`, "trusted_issuers": ["i", "j"]`, `{"active": true}`, 403},
		{`, "trusted_issuers": []`, `{"active": true, "iss": "x"}`, 200},
		{`, "required_scope": ["a"]`, `{"active": true}`, 200}, // none: the server compares
		{`, "required_scope": ["a"], "scope_strategy": "exact"`, `{"active": true}`, 403},
		{`, "required_scope": ["a"], "scope_strategy": "exact"`, `{"active": true, "scope": "b a"}`, 200},
		{`, "required_scope": ["a", "c"], "scope_strategy": "exact"`, `{"active": true, "scope": "b a"}`, 403},
		{`, "required_scope": ["a.b"], "scope_strategy": "exact"`, `{"active": true, "scope": "a a.*"}`, 403},
		{`, "required_scope": ["a.b"], "scope_strategy": "hierarchic"`, `{"active": true, "scope": "a"}`, 200},
		{`, "required_scope": ["ab"], "scope_strategy": "hierarchic"`, `{"active": true, "scope": "a"}`, 403},
		{`, "required_scope": ["a.b"], "scope_strategy": "wildcard"`, `{"active": true, "scope": "a.*"}`, 200},
		{`, "required_scope": ["a"], "scope_strategy": "wildcard"`, `{"active": true, "scope": "a.*"}`, 403},
		{`, "scope_strategy": "wildcard"`, `{"active": true}`, 200},
	} {
		for _, cache := range []string{``, `, "cache": {"enabled": true, "ttl": "1h"}`} {
			a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+c.config+cache+`}`)
			w := newWorld(t, calltest.Always(calltest.Reply(200, c.body)))
			for range 2 {
				x := w.exchange(bearer(t))
				if got := verdict(t, a.Authenticate(x)); got != c.status || (x.Session.Extra != nil) != (got == 200) {
					t.Errorf("%s with %s: %d with %v, want %d", c.config+cache, c.body, got, x.Session.Extra, c.status)
				}
			}
			if c.status != 200 && (w.memory.Cache.Len() != 0 || len(w.calls) != 2) {
				t.Errorf("%s with %s: a refusal is kept", c.config+cache, c.body)
			}
		}
	}
}

func TestIntrospectionSession(t *testing.T) {
	for _, config := range []string{``, `, "cache": {"enabled": true}`} {
		a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, `{"active": true, "sub": "s", "username": "u", "client_id": "c", "scope": "a b", "aud": "x", "iss": "i", "ext": {"k": {"n": 1}}, "iat": 5}`)))
		want := map[string]any{"username": "u", "client_id": "c", "scope": "a b", "aud": []string{"x"}, "k": map[string]any{"n": float64(1)}}
		for range 3 {
			x := w.exchange(bearer(t))
			if got := verdict(t, a.Authenticate(x)); got != 200 || x.Session.Subject != "s" || !reflect.DeepEqual(x.Session.Extra, want) {
				t.Errorf("%d as %q, %v", got, x.Session.Subject, x.Session.Extra)
			}
			// What a hydrator adds is this request's alone.
			if x.Session.Extra != nil {
				x.Session.Extra["added"] = true
			}
		}
	}
}

// Callouts are in flight side by side: one must not write into another's headers.
func TestIntrospectionRequestsShareNothing(t *testing.T) {
	a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+`, "preserve_host": true, "introspection_request_headers": {"X-Forwarded-Host": "h", "Content-Type": "c", "X-A": "a"}}`).(*oauth2Introspection)
	first := a.request(newRequest(t, "/"), "t")
	before := calltest.Wire(first)
	r := newRequest(t, "/")
	r.OriginalAuthority = "other.test"
	second := a.request(r, "t")
	second.Headers.Set("x-a", "changed")
	if got := calltest.Wire(first); got != before || calltest.Wire(second) == before {
		t.Errorf("%s\nhas become\n%s", before, got)
	}
}
