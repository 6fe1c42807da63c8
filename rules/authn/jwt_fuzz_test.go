package authn

import (
	"encoding/json"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/internal/tokentest"
)

// Whoever gets in has a token of the issuer's key, of the allowed algorithm, in its
// time, for the audience and with the scope: as another reader reads it.
func FuzzJWTAuthenticator(f *testing.F) {
	good := `{"alg":"EdDSA","kid":"k","typ":"JWT"}`
	f.Add(good, `{"sub":"alice","aud":["api"],"scope":"read","exp":1700000001}`, true)
	f.Add(good, `{"sub":"alice","aud":"api","scp":["read"],"nbf":1700000000,"iat":1.7e9}`, true)
	f.Add(good, `{"aud":"api","scope":"read","exp":1700000000}`, true)
	f.Add(good, `{"aud":"api","scope":"read"}`, false)
	f.Add(`{"alg":"none","kid":"k"}`, `{"aud":"api","scope":"read"}`, true)
	f.Add(`{"alg":"EdDSA","kid":"k","kid":"x"}`, `{"aud":"api","aud":[],"scope":"read"}`, true)
	f.Add(` {"alg":"EdDSA","kid":"\u006b"}`, `{"aud":["api",null],"scopes":"read "}`, true)
	issuer, stranger := tokentest.New("k", "EdDSA"), tokentest.New("k", "EdDSA")
	a := mustBuild(f, "jwt", `{`+keysURL+`, "allowed_algorithms": ["EdDSA"], "target_audience": ["api"], "required_scope": ["read"], "scope_strategy": "exact"}`)
	set := tokentest.Set(issuer.JWK())
	f.Fuzz(func(t *testing.T, header, claims string, ours bool) {
		signer := stranger
		if ours {
			signer = issuer
		}
		w := newWorld(t, calltest.Always(calltest.Reply(200, set)))
		tok := signer.SignAs(header, claims)
		x, status := w.ask(a, tok)
		again, repeated := w.ask(a, tok)
		if status != repeated || x.Session.Subject != again.Session.Subject {
			t.Fatalf("%d at first, then %d", status, repeated)
		}
		if len(w.calls) > 2 {
			t.Fatalf("%d callouts", len(w.calls))
		}
		if status != 200 {
			if x.Session.Subject != "" || x.Session.Extra != nil {
				t.Fatalf("%d, and a session %+v", status, x.Session)
			}
			return
		}
		var h, c map[string]any
		if json.Unmarshal([]byte(header), &h) != nil || h["alg"] != "EdDSA" || h["kid"] != "k" || !ours {
			t.Fatalf("header %q, of the issuer %v", header, ours)
		}
		if err := json.Unmarshal([]byte(claims), &c); err != nil {
			t.Fatalf("claims %q: %v", claims, err)
		}
		exp, _ := c["exp"].(float64)
		nbf, _ := c["nbf"].(float64)
		iat, _ := c["iat"].(float64)
		now := float64(w.now.Unix())
		if exp != 0 && exp < now || nbf >= now+1 || iat >= now+1 {
			t.Fatalf("not in its time: %q", claims)
		}
		if !holds(c["aud"], "api") || !holds(c["scp"], "read") && !holds(c["scope"], "read") && !holds(c["scopes"], "read") {
			t.Fatalf("audience or scope: %q", claims)
		}
		if sub, _ := c["sub"].(string); sub != x.Session.Subject {
			t.Fatalf("subject %q of %q", x.Session.Subject, claims)
		}
		w.now = w.now.Add(100 * 365 * 24 * time.Hour)
		if _, later := w.ask(a, tok); exp > 0 && later == 200 && exp < float64(w.now.Unix()) {
			t.Fatalf("it never ends: %q", claims)
		}
	})
}

// holds says whether a claim is, or as text or list may hold, a word.
func holds(claim any, word string) bool {
	switch claim := claim.(type) {
	case string:
		for rest := claim; len(rest) >= len(word); rest = rest[1:] {
			if rest[:len(word)] == word {
				return true
			}
		}
	case []any:
		for _, item := range claim {
			if item == word {
				return true
			}
		}
	}
	return false
}
