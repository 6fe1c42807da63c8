package mutator

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"oathgate/internal/tokentest"
	"oathgate/internal/treetest"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/token"
	"oathgate/sdkhost/wazerohost"
)

var es256 = tokentest.New("es", "ES256")

// minter is an exchange that can mint, at a time of its own.
func minter(t *testing.T, now *time.Time) *pipeline.Exchange {
	x := exchange(t)
	x.Memory = &memory.Memory{}
	x.Now = func() time.Time { return *now }
	x.Random = func(p []byte) { _, _ = rand.Read(p) }
	x.Host = wazerohost.Crypto{}
	return x
}

func idTokenConfig(jwks string, more string) string {
	return `{"issuer_url": "https://issuer.test/", "jwks_url": "` + token.InlineURL([]byte(jwks)) + `"` + more + `}`
}

// mintedBy runs the mutator and reads the token, which must be a good one of the key.
func mintedBy(t *testing.T, m pipeline.Mutator, x *pipeline.Exchange, k *tokentest.Key) *token.JWT {
	t.Helper()
	if err := m.Mutate(x); err != nil {
		t.Fatal(err)
	}
	raw, ok := strings.CutPrefix(x.Session.Header.Get("authorization"), "Bearer ")
	j, err := token.Parse(raw)
	if !ok || err != nil {
		t.Fatalf("%q: %v", raw, err)
	}
	keys, err := token.ParseKeys([]byte(tokentest.Set(k.JWK())))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Verify(keys[0], x.Host); err != nil {
		t.Fatal(err)
	}
	return j
}

func claim(j *token.JWT, name string) string { return string(j.Claims.Get(name).AppendJSON(nil)) }

func TestIDToken(t *testing.T) {
	now := time.Unix(1000, 999)
	for _, alg := range []string{"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "EdDSA"} {
		k := tokentest.New("k-"+alg, alg)
		m, traits, problems := build(t, "id_token", idTokenConfig(tokentest.Set(k.PrivateJWK()), ""))
		if problems != nil || traits.Waits || len(traits.SetsHeaders) != 1 || traits.SetsHeaders[0] != "authorization" {
			t.Fatalf("%s: %v %+v", alg, problems, traits)
		}
		j := mintedBy(t, m, minter(t, &now), k)
		if j.Algorithm != alg || j.ID != k.ID || j.Type != "JWT" {
			t.Errorf("%+v", j)
		}
		for name, want := range map[string]string{
			"iss": `"https://issuer.test/"`, "sub": `"sub"`, "iat": "1000", "nbf": "1000", "exp": "1900", "aud": "null",
		} {
			if got := claim(j, name); got != want {
				t.Errorf("%s: %s is %s, want %s", alg, name, got, want)
			}
		}
		if id := j.Claims.Get("jti").Text; len(id) != 36 || id[14] != '4' || len(j.Claims.Keys) != 6 {
			t.Errorf("%s: jti %q, %q", alg, id, j.Claims.Keys)
		}
	}
}

