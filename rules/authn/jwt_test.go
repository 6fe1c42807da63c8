package authn

import (
	"reflect"
	"strconv"
	"sync"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/tokentest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/token"
)

const keysURL = `"jwks_urls": ["http://keys.test/set"]`

// issuers are keys that tests share: an RSA key takes long to make.
var issuers = sync.OnceValue(func() map[string]*tokentest.Key {
	rsa := tokentest.New("rsa", "RS256")
	m := map[string]*tokentest.Key{"other": tokentest.New("other", "EdDSA")}
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"} {
		m[alg] = rsa.As(alg, alg)
	}
	for _, alg := range []string{"HS256", "HS384", "HS512", "EdDSA", "ES256"} {
		m[alg] = tokentest.New(alg, alg)
	}
	return m
})

// everyKey is a key set of them all but other.
func everyKey() string {
	var list []string
	for name, k := range issuers() {
		if name != "other" {
			list = append(list, k.JWK())
		}
	}
	return tokentest.Set(list...)
}

func issuer(t testing.TB) *tokentest.Key {
	t.Helper()
	return issuers()["EdDSA"]
}

// newJWTWorld is a world whose issuer publishes every key.
func newJWTWorld(t testing.TB) *world {
	return newWorld(t, calltest.Always(calltest.Reply(200, everyKey())))
}

// ask authenticates a request with a token.
func (w *world) ask(a pipeline.Authenticator, tok string) (*pipeline.Exchange, int) {
	w.t.Helper()
	x := w.exchange(newRequest(w.t, "/", "authorization: Bearer "+tok))
	return x, verdict(w.t, a.Authenticate(x))
}

func TestJWTMistakes(t *testing.T) {
	for config, want := range map[string]string{
		``:                                "jwks_urls",
		`{}`:                              "jwks_urls",
		`{"jwks_urls": "http://k.test/"}`: "jwks_urls",
		`{"jwks_urls": [1, "", "ftp://k.test/", "file:///keys.json"]}`:                                             "jwks_urls[0] jwks_urls[1] jwks_urls[2] jwks_urls[3]",
		`{` + keysURL + `, "jwks_max_wait": "1", "jwks_ttl": 30}`:                                                  "jwks_max_wait jwks_ttl",
		`{` + keysURL + `, "jwks_max_wait": "0s", "jwks_ttl": "-1s"}`:                                              "jwks_max_wait jwks_ttl",
		`{` + keysURL + `, "jwks_max_wait": "2h", "jwks_ttl": ""}`:                                                 "jwks_max_wait jwks_ttl",
		`{` + keysURL + `, "required_scope": "a", "target_audience": [1], "trusted_issuers": {}}`:                  "required_scope target_audience[0] trusted_issuers",
		`{` + keysURL + `, "scope_strategy": "EXACT"}`:                                                             "scope_strategy",
		`{` + keysURL + `, "allowed_algorithms": ["none"]}`:                                                        "allowed_algorithms[0]",
		`{` + keysURL + `, "allowed_algorithms": ["RS256", "NONE", "rs256", "RS1", "HS1024", "", "ES256K", null]}`: "allowed_algorithms[1] allowed_algorithms[2] allowed_algorithms[3] allowed_algorithms[4] allowed_algorithms[5] allowed_algorithms[6] allowed_algorithms[7]",
		`{` + keysURL + `, "token_from": {}}`:                                                                      "token_from",
		`{` + keysURL + `, "token_from": {"header": "a", "cookie": "b"}}`:                                          "token_from",
		`{` + keysURL + `, "prefix": "ory_"}`:                                                                      "prefix",
		`{` + keysURL + `, "jwks_url": "http://k.test/"}`:                                                          "jwks_url",
	} {
		_, _, problems := build(t, "jwt", config)
		if got := paths(problems); got != want {
			t.Errorf("%s: problems at %s, want %s", config, got, want)
		}
	}
}

func TestJWTTraits(t *testing.T) {
	inline := `{"jwks_urls": ["` + token.InlineURL([]byte(everyKey())) + `"]`
	for config, want := range map[string]pipeline.Traits{
		`{` + keysURL + `}`: {Seldom: true, Forgets: true, Waits: true},
		`{"jwks_urls": []}`: {Seldom: true, Forgets: true},
		inline + `}`:        {Seldom: true, Forgets: true},
		inline + `, "token_from": {"header": "X-Token"}}`:                              {Seldom: true, Forgets: true, TokenHeaders: []string{"x-token"}},
		inline + `, "token_from": {"query_parameter": "t"}}`:                           {Seldom: true, Forgets: true, ReadsURL: true},
		inline + `, "jwks_ttl": "1h30m", "jwks_max_wait": "1.5s", "token_from": null}`: {Seldom: true, Forgets: true},
	} {
		_, traits, problems := build(t, "jwt", config)
		if problems != nil || !reflect.DeepEqual(traits, want) {
			t.Errorf("%s: %+v, %v", config, traits, problems)
		}
	}
}

