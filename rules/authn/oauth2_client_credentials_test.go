package authn

import (
	"encoding/base64"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

const tokenURL = `"token_url": "http://t.test/token?own=1"`

func basic(credentials string) string {
	return "authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(credentials))
}

// What the token endpoint is asked, and who the client is.
func TestClientCredentialsRequest(t *testing.T) {
	const lead = "POST http://t.test:80 /token?own=1\ncontent-type: application/x-www-form-urlencoded\n"
	for _, c := range []struct{ config, header, want, subject string }{
		{``, basic("client:secret"), basic("client:secret") + "\n\"grant_type=client_credentials\"", "client"},
		{``, "authorization: bASIC " + basic("client:secret")[21:], basic("client:secret") + "\n\"grant_type=client_credentials\"", "client"},
		{`, "required_scope": ["a", "b c"]`, basic("client:secret"), basic("client:secret") + "\n\"grant_type=client_credentials&scope=a+b+c\"", "client"},
		{`, "required_scope": []`, basic(":secret"), basic(":secret") + "\n\"grant_type=client_credentials\"", ""},
		{``, basic("a+b:c d"), basic("a+b:c+d") + "\n\"grant_type=client_credentials\"", "a b"},
		{``, basic("a%3Ab:c:d"), basic("a%3Ab:c%3Ad") + "\n\"grant_type=client_credentials\"", "a:b"},
		{`, "retry": {"max_delay": "1s", "give_up_after": "2s"}`, basic("c:"), basic("c:") + "\n\"grant_type=client_credentials\"", "c"},
	} {
		a := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+c.config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, `{"access_token": "t"}`)))
		x := w.exchange(newRequest(t, "/", c.header))
		if got := verdict(t, a.Authenticate(x)); got != 200 || len(w.calls) != 1 || x.Session.Subject != c.subject || x.Session.Extra != nil {
			t.Fatalf("%s %s: %d, %d calls, %+v", c.config, c.header, got, len(w.calls), x.Session)
		}
		if got := calltest.Wire(w.calls[0]); got != lead+c.want {
			t.Errorf("%s %s:\n%s\nwant\n%s", c.config, c.header, got, lead+c.want)
		}
	}
}

// Who is not responsible, and who is refused without a callout.
func TestClientCredentialsResponsibility(t *testing.T) {
	a := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+`}`)
	for header, want := range map[string]int{
		"x: y": 0, "authorization: Bearer x": 0, "authorization: Basic": 0, "authorization: Basic !": 0, "authorization: Basic  Yzpz": 0,
		"authorization: Basic Y2xpZW50": 0, "authorization: Basic Yzp": 0,
		basic("a%zz:s"): 401, basic("a:%"): 401,
	} {
		if got := verdict(t, a.Authenticate(newWorld(t, nil).exchange(newRequest(t, "/", header)))); got != want {
			t.Errorf("%s: %d, want %d", header, got, want)
		}
	}
}

// What the endpoint says, and what that is to the client (Oathkeeper,
// authenticator_oauth2_client_credentials.go; a redirect is followed there).
func TestClientCredentialsVerdicts(t *testing.T) {
	a := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+`}`)
	for _, c := range []struct {
		result callout.Result
		want   int
	}{
		{calltest.Reply(200, `{"access_token": "t", "token_type": "bearer", "expires_in": 1}`), 200},
		{calltest.Reply(201, `{"access_token": "t"}`), 200},
		{calltest.Reply(200, `{"access_token": ""}`), 503},
		{calltest.Reply(200, `{}`), 503},
		{calltest.Reply(200, `null`), 503},
		{calltest.Reply(200, ``), 503},
		{calltest.Reply(200, `access_token=t`), 503},
		{calltest.Reply(200, `{"access_token": "t", "access_token": "u"}`), 503},
		{calltest.Reply(200, `{"access_token": "t", "error": "invalid_client"}`), 401},
		{calltest.Reply(200, `{"access_token": "t", "error": 1}`), 503},
		{calltest.Reply(204, ``), 503},
		{calltest.Reply(302, ``, "location: /ok"), 401},
		{calltest.Reply(400, ``), 401},
		{calltest.Reply(401, `{"access_token": "t"}`), 401},
		{calltest.Reply(403, ``), 401},
		{calltest.Reply(404, ``), 404},
		{calltest.Reply(429, ``, "retry-after: 3"), 429},
		{calltest.Reply(500, ``), 500},
		{calltest.Reply(502, ``), 401},
		{calltest.Reply(503, ``), 503},
		{calltest.Reply(504, ``), 504},
		{callout.Result{Fault: callout.Connect}, 503},
		{callout.Result{Fault: callout.Timeout}, 503},
		{callout.Result{Fault: callout.NoCluster}, 503},
		{callout.Result{Fault: callout.Overload}, 503},
		{callout.Result{}, 503},
	} {
		w := newWorld(t, calltest.Always(c.result))
		x := w.exchange(newRequest(t, "/", basic("client:secret")))
		if got := verdict(t, a.Authenticate(x)); got != c.want || len(w.calls) != 1 || (x.Session.Subject != "") != (c.want == 200) {
			t.Errorf("%v %d %s: %d, %d calls, want %d", c.result.Fault, c.result.Response.Status, c.result.Response.Body, got, len(w.calls), c.want)
		}
	}
}

