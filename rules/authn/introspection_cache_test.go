package authn

import (
	"strings"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

func TestIntrospectionCache(t *testing.T) {
	type step struct {
		after time.Duration
		want  int
		calls int // in all
	}
	hour := []step{{0, 200, 1}, {0, 200, 1}, {time.Hour, 200, 1}}
	never := []step{{0, 200, 1}, {0, 200, 2}, {time.Hour, 200, 3}}
	for name, c := range map[string]struct {
		config, body string
		steps        []step
	}{
		"off":        {``, `{"active": true}`, never},
		"disabled":   {`, "cache": {"enabled": false, "ttl": "1h"}`, `{"active": true}`, never},
		"no ttl":     {`, "cache": {"enabled": true}`, `{"active": true}`, append(hour, step{1000 * time.Hour, 200, 1})},
		"ttl of 0":   {`, "cache": {"enabled": true, "ttl": "0s"}`, `{"active": true}`, hour},
		"ttl":        {`, "cache": {"enabled": true, "ttl": "90m"}`, `{"active": true}`, append(hour, step{30*time.Minute - 1, 200, 1}, step{1, 200, 2}, step{0, 200, 2})},
		"exp at use": {`, "cache": {"enabled": true, "ttl": "90m"}`, `{"active": true, "exp": 1700003600}`, append(hour, step{time.Second, 401, 1}, step{time.Hour, 401, 2}, step{0, 401, 3})},
		// The server alone compares scopes: its answer is for this question.
		"scopes without strategy": {`, "required_scope": ["a"], "cache": {"enabled": true}`, `{"active": true}`, never},
		"scopes with strategy":    {`, "required_scope": ["a"], "scope_strategy": "exact", "cache": {"enabled": true}`, `{"active": true, "scope": "a"}`, hour},
	} {
		t.Run(name, func(t *testing.T) {
			a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+c.config+`}`)
			w := newWorld(t, calltest.Always(calltest.Reply(200, c.body)))
			for i, s := range c.steps {
				w.now = w.now.Add(s.after)
				if got := verdict(t, a.Authenticate(w.exchange(bearer(t)))); got != s.want || len(w.calls) != s.calls {
					t.Errorf("step %d: %d after %d calls, want %+v", i, got, len(w.calls), s)
				}
			}
		})
	}
}

// Requests that wait for another one's callout make the handler's own checks, and
// those of one that fails are refused like it.
func TestIntrospectionIsSharedWhileInFlight(t *testing.T) {
	for _, c := range []struct {
		res  callout.Result
		want int
	}{
		{calltest.Reply(200, `{"active": true}`), 200},
		{calltest.Reply(200, `{"active": false}`), 401},
		{calltest.Reply(500, ``), 500},
		{callout.Result{Fault: callout.Timeout}, 500},
	} {
		a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+`, "cache": {"enabled": true}}`)
		w := newWorld(t, calltest.Always(c.res))
		follower := w.exchange(bearer(t))
		waited := 0
		follower.Suspend = func(aw pipeline.Await) pipeline.Resumption {
			waited++
			if aw.Shared == nil {
				t.Fatalf("waits for %+v", aw)
			}
			landed := w.memory.Flights.Landed()
			if len(landed) != 1 || landed[0].Key != *aw.Shared {
				t.Fatalf("landed: %v", landed)
			}
			return pipeline.Resumption{Value: landed[0].Value}
		}
		leader := w.exchange(bearer(t))
		plain := leader.Suspend
		leader.Suspend = func(aw pipeline.Await) pipeline.Resumption {
			if w.memory.Flights.Len() != 1 {
				t.Error("the leader's callout is not in flight")
			}
			return plain(aw)
		}
		if got := verdict(t, a.Authenticate(leader)); got != c.want {
			t.Errorf("%+v: the leader has %d", c.res, got)
		}
		// As if the follower had come before the leader landed.
		w.memory.Cache = memory.Cache{}
		handler := a.(*oauth2Introspection)
		key := handler.key(follower, handler.request(follower.Request, "t&k"))
		w.memory.Flights.Lead(key)
		if got := verdict(t, a.Authenticate(follower)); got != c.want || waited != 1 || len(w.calls) != 1 {
			t.Errorf("%+v: the follower has %d after %d waits and %d calls", c.res, got, waited, len(w.calls))
		}
	}
}