func TestJWTNotResponsible(t *testing.T) {
	w := newWorld(t, nil)
	a := mustBuild(t, "jwt", `{`+keysURL+`}`)
	for _, lines := range [][]string{
		nil,
		{"authorization: Bearer opaque"},
		{"authorization: Bearer a.b"},
		{"authorization: Bearer a.b.c.d"},
		{"authorization: Basic a.b.c"},
		{"authorization: a.b.c"},
		{"cookie: jwt=a.b.c"},
	} {
		if got := verdict(t, a.Authenticate(w.exchange(newRequest(t, "/?jwt=a.b.c", lines...)))); got != 0 {
			t.Errorf("%q: %d", lines, got)
		}
	}
}

func TestJWTTokenFrom(t *testing.T) {
	w := newJWTWorld(t)
	tok := issuer(t).Sign(`{"sub":"alice"}`)
	for _, c := range []struct {
		from, path, line string
		want             int
	}{
		{`null`, "/", "authorization: bEARER " + tok, 200},
		{`{"header": "Authorization"}`, "/", "authorization: Bearer " + tok, 200},
		{`{"header": "authorization"}`, "/", "authorization: " + tok, 200},
		{`{"header": "X-JWT"}`, "/", "x-jwt: " + tok, 200},
		{`{"header": "X-JWT"}`, "/", "x-jwt: Bearer " + tok, 401},
		{`{"header": "X-JWT"}`, "/", "authorization: Bearer " + tok, 0},
		{`{"query_parameter": "t"}`, "/?t=" + tok, "x-a: b", 200},
		{`{"query_parameter": "t"}`, "/?T=" + tok, "x-a: b", 0},
		{`{"cookie": "jwt"}`, "/", "cookie: a=b; jwt=" + tok, 200},
		{`{"cookie": "jwt"}`, "/", "cookie: JWT=" + tok, 0},
	} {
		a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"], "token_from": `+c.from+`}`)
		if got := verdict(t, a.Authenticate(w.exchange(newRequest(t, c.path, c.line)))); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.from, c.line, got, c.want)
		}
	}
}

// host verifies what Envoy's verify_signature does: nothing, so that Go has to.
type host struct{}

func (host) VerifySignature(string, []byte, []byte, []byte) (bool, error) {
	return false, token.ErrHost
}

func (host) Sign(string, []byte, []byte) ([]byte, error) { return nil, token.ErrHost }

// Every algorithm lets its own tokens in where it is allowed, and nowhere else.
func TestJWTAlgorithms(t *testing.T) {
	algorithms := []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "HS256", "HS384", "HS512", "EdDSA"}
	for _, allowed := range algorithms {
		w := newJWTWorld(t)
		a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["`+allowed+`"]}`)
		for _, alg := range algorithms {
			want, calls := 401, len(w.calls)
			if alg == allowed {
				want, calls = 200, 1
			}
			tok := issuers()[alg].Sign(`{"sub":"` + alg + `"}`)
			x, got := w.ask(a, tok)
			if got != want || got == 200 && x.Session.Subject != alg || len(w.calls) != calls {
				t.Errorf("%s where %s is allowed: %d after %d callouts", alg, allowed, got, len(w.calls))
			}
			flipped := []byte(tok)
			if i := len(flipped) - 10; flipped[i] == 'A' {
				flipped[i] = 'B'
			} else {
				flipped[i] = 'A'
			}
			if _, got := w.ask(a, string(flipped)); got != 401 {
				t.Errorf("%s with another signature: %d", alg, got)
			}
		}
	}
	for _, none := range []string{`{` + keysURL + `}`, `{` + keysURL + `, "allowed_algorithms": []}`} {
		for alg, want := range map[string]int{"RS256": 200, "RS512": 401, "PS256": 401, "HS256": 401, "EdDSA": 401} {
			if _, got := newJWTWorld(t).ask(mustBuild(t, "jwt", none), issuers()[alg].Sign(`{}`)); got != want {
				t.Errorf("%s by default: %d, want %d", alg, got, want)
			}
		}
	}
}

// Without a host that knows ECDSA nobody gets in by it.
func TestJWTWithoutTheHost(t *testing.T) {
	a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["ES256", "RS256"]}`)
	for _, h := range []token.Host{nil, host{}} {
		for alg, want := range map[string]int{"ES256": 401, "RS256": 200} {
			x := newJWTWorld(t).exchange(newRequest(t, "/", "authorization: Bearer "+issuers()[alg].Sign(`{}`)))
			x.Host = h
			if got := verdict(t, a.Authenticate(x)); got != want {
				t.Errorf("%s: %d, want %d", alg, got, want)
			}
		}
	}
}

