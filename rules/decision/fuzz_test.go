package decision_test

import (
	"reflect"
	"testing"
	"time"

	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// A rule for each way to decide: the first segment of the path names it.
const fuzzDocument = `{
"access_rules": {"rules": [
  {"id": "open", "match": {"url": "http://a.test/open/<.*>", "methods": ["GET", "POST"]}, "authenticators": [{"handler": "anonymous"}], "authorizer": {"handler": "allow"},
   "mutators": [{"handler": "header", "config": {"headers": {"X-Path": "{{ .MatchContext.URL.Path }}", "X-In": "{{ .MatchContext.Header.Get \"X-In\" }}", "X-Group": "{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}"}}}, {"handler": "cookie", "config": {"cookies": {"user": "{{ .Subject }}"}}}]},
  {"id": "closed", "match": {"url": "http://a.test/closed/<.*>", "methods": ["GET", "POST"]}, "authenticators": [{"handler": "anonymous"}], "authorizer": {"handler": "deny"}, "mutators": [{"handler": "noop"}],
   "errors": [{"handler": "redirect", "config": {"return_to_query_param": "to", "when": [{"request": {"header": {"accept": ["text/html"]}}}]}}]},
  {"id": "nobody", "match": {"url": "http://a.test/nobody/<.*>", "methods": ["GET", "POST"]}, "authenticators": [{"handler": "unauthorized"}], "authorizer": {"handler": "allow"}, "mutators": [{"handler": "noop"}],
   "errors": [{"handler": "www_authenticate"}]},
  {"id": "session", "match": {"url": "http://a.test/session/<.*>", "methods": ["GET", "POST"]}, "authenticators": [{"handler": "cookie_session"}], "authorizer": {"handler": "allow"},
   "mutators": [{"handler": "header", "config": {"headers": {"X-User": "{{ .Subject }}", "X-Extra": "{{ .Extra | toJson }}"}}}]},
  {"id": "token", "match": {"url": "http://a.test/token/<.*>", "methods": ["GET", "POST"]}, "authenticators": [{"handler": "oauth2_introspection"}], "authorizer": {"handler": "allow"},
   "mutators": [{"handler": "header", "config": {"headers": {"X-User": "{{ .Subject }}"}}}]}
]},
"authenticators": {"anonymous": {"enabled": true}, "unauthorized": {"enabled": true}, "cookie_session": {"enabled": true, "config": {"check_session_url": "http://session.test/"}},
  "oauth2_introspection": {"enabled": true, "config": {"introspection_url": "http://token.test/"}}},
"authorizers": {"allow": {"enabled": true}, "deny": {"enabled": true}},
"mutators": {"noop": {"enabled": true}, "header": {"enabled": true, "config": {"headers": {}}}, "cookie": {"enabled": true, "config": {"cookies": {}}}},
"errors": {"handlers": {"redirect": {"enabled": true, "config": {"to": "http://login.test/"}}, "www_authenticate": {"enabled": true}}},
"oathgate": {"routing": "envoy", "clusters": {"http://session.test": "session", "http://token.test": "token"}}
}`

// FuzzEvaluation evaluates a request, with an identity server that answers
// anything: whatever comes, there is one decision, it is allowed only by a rule
// that can allow it and by an answer of 200, and it is the same the next time.
func FuzzEvaluation(f *testing.F) {
	p, problems := program.Load([]byte(fuzzDocument))
	if len(problems) > 0 {
		f.Fatal(problems)
	}
	f.Add("GET", "a.test", "/open/x", "X-In", "v", 200, "")
	f.Add("POST", "a.test", "/closed/x?y", "Accept", "text/html", 200, "")
	f.Add("GET", "a.test", "/nobody/..;/open/", "a", "b", 200, "")
	f.Add("GET", "a.test", "/session/x", "Cookie", "a=b", 200, `{"subject":"alice","extra":{"a":[1]}}`)
	f.Add("GET", "a.test", "/session/x", "Cookie", "a=b", 403, `{"subject":"alice"}`)
	f.Add("GET", "a.test", "/token/x", "Authorization", "Bearer t", 200, `{"active":true,"sub":"alice"}`)
	f.Add("GET", "a.test", "/token/x", "Authorization", "Bearer t", 200, `{"active":false}`)
	f.Add("GET", "a.test", "/token/%2e%2e/open/x", "Authorization", "Bearer t", 0, `{`)
	f.Fuzz(func(t *testing.T, method, host, path, name, value string, status int, body string) {
		raw := request.Raw{Method: method, Scheme: "http", Authority: host, Path: path, Headers: request.Headers{{Name: name, Value: value}}}
		d, asked := decide(t, p, raw, status, body)
		if again, _ := decide(t, p, raw, status, body); !reflect.DeepEqual(d, again) {
			t.Fatalf("%+v: %+v, then %+v", raw, d, again)
		}
		if !d.Allow {
			if d.Response.Status < 300 || d.Response.Status > 599 || d.Reason == decision.Allowed || d.Reason == decision.Panicked || d.Reason == decision.Unexplained || d.Set != nil {
				t.Fatalf("%+v: %+v", raw, d)
			}
			for _, h := range d.Response.Headers {
				if !request.IsToken(h.Name) || !request.IsValue(h.Value) {
					t.Fatalf("%+v answers %+v", raw, h)
				}
			}
			return
		}
		switch d.RuleID {
		case "open":
		case "session", "token":
			if asked != 1 || status != 200 {
				t.Fatalf("%+v: allowed after %d callouts with %d %s", raw, asked, status, body)
			}
		default:
			t.Fatalf("%+v: allowed by %q", raw, d.RuleID)
		}
		if d.Reason != decision.Allowed || d.Response.Status != 0 {
			t.Fatalf("%+v: %+v", raw, d)
		}
		for _, h := range d.Set {
			if !request.IsToken(h.Name) || !request.IsValue(h.Value) || h.Name != "connection" && !request.Settable(h.Name) {
				t.Fatalf("%+v: sets %+v", raw, h)
			}
		}
	})
}

// decide evaluates a request with a server that gives one answer to everything, 0
// standing for a reset; asked counts what it was asked.
func decide(t *testing.T, p *program.Program, raw request.Raw, status int, body string) (d decision.Decision, asked int) {
	t.Helper()
	w := decision.Worker{Memory: &memory.Memory{}, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }}
	result := callout.Result{Fault: callout.None, Response: callout.Response{Status: status, Body: []byte(body)}}
	if status == 0 {
		result = callout.Result{Fault: callout.Reset}
	}
	e, step := w.Start(p, raw)
	for n := 0; step.Done == nil; n++ {
		if n > 100 || step.Await == nil || len(step.Await.Calls) == 0 {
			t.Fatalf("%+v: step %d waits for %+v", raw, n, step.Await)
		}
		seq, calls := step.Seq, len(step.Await.Calls)
		asked += calls
		for i := range calls {
			step = e.Resume(decision.Event{Seq: seq, Kind: decision.Reply, Call: i, Result: result})
		}
	}
	return *step.Done, asked
}
