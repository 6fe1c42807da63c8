package authn

import (
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/treetest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

// A session is kept for the ttl, by everything that the store is asked, and a
// refusal never.
func TestSessionsAreKept(t *testing.T) {
	keep := func(name, config string, ttl time.Duration) pipeline.Authenticator {
		cursor, found := treetest.Config(t, config)
		a := Registry(name)(&pipeline.Build{Config: cursor, CacheTTL: ttl})
		if found.Len() > 0 {
			t.Fatal(found.List())
		}
		return a
	}
	a := keep("cookie_session", `{`+storeURL+`}`, time.Minute)
	alice, nobody := calltest.Reply(200, `{"subject": "alice", "extra": {"a": "b"}}`), calltest.Reply(401, ``)
	w := newWorld(t, nil)
	for _, c := range []struct {
		name, path, cookie string
		handler            pipeline.Authenticator
		store              callout.Result
		wait               time.Duration
		status, asked      int
	}{
		{"first", "/", "s=1", a, alice, 0, 200, 1},
		{"again", "/", "s=1", a, nobody, 0, 200, 0},
		{"another session", "/", "s=2", a, nobody, 0, 401, 1},
		{"a refusal is not kept", "/", "s=2", a, alice, 0, 200, 1},
		{"another path, which the store is asked about", "/x", "s=1", a, nobody, 0, 401, 1},
		{"another handler", "/", "s=1", keep("cookie_session", `{`+storeURL+`, "subject_from": "sub"}`, time.Minute), alice, 0, 200, 1},
		{"a handler for other facts", "/", "s=1", keep("cookie_session", `{`+storeURL+`, "extra_from": "e"}`, time.Minute), alice, 0, 200, 1},
		{"another ttl", "/", "s=1", keep("cookie_session", `{`+storeURL+`}`, time.Hour), alice, 0, 200, 1},
		{"another endpoint", "/", "s=1", keep("cookie_session", `{"check_session_url": "http://other.test/check?own=1"}`, time.Minute), nobody, 0, 401, 1},
		{"no ttl", "/", "s=1", keep("cookie_session", `{`+storeURL+`}`, 0), nobody, 0, 401, 1},
		{"shortly before the end", "/", "s=1", a, nobody, 59 * time.Second, 200, 0},
		{"at the end", "/", "s=1", a, nobody, time.Second, 401, 1},
		{"an error is not kept", "/", "s=3", a, calltest.Reply(429, ``), 0, 429, 1},
		{"nor garbage", "/", "s=3", a, calltest.Reply(200, `{`), 0, 403, 1},
		{"nor a fault", "/", "s=3", a, callout.Result{Fault: callout.Connect}, 0, 403, 1},
		{"but what comes then", "/", "s=3", a, alice, 0, 200, 1},
	} {
		w.now = w.now.Add(c.wait)
		w.answer, w.calls = calltest.Always(c.store), nil
		x := w.exchange(newRequest(t, c.path, "cookie: "+c.cookie))
		status := verdict(t, c.handler.Authenticate(x))
		if status != c.status || len(w.calls) != c.asked {
			t.Errorf("%s: %d after %d calls, want %d after %d", c.name, status, len(w.calls), c.status, c.asked)
		}
		if c.asked == 0 && (x.Session.Subject != "alice" || x.Session.Extra["a"] != "b") {
			t.Errorf("%s: %+v", c.name, x.Session)
		}
	}
}