func TestJWTClaims(t *testing.T) {
	// The world's now is 1700000000.
	all := `{` + keysURL + `, "allowed_algorithms": ["EdDSA"]`
	for _, c := range []struct {
		config, claims string
		want           int
	}{
		{``, `{}`, 200},
		{``, `{"exp":1700000001}`, 200},
		{``, `{"exp":1700000000}`, 401},
		{``, `{"exp":1700000000.9}`, 401},
		{``, `{"exp":1700000001.9}`, 200},
		{``, `{"exp":1.700000001e9}`, 200},
		{``, `{"exp":0}`, 200},
		{``, `{"exp":-0.0}`, 200},
		{``, `{"exp":0.5}`, 401},
		{``, `{"exp":-1}`, 401},
		{``, `{"exp":"1800000000"}`, 401},
		{``, `{"exp":null}`, 401},
		{``, `{"exp":true}`, 401},
		{``, `{"exp":[1800000000]}`, 401},
		{``, `{"exp":1e300}`, 401},
		{``, `{"exp":9223372036854775807}`, 401},
		{``, `{"exp":253402300800}`, 200},
		{``, `{"nbf":1700000000}`, 200},
		{``, `{"nbf":1700000001}`, 401},
		{``, `{"nbf":1700000000.5}`, 200},
		{``, `{"nbf":0}`, 200},
		{``, `{"nbf":"0"}`, 401},
		{``, `{"nbf":null}`, 401},
		{``, `{"nbf":-1e300}`, 401},
		{``, `{"iat":1700000000}`, 200},
		{``, `{"iat":1700000001}`, 401},
		{``, `{"iat":"now"}`, 401},
		{``, `{"iat":null}`, 401},
		{``, `{"Exp":1}`, 200},

		{`"target_audience": ["api"]`, `{"aud":"api"}`, 200},
		{`"target_audience": ["api"]`, `{"aud":["web","api"]}`, 200},
		{`"target_audience": ["api"]`, `{"aud":"web api"}`, 401},
		{`"target_audience": ["api"]`, `{"aud":"API"}`, 401},
		{`"target_audience": ["api"]`, `{"aud":["api",1]}`, 401},
		{`"target_audience": ["api"]`, `{"aud":[["api"]]}`, 401},
		{`"target_audience": ["api"]`, `{"aud":{"api":1}}`, 401},
		{`"target_audience": ["api"]`, `{"aud":null}`, 401},
		{`"target_audience": ["api"]`, `{}`, 401},
		{`"target_audience": ["api","web"]`, `{"aud":["web","api"]}`, 200},
		{`"target_audience": ["api","web"]`, `{"aud":["web"]}`, 401},
		{`"target_audience": []`, `{"aud":1}`, 200},

		{`"trusted_issuers": ["https://a/","https://b/"]`, `{"iss":"https://b/"}`, 200},
		{`"trusted_issuers": ["https://a/","https://b/"]`, `{"iss":"https://b"}`, 401},
		{`"trusted_issuers": ["https://a/"]`, `{"iss":["https://a/"]}`, 401},
		{`"trusted_issuers": ["https://a/"]`, `{}`, 401},
		{`"trusted_issuers": [""]`, `{"iss":1}`, 200},

		{`"required_scope": ["a"]`, `{"scp":["a"]}`, 401},
		{`"required_scope": [], "scope_strategy": "exact"`, `{}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scp":["b","a"]}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scope":"b a"}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scopes":"a"}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scope":["a"]}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scp":["b"],"scope":"a"}`, 401},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scp":null,"scope":"a"}`, 401},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scope":"b","scopes":"a"}`, 401},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scp":{"a":1}}`, 401},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{"scope":"b,a"}`, 401},
		{`"required_scope": ["a"], "scope_strategy": "exact"`, `{}`, 401},
		{`"required_scope": ["a","b"], "scope_strategy": "exact"`, `{"scope":"a"}`, 401},
		{`"required_scope": [""], "scope_strategy": "exact"`, `{"scp":[1]}`, 200},
		{`"required_scope": [""], "scope_strategy": "exact"`, `{"scp":""}`, 401},
		{`"required_scope": ["a.b"], "scope_strategy": "hierarchic"`, `{"scope":"a"}`, 200},
		{`"required_scope": ["ab"], "scope_strategy": "hierarchic"`, `{"scope":"a"}`, 401},
		{`"required_scope": ["a.b.c"], "scope_strategy": "wildcard"`, `{"scope":"a.*"}`, 200},
		{`"required_scope": ["a"], "scope_strategy": "wildcard"`, `{"scope":"a.*"}`, 401},
	} {
		config := all + `, ` + c.config + `}`
		if c.config == "" {
			config = all + `}`
		}
		w := newJWTWorld(t)
		a := mustBuild(t, "jwt", config)
		for range 2 {
			if _, got := w.ask(a, issuer(t).Sign(c.claims)); got != c.want {
				t.Errorf("%s %s: %d, want %d", c.config, c.claims, got, c.want)
			}
		}
		if len(w.calls) != 1 {
			t.Errorf("%s: %d callouts", c.claims, len(w.calls))
		}
	}
}

func TestJWTSession(t *testing.T) {
	type m = map[string]any
	w := newJWTWorld(t)
	a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"]}`)
	for claims, want := range map[string]struct {
		subject string
		extra   m
	}{
		`{}`:                             {"", m{"scp": []string{}}},
		`{"sub":"alice"}`:                {"alice", m{"sub": "alice", "scp": []string{}}},
		`{"sub":42,"n":1e3}`:             {"", m{"sub": 42.0, "n": 1000.0, "scp": []string{}}},
		`{"scope":"a b","":1}`:           {"", m{"": 1.0, "scp": []string{"a", "b"}}},
		`{"":1}`:                         {"", m{"scp": []string{}}},
		`{"scp":["a",1],"scope":"c"}`:    {"", m{"scope": "c", "scp": []string{"a", ""}}},
		`{"scopes":["a"],"x":{"y":[1]}}`: {"", m{"scp": []string{"a"}, "x": m{"y": []any{1.0}}}},
		`{"scp":" a"}`:                   {"", m{"scp": []string{"", "a"}}},
	} {
		tok := issuer(t).Sign(claims)
		for range 2 {
			x, got := w.ask(a, tok)
			if got != 200 || x.Session.Subject != want.subject || !reflect.DeepEqual(x.Session.Extra, want.extra) {
				t.Errorf("%s: %d, %q, %v", claims, got, x.Session.Subject, x.Session.Extra)
			}
		}
	}
}