func TestIDTokenClaims(t *testing.T) {
	now := time.Unix(1000, 0)
	jwks := tokentest.Set(es256.PrivateJWK())
	x := func() *pipeline.Exchange { return minter(t, &now) }
	m, traits, problems := build(t, "id_token", idTokenConfig(jwks, `, "ttl": "1h", "claims": `+
		quote(`{"aud": ["a"], "sub": "evil", "iss": 1, "exp": 1, "iat": 1, "nbf": 1, "jti": "x", "n": {{ .Extra.n }}, "s": {{ .Extra.utf | toJson }}, "g": "{{ index .MatchContext.RegexpCaptureGroups 0 }}", "m": {"url": "{{ .MatchContext.URL.Path }}"}, "big": 12345678901234567890}`)))
	if problems != nil || !traits.ReadsURL || !traits.ReadsGroups {
		t.Fatalf("%v %+v", problems, traits)
	}
	j := mintedBy(t, m, x(), es256)
	for name, want := range map[string]string{
		"aud": `["a"]`, "sub": `"sub"`, "iss": `"https://issuer.test/"`, "exp": "4600", "iat": "1000", "nbf": "1000", "n": "1000000", "s": `"ä"`, "g": `"g"`, "m": `{"url":"/p"}`,
		"big": "12345678901234567000", // a float64, as in Oathkeeper
	} {
		if got := claim(j, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if claim(j, "jti") == `"x"` {
		t.Error("the template's jti is kept")
	}
	for claims, want := range map[string]string{
		`{{ .Extra.n }}`:                     "not a JSON object",
		`null`:                               "not a JSON object",
		`{"a": 1`:                            "not a JSON text",
		`{} {}`:                              "not a JSON text",
		`{"a": 1, "a": 2}`:                   "not a JSON text",
		`{{ "" }}`:                           "not a JSON text",
		`{{ fail "no" }}`:                    "error executing claims template",
		`{"a": "{{ "\", \"sub2\": \"" }}"}`:  "claims",
		strings.Repeat("[", 33) + `{{ "" }}`: "not a JSON text",
		`{"a": {{ index .Extra.list 0 | quote }}`: "not a JSON text",
	} {
		m, _, problems := build(t, "id_token", idTokenConfig(jwks, `, "claims": `+quote(claims)))
		if problems != nil {
			t.Errorf("%s: %v", claims, problems)
			continue
		}
		x := x()
		err := m.Mutate(x)
		if e, ok := err.(*pipeline.Error); !ok || e.Status != 500 || !strings.Contains(e.Message, want) || x.Session.Header.Has("authorization") {
			t.Errorf("%s: %v", claims, err)
		}
	}
}

// A token is used again for the same subject and claims, until a tenth of its time
// is left.
func TestIDTokenIsUsedAgain(t *testing.T) {
	now := time.Unix(1000, 0)
	jwks := tokentest.Set(es256.PrivateJWK())
	m, _, problems := build(t, "id_token", idTokenConfig(jwks, `, "ttl": "100s", "claims": `+quote(`{"n": {{ .Extra.n }}}`)))
	if problems != nil {
		t.Fatal(problems)
	}
	x := minter(t, &now)
	mint := func(m pipeline.Mutator) string { return claim(mintedBy(t, m, x, es256), "jti") }
	first := mint(m)
	now = time.Unix(1089, 0)
	if mint(m) != first {
		t.Error("not used again")
	}
	x.Session.Subject = "other"
	if mint(m) == first {
		t.Error("used for another subject")
	}
	x.Session.Subject = "sub"
	x.Session.Extra["n"] = 2
	if mint(m) == first {
		t.Error("used for other claims")
	}
	x.Session.Extra["n"] = float64(1e6)
	for name, config := range map[string]string{
		"issuer": strings.Replace(idTokenConfig(jwks, `, "ttl": "100s", "claims": `+quote(`{"n": {{ .Extra.n }}}`)), "issuer.test", "issuer2.test", 1),
		"ttl":    idTokenConfig(jwks, `, "ttl": "101s", "claims": `+quote(`{"n": {{ .Extra.n }}}`)),
		"keys":   idTokenConfig(jwks+" ", `, "ttl": "100s", "claims": `+quote(`{"n": {{ .Extra.n }}}`)),
	} {
		other, _, _ := build(t, "id_token", config)
		if mint(other) == first {
			t.Errorf("used for another configuration: %s", name)
		}
	}
	if mint(m) != first {
		t.Error("not used again in the end")
	}
	now = time.Unix(1090, 0)
	if mint(m) == first {
		t.Error("used in its last tenth")
	}
}

// Which key of a set signs, and which id the token carries, is Oathkeeper's choice.
func TestIDTokenKeyOfASet(t *testing.T) {
	now := time.Unix(1000, 0)
	a, b, h := tokentest.New("a", "ES256"), tokentest.New("b", "ES256"), tokentest.Secret("h", "HS256", []byte("secret"))
	for _, c := range []struct {
		set    []string
		signer *tokentest.Key
		kid    string
	}{
		{[]string{a.PrivateJWK()}, a, "a"},
		{[]string{a.PrivateJWK(), a.As("pub", "ES256").JWK()}, a, "pub"},
		{[]string{a.As("pub", "ES256").JWK(), a.PrivateJWK(), b.PrivateJWK()}, a, "pub"},
		{[]string{a.PrivateJWK(), b.PrivateJWK()}, b, "b"},
		{[]string{a.PrivateJWK(), b.PrivateJWK(), a.As("pub", "ES256").JWK()}, b, "pub"},
		{[]string{h.JWK(), a.PrivateJWK()}, h, "h"},
		{[]string{a.PrivateJWK(), h.JWK()}, h, "h"},
		{[]string{a.As("", "ES256").JWK(), b.PrivateJWK()}, b, "b"},
	} {
		m, _, problems := build(t, "id_token", idTokenConfig(tokentest.Set(c.set...), ""))
		if problems != nil {
			t.Errorf("%q: %v", c.set, problems)
			continue
		}
		if j := mintedBy(t, m, minter(t, &now), c.signer); j.ID != c.kid {
			t.Errorf("%q: kid %q, want %q", c.set, j.ID, c.kid)
		}
	}
}

func TestIDTokenRefused(t *testing.T) {
	jwks := tokentest.Set(es256.PrivateJWK())
	good := idTokenConfig(jwks, "")
	for config, want := range map[string]string{
		`{"issuer_url": "i"}`:                                                 "jwks_url: is missing",
		`{"jwks_url": "http://a.test/"}`:                                      "issuer_url: is missing",
		`{"issuer_url": 1, "jwks_url": "http://a.test/"}`:                     "issuer_url: must be a string",
		`{"issuer_url": "i", "jwks_url": 1}`:                                  "jwks_url: must be a string",
		`{"issuer_url": "i", "jwks_url": "keys.json"}`:                        "jwks_url: not an absolute",
		`{"issuer_url": "i", "jwks_url": "file:///keys.json"}`:                "jwks_url: the filter has no files",
		`{"issuer_url": "i", "jwks_url": "inline://e30="}`:                    "jwks_url: holds no JSON Web Key Set",
		idTokenConfig(tokentest.Set(), ""):                                    "no key of the set has a private part",
		idTokenConfig(tokentest.Set(es256.JWK()), ""):                         "no key of the set has a private part",
		idTokenConfig(tokentest.Set(es256.As("", "ES256").PrivateJWK()), ""):  "the private key has no kid",
		idTokenConfig(tokentest.Set(es256.As("k", "").PrivateJWK()), ""):      "the private key has no alg",
		idTokenConfig(tokentest.Set(es256.As("k", "RS256").PrivateJWK()), ""): "another signature algorithm",
		idTokenConfig(jwks, `, "ttl": "1d"`):                                  "ttl: must be a whole number",
		idTokenConfig(jwks, `, "ttl": ""`):                                    "ttl: must be a whole number",
		idTokenConfig(jwks, `, "claims": {}`):                                 "claims: must be a string",
		idTokenConfig(jwks, `, "claims": "{{ .Nope }}"`):                      "claims:",
		idTokenConfig(jwks, `, "claim": "{}"`):                                "claim: unknown key",
	} {
		_, _, problems := build(t, "id_token", config)
		if len(problems) != 1 || !strings.Contains(problems[0].Path+": "+problems[0].Message, want) || strings.Contains(problems[0].Message, "inline://ey") {
			t.Errorf("%.80s: %v, want %s", config, problems, want)
		}
	}
	for lack, refused := range map[token.Lack]bool{{}: false, {Verify: true}: false, {Sign: true}: true} {
		cursor, found := treetest.Config(t, good)
		newIDToken(&pipeline.Build{Config: cursor, Lack: lack})
		if (found.Len() > 0) != refused {
			t.Errorf("%+v: %v", lack, found.List())
		}
	}
}

// Keys of an identity server are fetched once, and none of their outages lets a
// request through.
func TestIDTokenFetchesKeys(t *testing.T) {
	now := time.Unix(1000, 0)
	for name, c := range map[string]struct {
		res    callout.Result
		status int
	}{
		"good":    {callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set(es256.PrivateJWK()))}}, 0},
		"500":     {callout.Result{Fault: callout.None, Response: callout.Response{Status: 500}}, 500},
		"empty":   {callout.Result{Fault: callout.None, Response: callout.Response{Status: 200}}, 500},
		"public":  {callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set(es256.JWK()))}}, 500},
		"no keys": {callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set())}}, 500},
		"reset":   {callout.Result{Fault: callout.Reset}, 500},
		"full":    {callout.Result{Fault: callout.Overload}, 503},
	} {
		m, traits, problems := build(t, "id_token", `{"issuer_url": "i", "jwks_url": "http://keys.test/set?a=b"}`)
		if problems != nil || !traits.Waits {
			t.Fatalf("%v %+v", problems, traits)
		}
		x := minter(t, &now)
		asked := 0
		x.Send = func(req callout.Request, done func(callout.Result)) {
			asked++
			if req.Method != "GET" || req.Target != "/set?a=b" {
				t.Errorf("%+v", req)
			}
			done(c.res)
		}
		x.Suspend = func(pipeline.Await) pipeline.Resumption { t.Error("waits"); return pipeline.Resumption{} }
		err := m.Mutate(x)
		if c.status == 0 {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			mintedBy(t, m, x, es256)
			x.Session.Subject = "other"
			mintedBy(t, m, x, es256)
		} else if e, ok := err.(*pipeline.Error); !ok || e.Status != c.status || x.Session.Header.Has("authorization") {
			t.Errorf("%s: %v", name, err)
		}
		if asked != 1 {
			t.Errorf("%s: asked %d times", name, asked)
		}
	}
}

// What the client sent as Authorization is gone, whatever its lines were.
func TestIDTokenReplacesTheClients(t *testing.T) {
	now := time.Unix(1000, 0)
	m, _, _ := build(t, "id_token", idTokenConfig(tokentest.Set(es256.PrivateJWK()), ""))
	x := minter(t, &now)
	x.Session.Header = request.Headers{{Name: "authorization", Value: "Bearer old"}, {Name: "x-a", Value: "1"}}
	mintedBy(t, m, x, es256)
	if len(x.Session.Header) != 2 {
		t.Errorf("%v", x.Session.Header)
	}
}
