package authn

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

const preAuth = `"pre_authorization": {"enabled": true, "token_url": "http://t.test/token?x=1", "client_id": "i d", "client_secret": "s:e&c"%s}`

// introspector is an introspection handler that needs a token of its own.
func introspector(t testing.TB, more string) pipeline.Authenticator {
	return mustBuild(t, "oauth2_introspection", `{"introspection_url": "http://i.test/", `+fmt.Sprintf(preAuth, more)+`}`)
}

// server answers token requests by a script and introspection with an active token.
type server struct {
	token func(callout.Request) callout.Result
	asked []string // the token requests
	auth  []string // the Authorization of introspections
}

func (s *server) answer(c callout.Request) callout.Result {
	if c.Endpoint.Authority == "t.test" {
		s.asked = append(s.asked, calltest.Wire(c))
		return s.token(c)
	}
	s.auth = append(s.auth, c.Headers.Get("authorization"))
	return calltest.Reply(200, `{"active": true, "sub": "s"}`)
}

func TestTokenRequests(t *testing.T) {
	const head = "POST http://t.test:80 /token?x=1\ncontent-type: application/x-www-form-urlencoded\n"
	// base64("i+d:s%3Ae%26c")
	const basic = "authorization: Basic aStkOnMlM0FlJTI2Yw==\n"
	const own = `client_id=i+d&client_secret=s%3Ae%26c&grant_type=client_credentials`
	for _, c := range []struct{ more, first, second string }{
		{``, `"grant_type=client_credentials"`, `"` + own + `"`},
		{`, "audience": "a b", "scope": ["x", "y.z"]`, `"audience=a+b&grant_type=client_credentials&scope=x+y.z"`, `"audience=a+b&` + own + `&scope=x+y.z"`},
		{`, "audience": "", "scope": []`, `"grant_type=client_credentials"`, `"` + own + `"`},
	} {
		s := &server{}
		s.token = func(callout.Request) callout.Result {
			if len(s.asked) == 1 {
				return calltest.Reply(401, `{}`)
			}
			return calltest.Reply(200, `{"access_token": "tok"}`)
		}
		w := newWorld(t, s.answer)
		if got := verdict(t, introspector(t, c.more).Authenticate(w.exchange(newRequest(t, "/", "authorization: Bearer x")))); got != 200 {
			t.Fatalf("%s: %d", c.more, got)
		}
		if len(s.asked) != 2 || s.asked[0] != head+basic+c.first || s.asked[1] != head+c.second {
			t.Errorf("%s: asked\n%s", c.more, strings.Join(s.asked, "\n"))
		}
		if len(s.auth) != 1 || s.auth[0] != "Bearer tok" {
			t.Errorf("%s: introspected with %q", c.more, s.auth)
		}
	}
}

func TestTokenEndpointFails(t *testing.T) {
	for _, c := range []struct {
		res    callout.Result
		status int
	}{
		{callout.Result{}, 500},
		{callout.Result{Fault: callout.Timeout}, 500},
		{callout.Result{Fault: callout.Overload}, 503},
		{callout.Result{Fault: callout.Connect, Response: calltest.Reply(200, `{"access_token": "tok"}`).Response}, 500},
		{calltest.Reply(0, `{"access_token": "tok"}`), 500},
		{calltest.Reply(199, `{"access_token": "tok"}`), 500},
		{calltest.Reply(302, `{"access_token": "tok"}`), 500},
		{calltest.Reply(400, `{"access_token": "tok"}`), 500},
		{calltest.Reply(500, `{"access_token": "tok"}`), 500},
		{calltest.Reply(200, ``), 500},
		{calltest.Reply(200, `access_token=tok`), 500},
	} {
		s := &server{token: calltest.Always(c.res)}
		w := newWorld(t, s.answer)
		err := introspector(t, "").Authenticate(w.exchange(newRequest(t, "/", "authorization: Bearer x")))
		if got := verdict(t, err); got != c.status || !err.(*pipeline.Error).Callout {
			t.Errorf("%+v: %v", c.res, err)
		}
		if len(s.asked) != 2 || s.auth != nil || w.memory.Cache.Len() != 0 || w.memory.Flights.Len() != 0 {
			t.Errorf("%+v: asked %d times, introspected %q, kept %d", c.res, len(s.asked), s.auth, w.memory.Cache.Len())
		}
	}
}