// The keys' URL is asked as Oathkeeper asks it.
func TestJWTCallout(t *testing.T) {
	w := newJWTWorld(t)
	a := mustBuild(t, "jwt", `{"jwks_urls": ["https://Keys.test:8443/set?a=b"]}`)
	if _, got := w.ask(a, issuers()["RS256"].Sign(`{}`)); got != 200 {
		t.Fatal(got)
	}
	if got, want := calltest.Wire(w.calls[0]), "GET https://keys.test:8443 /set?a=b\n\"\""; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Whatever becomes of the callout, nobody gets in, and the next authenticator is not
// asked.
func TestJWTFaults(t *testing.T) {
	a := mustBuild(t, "jwt", `{`+keysURL+`}`)
	tok := issuers()["RS256"].Sign(`{}`)
	for f := range callout.NumFaults {
		if f == callout.None {
			continue
		}
		want := 401
		if f == callout.Overload {
			want = 503
		}
		w := newWorld(t, calltest.Always(callout.Result{Fault: f}))
		if _, got := w.ask(a, tok); got != want {
			t.Errorf("%v: %d, want %d", f, got, want)
		}
	}
	for _, status := range []int{204, 302, 400, 401, 403, 404, 429, 500, 503, 504} {
		w := newWorld(t, calltest.Always(calltest.Reply(status, everyKey(), "location: /elsewhere")))
		want := 401
		if status == 204 {
			// A body behind a 204 is Envoy's business.
			want = 200
		}
		if _, got := w.ask(a, tok); got != want || len(w.calls) != 1 {
			t.Errorf("%d: %d", status, got)
		}
	}
}

// A token that comes again is verified once more for a configuration, and no longer
// believed once its key, its time or the configuration is another.
func TestJWTCache(t *testing.T) {
	w := newJWTWorld(t)
	const config = `{` + keysURL + `, "allowed_algorithms": ["EdDSA"]`
	a := mustBuild(t, "jwt", config+`}`)
	key := issuer(t)
	tok := key.Sign(`{"sub":"alice","aud":"a","scope":"s","iss":"i","exp":1700000100}`)
	expect := func(about string, a pipeline.Authenticator, want, kept int) {
		t.Helper()
		if _, got := w.ask(a, tok); got != want || w.memory.Cache.Len() != kept {
			t.Errorf("%s: %d with %d kept, want %d with %d", about, got, w.memory.Cache.Len(), want, kept)
		}
	}
	expect("first", a, 200, 0)
	expect("second", a, 200, 1)
	expect("again", a, 200, 1)
	expect("a rule alike", mustBuild(t, "jwt", config+`}`), 200, 1)
	for i, other := range []string{
		`, "target_audience": ["b"]}`, `, "trusted_issuers": ["j"]}`, `, "required_scope": ["r"], "scope_strategy": "exact"}`, `, "required_scope": ["s"]}`,
	} {
		expect(other, mustBuild(t, "jwt", config+other), 401, 1+i)
		good := []string{`, "target_audience": ["a"]}`, `, "trusted_issuers": ["i"]}`, `, "required_scope": ["s"], "scope_strategy": "exact"}`, `, "required_scope": []}`}[i]
		// The last one is the first configuration in other words.
		expect(good, mustBuild(t, "jwt", config+good), 200, 1+i)
		expect(good, mustBuild(t, "jwt", config+good), 200, min(2+i, 4))
	}
	if _, got := w.ask(mustBuild(t, "jwt", `{`+keysURL+`}`), tok); got != 401 {
		t.Errorf("its algorithm is not allowed elsewhere: %d", got)
	}
	expect("other keys", mustBuild(t, "jwt", `{"jwks_urls": ["`+token.InlineURL([]byte(tokentest.Set(tokentest.New("EdDSA", "EdDSA").JWK())))+`"], "allowed_algorithms": ["EdDSA"]}`), 401, 4)

	kept := w.memory.Cache.Len()
	w.now = w.now.Add(31 * time.Second)
	expect("the same keys, fetched anew", a, 200, kept)
	w.answer = calltest.Always(calltest.Reply(200, tokentest.Set(tokentest.New("EdDSA", "EdDSA").JWK())))
	w.now = w.now.Add(31 * time.Second)
	expect("the key is another", a, 401, kept-1)
	w.answer = calltest.Always(calltest.Reply(200, everyKey()))
	w.now = w.now.Add(31 * time.Second)
	expect("it is back", a, 200, kept)
	w.answer = calltest.Always(calltest.Reply(200, `{"keys":[]}`))
	w.now = w.now.Add(5 * time.Second)
	expect("a key that is still fresh", a, 200, kept)
	w.answer = calltest.Always(calltest.Reply(200, everyKey()))
	w.now = time.Unix(1700000099, 0)
	expect("its last second", a, 200, kept)
	w.now = time.Unix(1700000100, 0)
	expect("over", a, 401, kept-1)
	w.now = time.Unix(1699999000, 0)
	expect("the clock is set back", a, 200, kept)
}

func TestJWTCacheKeepsWhatIsGoodAlone(t *testing.T) {
	w := newJWTWorld(t)
	a := mustBuild(t, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"], "target_audience": ["a"]}`)
	for _, tok := range []string{
		issuer(t).Sign(`{}`), issuer(t).Sign(`{"aud":"a","exp":1}`), issuer(t).Sign(`{"aud":"a","nbf":1700000001}`),
		issuers()["other"].As("EdDSA", "EdDSA").Sign(`{"aud":"a"}`), "a.b.c", "..",
	} {
		for range 3 {
			if _, got := w.ask(a, tok); got != 401 || w.memory.Cache.Len() != 0 {
				t.Errorf("%d, %d kept", got, w.memory.Cache.Len())
			}
		}
	}
	for i := range 5000 {
		tok := issuer(t).Sign(`{"aud":"a","n":` + strconv.Itoa(i) + `}`)
		for range 2 {
			if _, got := w.ask(a, tok); got != 200 {
				t.Fatal(got)
			}
		}
	}
	if n := w.memory.Cache.Len(); n > 4096 || n < 1000 {
		t.Errorf("%d kept", n)
	}
}