// A client is known as long as its token is good, and no longer than the ttl.
func TestClientCredentialsCache(t *testing.T) {
	const hour, endless = `{"access_token": "t", "expires_in": 3600}`, `{"access_token": "t"}`
	for _, c := range []struct {
		name, config, body string
		wait               time.Duration
		asked              int
	}{
		{"off", ``, hour, 0, 2},
		{"disabled", `, "cache": {"enabled": false, "ttl": "1m"}`, hour, 0, 2},
		{"on", `, "cache": {"enabled": true, "max_tokens": 5}`, hour, 0, 1},
		{"just before the token's end", `, "cache": {"enabled": true}`, hour, time.Hour - 1, 1},
		{"the token's end", `, "cache": {"enabled": true}`, hour, time.Hour, 2},
		{"a token without an end", `, "cache": {"enabled": true}`, endless, 1000 * time.Hour, 1},
		{"a ttl, and a token without an end", `, "cache": {"enabled": true, "ttl": "1m"}`, endless, 0, 2},
		{"a ttl", `, "cache": {"enabled": true, "ttl": "1m"}`, hour, time.Minute - 1, 1},
		{"the end of a ttl", `, "cache": {"enabled": true, "ttl": "1m"}`, hour, time.Minute, 2},
		{"a ttl beyond the token's end", `, "cache": {"enabled": true, "ttl": "2h"}`, hour, time.Hour, 2},
		{"a token that is over", `, "cache": {"enabled": true}`, `{"access_token": "t", "expires_in": -1}`, 0, 2},
	} {
		a := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+c.config+`}`)
		w := newWorld(t, calltest.Always(calltest.Reply(200, c.body)))
		for range 2 {
			x := w.exchange(newRequest(t, "/", basic("client:secret")))
			if got := verdict(t, a.Authenticate(x)); got != 200 || x.Session.Subject != "client" {
				t.Errorf("%s: %d, %+v", c.name, got, x.Session)
			}
			w.now = w.now.Add(c.wait)
		}
		if len(w.calls) != c.asked {
			t.Errorf("%s: asked %d times, want %d", c.name, len(w.calls), c.asked)
		}
	}
}

// Neither a refusal nor another secret's leave is kept for anybody.
func TestClientCredentialsCacheKey(t *testing.T) {
	plain := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+`, "cache": {"enabled": true}}`)
	scoped := mustBuild(t, "oauth2_client_credentials", `{`+tokenURL+`, "required_scope": ["a"], "cache": {"enabled": true}}`)
	elsewhere := mustBuild(t, "oauth2_client_credentials", `{"token_url": "http://t.test/other", "cache": {"enabled": true}}`)
	ok, no := calltest.Reply(200, `{"access_token": "t"}`), calltest.Reply(401, ``)
	w := newWorld(t, nil)
	for i, c := range []struct {
		handler     pipeline.Authenticator
		credentials string
		answer      callout.Result
		want, asked int
	}{
		{plain, "c:wrong", no, 401, 1},
		{plain, "c:wrong", no, 401, 1},
		{plain, "c:s", ok, 200, 1},
		{plain, "c:s", no, 200, 0},
		{plain, "c:wrong", no, 401, 1},
		{plain, "c:s:", no, 401, 1},
		{scoped, "c:s", no, 401, 1},
		{elsewhere, "c:s", no, 401, 1},
	} {
		w.answer, w.calls = calltest.Always(c.answer), nil
		got := verdict(t, c.handler.Authenticate(w.exchange(newRequest(t, "/", basic(c.credentials)))))
		if got != c.want || len(w.calls) != c.asked {
			t.Errorf("%d: %d after %d calls, want %d after %d", i, got, len(w.calls), c.want, c.asked)
		}
	}
}

func TestClientCredentialsMistakes(t *testing.T) {
	for config, want := range map[string]string{
		`{}`: "token_url",
		`{"token_url": "t", "required_scope": "a", "retry": {"max_delay": "1.5s", "x": 1}, "cache": {"enabled": 1, "ttl": "1", "max_tokens": -1, "y": 1}, "z": 1}`: "required_scope token_url retry.max_delay retry.x cache.enabled cache.ttl cache.max_tokens cache.y z",
	} {
		if _, traits, problems := build(t, "oauth2_client_credentials", config); paths(problems) != want || !traits.Waits {
			t.Errorf("%s: %v, %+v", config, problems, traits)
		}
	}
}
