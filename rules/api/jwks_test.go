package api

import (
	"strings"
	"testing"
	"time"

	"oathgate/internal/tokentest"
	"oathgate/rules/decision"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/rules/token"
)

// signing is a program of the role decision whose id_token mutators have those key
// sets: the first of the global configuration, the others of a rule each.
func signing(t *testing.T, global string, rules ...string) *program.Program {
	t.Helper()
	config := func(url string) string { return `{"issuer_url":"https://i.test/","jwks_url":"` + url + `"}` }
	mutators := `"noop":{"enabled":true}`
	if global != "" {
		mutators += `,"id_token":{"enabled":true,"config":` + config(global) + `}`
	}
	list := make([]string, len(rules))
	for i, url := range rules {
		mutator := `{"handler":"id_token"}`
		if url != "" {
			mutator = `{"handler":"id_token","config":` + config(url) + `}`
		}
		list[i] = `{"id":"` + string(rune('a'+i)) + `","match":{"url":"http://a.test/` + string(rune('a'+i)) + `","methods":["GET"]},` +
			`"authenticators":[{"handler":"noop"}],"authorizer":{"handler":"allow"},"mutators":[` + mutator + `]}`
	}
	p, problems := program.Load([]byte(`{"oathgate":{"role":"decision"},"access_rules":{"rules":[` + strings.Join(list, ",") + `]},` +
		`"authenticators":{"noop":{"enabled":true}},"authorizers":{"allow":{"enabled":true}},"mutators":{` + mutators + `}}`))
	if problems != nil {
		t.Fatal(problems)
	}
	return p
}

const keysPath = "/.well-known/jwks.json"

func TestPublicKeys(t *testing.T) {
	a, b, h := tokentest.New("a", "ES256"), tokentest.New("b", "EdDSA"), tokentest.Secret("h", "HS256", []byte("secret"))
	url := func(jwks ...string) string { return token.InlineURL([]byte(tokentest.Set(jwks...))) }
	public := func(keys ...*tokentest.Key) string {
		var list []string
		for _, k := range keys {
			set, err := token.ParseKeys([]byte(tokentest.Set(k.JWK())))
			if err != nil {
				t.Fatal(err)
			}
			text, _ := set[0].AppendPublic(nil)
			list = append(list, string(text))
		}
		return `{"keys":[` + strings.Join(list, ",") + "]}\n"
	}
	for name, c := range map[string]struct {
		p    *program.Program
		want string
	}{
		"global":                   {signing(t, url(a.PrivateJWK())), public(a)},
		"global, used by rules":    {signing(t, url(a.PrivateJWK()), "", ""), public(a)},
		"global and of rules":      {signing(t, url(a.PrivateJWK()), url(b.PrivateJWK()), "", url(b.PrivateJWK())), public(a, b)},
		"private and public":       {signing(t, url(a.PrivateJWK(), a.As("pub", "ES256").JWK())), public(a, a.As("pub", "ES256"))},
		"a secret":                 {signing(t, url(h.JWK())), public()},
		"a secret, and others":     {signing(t, url(h.JWK(), a.PrivateJWK(), h.JWK(), b.PrivateJWK())), public(a, b)},
		"the same keys, elsewhere": {signing(t, url(a.PrivateJWK()), url(a.PrivateJWK(), h.JWK())), public(a, a)},
	} {
		for _, target := range []string{keysPath, keysPath + "?a=b"} {
			response, e, step := Serve(worker(), c.p, ask(target))
			if response != nil || e != nil || step.Done == nil || !step.Done.Informs || step.Done.Allow || step.Done.Response.Status != 200 {
				t.Fatalf("%s: %+v %+v", name, response, step)
			}
			r := step.Done.Response
			if string(r.Body) != c.want || r.Headers.Get("content-type") != "application/json; charset=utf-8" {
				t.Errorf("%s: %s, want %s", name, r.Body, c.want)
			}
			if strings.Contains(string(r.Body), `"d"`) || strings.Contains(string(r.Body), `"k"`) {
				t.Errorf("%s: a private part is published", name)
			}
		}
	}
}

// Without keys the answer is Oathkeeper's; another method is for no endpoint.
func TestNoPublicKeys(t *testing.T) {
	p := signing(t, "")
	_, _, step := Serve(worker(), p, ask(keysPath))
	const want = `{"error":{"code":500,"status":"Internal Server Error","reason":"None of the provided URLs returned a valid JSON Web Key Set.","message":"An internal server error occurred, please contact the system administrator"}}` + "\n"
	if r := step.Done.Response; r.Status != 500 || string(r.Body) != want || r.Headers.Get("content-type") != "application/json" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	raw := ask(keysPath)
	raw.Method = "POST"
	if response, _, _ := Serve(worker(), p, raw); response == nil || response.Status != 404 {
		t.Errorf("%+v", response)
	}
}

// Keys at a URL are fetched, and meanwhile the request waits.
func TestPublicKeysAreFetched(t *testing.T) {
	k := tokentest.New("k", "ES256")
	for name, c := range map[string]struct {
		result callout.Result
		status int
	}{
		"good": {callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set(k.PrivateJWK()))}}, 200},
		"bad":  {callout.Result{Fault: callout.None, Response: callout.Response{Status: 503}}, 500},
	} {
		p := signing(t, "http://keys.test/set")
		w := worker()
		var done func(callout.Result)
		w.Send = func(_ callout.Request, d func(callout.Result)) { done = d }
		raw := ask(keysPath, "accept", "a")
		_, e, step := Serve(w, p, raw)
		raw.Headers[0] = request.Header{} // the host's again
		if e == nil || step.Await == nil || step.Await.Shared == nil || done == nil {
			t.Fatalf("%s: %+v", name, step)
		}
		done(c.result)
		for _, l := range w.Memory.Flights.Landed() {
			step = e.Resume(decision.Event{Seq: step.Seq, Kind: decision.Landed, Value: l.Value})
		}
		if step.Done == nil || !step.Done.Informs || step.Done.Response.Status != c.status || strings.Contains(string(step.Done.Response.Body), `"d"`) {
			t.Errorf("%s: %+v", name, step.Done)
		}
	}
	// In time or not at all.
	p, w := signing(t, "http://keys.test/set"), worker()
	w.Send = func(callout.Request, func(callout.Result)) {}
	now := time.Unix(1, 0)
	w.Now = func() time.Time { return now }
	_, e, step := Serve(w, p, ask(keysPath))
	if step.Await == nil || step.Await.Until.IsZero() {
		t.Fatalf("%+v", step)
	}
	now = step.Await.Until
	if step = e.Resume(decision.Event{Seq: step.Seq, Kind: decision.TimeUp}); step.Done == nil || step.Done.Response.Status != 500 {
		t.Errorf("%+v", step)
	}
}
