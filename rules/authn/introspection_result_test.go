package authn

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"
	"time"
)

// oathkeeperResult is what Oathkeeper decodes an introspection response into, with
// encoding/json (pipeline/authn/authenticator_oauth2_introspection.go).
type oathkeeperResult struct {
	Active    bool           `json:"active"`
	Ext       map[string]any `json:"ext"`
	Subject   string         `json:"sub"`
	Username  string         `json:"username"`
	Audience  textOrList     `json:"aud"`
	TokenType string         `json:"token_type"`
	Issuer    string         `json:"iss"`
	ClientID  string         `json:"client_id"`
	Scope     string         `json:"scope"`
	Expires   int64          `json:"exp"`
	TokenUse  string         `json:"token_use"`
}

type textOrList []string

func (l *textOrList) UnmarshalJSON(b []byte) error {
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		*l = textOrList{v}
	case []any:
		*l = nil
		for _, item := range v {
			s, ok := item.(string)
			if !ok {
				return errors.New("not a string")
			}
			*l = append(*l, s)
		}
	default:
		return errors.New("neither")
	}
	return nil
}

// compareWithOathkeeper fails for a response that is read otherwise than Oathkeeper
// reads it; to refuse more is allowed.
func compareWithOathkeeper(t *testing.T, body []byte) (accepted bool) {
	got, err := parseIntrospection(body)
	if err != nil {
		if got != nil {
			t.Fatalf("%s: a result beside an error", body)
		}
		return false
	}
	var want oathkeeperResult
	if err := json.Unmarshal(body, &want); err != nil {
		t.Fatalf("%s is accepted as %+v, and by Oathkeeper refused: %v", body, *got, err)
	}
	same := oathkeeperResult{
		Active: got.active, Ext: got.ext, Subject: got.subject, Username: got.username, Audience: got.audience, TokenType: got.kind,
		Issuer: got.issuer, ClientID: got.clientID, Scope: got.scope, Expires: got.expires, TokenUse: got.use,
	}
	if len(same.Audience) == 0 && len(want.Audience) == 0 {
		same.Audience, want.Audience = nil, nil
	}
	if !reflect.DeepEqual(same, want) {
		t.Fatalf("%s: %+v, Oathkeeper reads %+v", body, same, want)
	}
	return true
}

func TestParseIntrospection(t *testing.T) {
	for body, want := range map[string]bool{
		`{}`:               true,
		`{"active": true}`: true,
		`{"active": true, "sub": "s", "username": "u", "iss": "i", "client_id": "c", "scope": "a b", "token_use": "access_token", "token_type": "t", "exp": 5, "aud": "x", "ext": {"a": [1, {"b": null}]}, "iat": 1, "other": {}}`: true,
		`{"aud": ["a", "b"]}`: true,
		`{"aud": []}`:         true,
		`{"active": null, "sub": null, "username": null, "iss": null, "client_id": null, "scope": null, "token_use": null, "token_type": null, "exp": null, "ext": null}`: true,
		`{"exp": -1}`:                          true,
		`{"exp": 9223372036854775807}`:         true,
		`{"exp": -0}`:                          true,
		`{"sub": "\u0000\ud83d\ude00"}`:        true,
		`{"audience": 1, "actives": 1, "": 1}`: true,

		``:                             false,
		`null`:                         false,
		`[]`:                           false,
		`true`:                         false,
		`"active"`:                     false,
		`{"active": "true"}`:           false,
		`{"active": 1}`:                false,
		`{"active": true, "sub": 1}`:   false,
		`{"sub": {}}`:                  false,
		`{"username": []}`:             false,
		`{"iss": 1}`:                   false,
		`{"client_id": 1}`:             false,
		`{"scope": ["a"]}`:             false,
		`{"token_use": 1}`:             false,
		`{"token_type": 1}`:            false,
		`{"exp": "5"}`:                 false,
		`{"exp": 1.5}`:                 false,
		`{"exp": 1.0}`:                 false,
		`{"exp": 1e3}`:                 false,
		`{"exp": 9223372036854775808}`: false,
		`{"exp": true}`:                false,
		`{"aud": null}`:                false,
		`{"aud": 1}`:                   false,
		`{"aud": [1]}`:                 false,
		`{"aud": ["a", null]}`:         false,
		`{"aud": {}}`:                  false,
		`{"ext": []}`:                  false,
		`{"ext": "x"}`:                 false,
		// Oathkeeper takes the last of these.
		`{"active": false, "active": true}`:       false,
		`{"active": false, "Active": true}`:       false,
		`{"ACTIVE": true}`:                        false,
		`{"active": true, "\u017fub": "s"}`:       false, // ſ folds to s
		`{"active": true, "to\u212aen_use": "x"}`: false, // the Kelvin sign folds to k
		`{"active": true, "Exp": 1}`:              false,
		`{"active": true, "AUD": "x"}`:            false,
		`{"active": true} {}`:                     false,
		`{"active": true`:                         false,
		"{\"sub\": \"\xff\"}":                     false,
	} {
		if got := compareWithOathkeeper(t, []byte(body)); got != want {
			t.Errorf("%s: accepted %v, want %v", body, got, want)
		}
	}
}

func FuzzParseIntrospection(f *testing.F) {
	for _, s := range []string{
		`{"active":true,"sub":"s","exp":5,"aud":["a"],"ext":{"a":1.5e3}}`, `{"Active":true}`, `{"active":null,"aud":"x"}`, `{"aud":null}`,
		`{"exp":-0,"token_use":"refresh_token"}`, "{\"\\u017fub\":\"\"}", `{"active":false,"active":true}`, `{"ext":{"a":{"a":[]}}}`, `{"exp":1e0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) { compareWithOathkeeper(t, body) })
}

func TestExpired(t *testing.T) {
	now := time.Unix(1000, 500)
	for exp, want := range map[int64]bool{-5: false, 0: false, 1: true, 999: true, 1000: true, 1001: false, 1 << 40: false} {
		r := introspection{expires: exp}
		if got := r.expired(now); got != want {
			t.Errorf("%d: %v", exp, got)
		}
	}
}

func TestExtra(t *testing.T) {
	r := introspection{username: "u", clientID: "c", scope: "a b", ext: map[string]any{"x": 1.5, "username": "theirs", "aud": "theirs"}}
	want := map[string]any{"x": 1.5, "username": "u", "client_id": "c", "scope": "a b", "aud": "theirs"}
	if got := r.extra(); !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	r.audience = []string{"a"}
	want["aud"] = []string{"a"}
	got := r.extra()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	// The response is kept in the cache: what one request does to its session must
	// not change it.
	got["x"] = "changed"
	if r.ext["x"] != 1.5 {
		t.Error("the session shares the response's map")
	}
}