func TestParseAccessToken(t *testing.T) {
	now := time.Unix(1_700_000_000, 0)
	const forever = 0
	for body, want := range map[string]struct {
		authorization string
		life          time.Duration
	}{
		`{"access_token": "a"}`: {"Bearer a", forever},
		`{"access_token": "a", "token_type": "bearer", "expires_in": 60}`:              {"Bearer a", 60 * time.Second},
		`{"access_token": "a", "token_type": "MAC", "expires_in": "60"}`:               {"MAC a", 60 * time.Second},
		`{"access_token": "a", "token_type": "basic"}`:                                 {"Basic a", forever},
		`{"access_token": "a", "token_type": "DPoP"}`:                                  {"DPoP a", forever},
		`{"access_token": "a", "token_type": "", "expires_in": 0}`:                     {"Bearer a", forever},
		`{"access_token": "a", "token_type": null, "expires_in": null, "error": null}`: {"Bearer a", forever},
		`{"access_token": "a", "expires_in": 5}`:                                       {"Bearer a", 5 * time.Second},
		`{"access_token": "a", "expires_in": -1}`:                                      {"Bearer a", -time.Second},
		`{"access_token": "a", "expires_in": 9223372036854775807}`:                     {"Bearer a", (1<<31 - 1) * time.Second},
		`{"access_token": "a", "expires_in": 31536000000, "error": ""}`:                {"Bearer a", (1<<31 - 1) * time.Second},
	} {
		res := calltest.Reply(200, body, "content-type: application/json")
		got, err := parseAccessToken(&res.Response, now)
		expires := now.Add(want.life)
		if want.life == forever {
			expires = time.Time{}
		}
		if err != nil || got.authorization != want.authorization || !got.expires.Equal(expires) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, body := range []string{
		``, `null`, `[]`, `"a"`, `{}`, `{"access_token": ""}`, `{"access_token": null}`, `{"access_token": 1}`, `{"access_token": ["a"]}`,
		`{"Access_Token": "a"}`, `{"access_token": "a", "access_token": "b"}`, `{"access_token": "a"} x`,
		`{"access_token": "a\nb"}`, `{"access_token": "a", "token_type": "B\u0000"}`, `{"access_token": "a", "token_type": 1}`,
		`{"access_token": "a", "expires_in": 1.5}`, `{"access_token": "a", "expires_in": "x"}`, `{"access_token": "a", "expires_in": true}`,
		`{"access_token": "a", "expires_in": []}`, `{"access_token": "a", "expires_in": ""}`, `{"access_token": "a", "expires_in": 9223372036854775808}`,
		`{"access_token": "a", "error": "invalid_client"}`, `{"access_token": "a", "error": true}`, `{"access_token": "a", "error": {}}`, `{"access_token": "a", "Error": "e"}`,
		`{"access_token": "a", "refresh_token": 1}`, `{"access_token": "a", "error_uri": []}`, `{"access_token": "a", "expires_in": "+5"}`, `{"access_token": "a", "expires_in": "05"}`,
	} {
		res := calltest.Reply(200, body)
		if got, err := parseAccessToken(&res.Response, now); err == nil || got != (accessToken{}) {
			t.Errorf("%s: %+v, %v", body, got, err)
		}
	}
	for _, kind := range []string{"text/plain", "Text/Plain; charset=utf-8", "application/x-www-form-urlencoded"} {
		res := calltest.Reply(200, `{"access_token": "a"}`, "content-type: "+kind)
		if got, err := parseAccessToken(&res.Response, now); err == nil || got != (accessToken{}) {
			t.Errorf("%s: %+v, %v", kind, got, err)
		}
	}
}

// A token is used until 10 s before its end, and by every handler with the same
// credentials.
func TestTokenIsShared(t *testing.T) {
	n := 0
	s := &server{}
	s.token = func(callout.Request) callout.Result {
		n++
		return calltest.Reply(200, fmt.Sprintf(`{"access_token": "tok%d", "expires_in": 60}`, n))
	}
	w := newWorld(t, s.answer)
	ask := func(a pipeline.Authenticator, want string) {
		t.Helper()
		if got := verdict(t, a.Authenticate(w.exchange(newRequest(t, "/", "authorization: Bearer x")))); got != 200 {
			t.Fatal(got)
		}
		if got := s.auth[len(s.auth)-1]; got != "Bearer "+want {
			t.Errorf("introspected with %s, want %s", got, want)
		}
	}
	a := introspector(t, "")
	ask(a, "tok1")
	ask(a, "tok1")
	ask(introspector(t, `, "scope": []`), "tok1")
	w.now = w.now.Add(49 * time.Second)
	ask(a, "tok1")
	w.now = w.now.Add(time.Second)
	ask(a, "tok2")
	ask(introspector(t, `, "scope": ["x"]`), "tok3")
	ask(introspector(t, `, "audience": "x"`), "tok4")
	for i, change := range [][2]string{{"?x=1", "?x=2"}, {"i d", "id"}, {"s:e&c", "sec"}} {
		config := strings.Replace(`{"introspection_url": "http://i.test/", `+fmt.Sprintf(preAuth, "")+`}`, change[0], change[1], 1)
		ask(mustBuild(t, "oauth2_introspection", config), fmt.Sprintf("tok%d", 5+i))
	}
}

// Two requests at once: one asks, the other waits for what it brings.
func TestTokenIsFetchedOnce(t *testing.T) {
	s := &server{token: calltest.Always(calltest.Reply(200, `{"access_token": "tok", "expires_in": 5}`))}
	w := newWorld(t, s.answer)
	a := introspector(t, "")
	first, second := w.exchange(newRequest(t, "/", "authorization: Bearer x")), w.exchange(newRequest(t, "/", "authorization: Bearer y"))
	plain := first.Suspend
	waited := 0
	second.Suspend = func(aw pipeline.Await) pipeline.Resumption {
		if aw.Shared == nil {
			return plain(aw)
		}
		waited++
		// Not what the leader brings, so that the two can be told apart.
		return pipeline.Resumption{Value: accessToken{authorization: "Bearer shared"}}
	}
	first.Suspend = func(aw pipeline.Await) pipeline.Resumption {
		if aw.Calls[0].Endpoint.Authority == "t.test" {
			if got := verdict(t, a.Authenticate(second)); got != 200 {
				t.Errorf("the second one: %d", got)
			}
		}
		return plain(aw)
	}
	if got := verdict(t, a.Authenticate(first)); got != 200 {
		t.Errorf("the first one: %d", got)
	}
	if len(s.asked) != 1 || waited != 1 || strings.Join(s.auth, ",") != "Bearer shared,Bearer tok" {
		t.Errorf("asked %d times, waited %d times, introspected with %q", len(s.asked), waited, s.auth)
	}
	landed := w.memory.Flights.Landed()
	if len(landed) != 1 || landed[0].Value.(accessToken).authorization != "Bearer tok" {
		t.Errorf("landed: %v", landed)
	}
}