// Another value of any key that has to do with the verdict, another token or
// another header of the callout gives another cache key: what one handler accepted
// says nothing to another (CVE-2026-33496).
func TestCacheKeyCoversTheConfiguration(t *testing.T) {
	const base = `"introspection_url": "http://i.test/a", "cache": {"enabled": true, "ttl": "1h"}`
	with := func(more string) string { return base + `, ` + more }
	const pre = `"pre_authorization": {"enabled": true, "token_url": "http://t.test/a", "client_id": "i", "client_secret": "s"`
	configs := []string{
		base,
		strings.Replace(base, "/a", "/b", 1),
		strings.Replace(base, "/a", "/a?b", 1),
		strings.Replace(base, "http:", "https:", 1),
		strings.Replace(base, "i.test", "j.test", 1),
		strings.Replace(base, "i.test", "i.test:81", 1),
		strings.Replace(base, "1h", "2h", 1),
		with(`"required_scope": ["a"], "scope_strategy": "exact"`),
		with(`"required_scope": ["b"], "scope_strategy": "exact"`),
		with(`"required_scope": ["a", "b"], "scope_strategy": "exact"`),
		with(`"required_scope": ["a b"], "scope_strategy": "exact"`),
		with(`"required_scope": ["a"], "scope_strategy": "hierarchic"`),
		with(`"required_scope": ["a"], "scope_strategy": "wildcard"`),
		with(`"scope_strategy": "exact"`),
		with(`"target_audience": ["a"]`),
		with(`"target_audience": ["b"]`),
		with(`"target_audience": ["a", "b"]`),
		with(`"trusted_issuers": ["a"]`),
		with(`"trusted_issuers": ["b"]`),
		with(`"target_audience": ["a"], "trusted_issuers": ["b"]`),
		with(`"prefix": "t"`),
		with(`"token_from": {"header": "X"}`),
		with(`"token_from": {"header": "Y"}`),
		with(`"token_from": {"cookie": "X"}`),
		with(`"token_from": {"query_parameter": "X"}`),
		with(`"preserve_host": true`),
		with(`"introspection_request_headers": {"X-A": "1"}`),
		with(`"introspection_request_headers": {"X-A": "2"}`),
		with(`"introspection_request_headers": {"X-B": "1"}`),
		with(`"introspection_request_headers": {"X-A": "1", "X-B": "1"}`),
		with(pre + `}`),
		with(strings.Replace(pre, `"i"`, `"j"`, 1) + `}`),
		with(strings.Replace(pre, `"s"`, `"r"`, 1) + `}`),
		with(strings.Replace(pre, `/a`, `/b`, 1) + `}`),
		with(strings.Replace(pre, `t.test`, `u.test`, 1) + `}`),
		with(pre + `, "audience": "a"}`),
		with(pre + `, "audience": "b"}`),
		with(pre + `, "scope": ["a"]}`),
		with(pre + `, "scope": ["a", "b"]}`),
		with(pre + `, "scope": ["a b"]}`),
	}
	x := newWorld(t, nil).exchange(newRequest(t, "/"))
	seen := map[memory.Key]string{}
	for _, config := range configs {
		a := mustBuild(t, "oauth2_introspection", `{`+config+`}`).(*oauth2Introspection)
		for _, tok := range []string{"t", "u", ""} {
			k := a.key(x, a.request(newRequest(t, "/"), tok))
			if other, twice := seen[k]; twice {
				t.Errorf("one key for %q:\n%s\n%s", tok, config, other)
			}
			seen[k] = config
		}
	}
	if len(seen) != 3*len(configs) {
		t.Errorf("%d keys for %d configurations", len(seen), len(configs))
	}
	// What says nothing of the verdict shares the key.
	key := func(more string) memory.Key {
		a := mustBuild(t, "oauth2_introspection", `{`+base+more+`}`).(*oauth2Introspection)
		return a.key(x, a.request(newRequest(t, "/"), "t"))
	}
	for _, more := range []string{``, `, "retry": {"max_delay": "1s"}`, `, "scope_strategy": "none"`, `, "required_scope": []`, `, "pre_authorization": {"enabled": false, "client_id": "x"}`, `, "token_from": null`} {
		if key(more) != key("") {
			t.Errorf("%s changes the key", more)
		}
	}
	// Nor does the request, but for its token and, with preserve_host, its host.
	a := mustBuild(t, "oauth2_introspection", `{`+base+`}`).(*oauth2Introspection)
	if a.key(x, a.request(newRequest(t, "/x?y", "x-a: b"), "t")) != key("") {
		t.Error("the request's path or headers change the key")
	}
}

// A token of one client is nothing in another one's cache.
func TestCachedTokensAreKeptApart(t *testing.T) {
	a := mustBuild(t, "oauth2_introspection", `{`+introspectionURL+`, "cache": {"enabled": true}}`)
	w := newWorld(t, func(c callout.Request) callout.Result {
		_, tok, _ := strings.Cut(string(c.Body), "token=")
		if tok == "bad" {
			return calltest.Reply(200, `{"active": false}`)
		}
		return calltest.Reply(200, `{"active": true, "sub": "`+tok+`"}`)
	})
	for range 3 {
		for tok, want := range map[string]int{"a": 200, "b": 200, "bad": 401, "A": 200, "aa": 200} {
			x := w.exchange(newRequest(t, "/", "authorization: Bearer "+tok))
			if got := verdict(t, a.Authenticate(x)); got != want || got == 200 && x.Session.Subject != tok {
				t.Errorf("%s: %d as %q", tok, got, x.Session.Subject)
			}
		}
	}
	if len(w.calls) != 4+3 {
		t.Errorf("%d calls", len(w.calls))
	}
}
