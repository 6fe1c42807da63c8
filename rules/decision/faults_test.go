package decision

import (
	"strings"
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// position is a place in a rule from which a service is asked.
type position struct {
	name string
	// The handler that asks, the others being noop and allow.
	authenticator, authorizer, mutator string
	// host is the service's, and good what it says if all is well.
	host, good string
	// statuses are what each of the faults is to the client, in the order of faults.
	statuses string
	// allowed are the faults with which Oathkeeper lets the request through: no others
	// may.
	allowed string
}

// The faults: what the service does, and how it is called in position.allowed.
var faults = []struct {
	name   string
	result func(good string) callout.Result
}{
	{"unknown cluster", broken(callout.NoCluster)},
	{"no host", broken(callout.NoHost)},
	{"reset", broken(callout.Reset)},
	{"timeout", broken(callout.Timeout)},
	{"too large", broken(callout.TooLarge)},
	{"200 junk", says(200, func(string) string { return "<html>" })},
	{"200 empty", says(200, func(string) string { return "" })},
	{"204", says(204, func(string) string { return "" })},
	{"302", says(302, same)},
	{"401", says(401, same)},
	{"403", says(403, same)},
	{"404", says(404, same)},
	{"429", says(429, same)},
	{"500", says(500, same)},
	{"503", says(503, same)},
	{"504", says(504, same)},
	{"truncated JSON", says(200, func(good string) string { return good[:len(good)-1] })},
	{"over-deep JSON", says(200, func(good string) string {
		return `{"deep":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "," + good[1:]
	})},
	{"duplicate keys", says(200, func(good string) string { return good[:len(good)-1] + "," + good[1:] })},
}

func broken(f callout.Fault) func(string) callout.Result {
	return func(string) callout.Result { return callout.Result{Fault: f} }
}

func says(status int, body func(good string) string) func(string) callout.Result {
	return func(good string) callout.Result {
		return callout.Result{Fault: callout.None, Response: callout.Response{
			Status: status, Headers: request.Headers{{Name: "location", Value: "/good"}}, Body: []byte(body(good)),
		}}
	}
}

func same(good string) string { return good }

// The statuses are those of Oathkeeper's files under pipeline/, but where it follows
// redirects (302), reads what is no JSON, or allows: then it is the status of what
// cannot be read.
var positions = []position{
	{
		// authn/authenticator_cookie_session.go: a transport error is 403, another status than 200
		// and 429 is 401; of the body it reads what it finds.
		name: "session", authenticator: `{"handler": "cookie_session"}`, host: "session.test", good: `{"subject":"alice"}`,
		statuses: "403 403 403 403 403  403 200 401 401 401 401 401 429 401 401 401  403 403 403",
		allowed:  "200 junk, 200 empty, truncated JSON, over-deep JSON, duplicate keys",
	},
	{
		// authn/authenticator_oauth2_introspection.go: whatever is not a 200 or 429 is 500.
		name: "introspection", authenticator: `{"handler": "oauth2_introspection"}`, host: "introspection.test", good: `{"active":true,"sub":"alice"}`,
		statuses: "500 500 500 500 500  500 500 500 500 500 500 500 429 500 500 500  500 500 500",
		allowed:  "over-deep JSON, duplicate keys",
	},
	{
		// The token for introspection is fetched by its client's transport: an error there is 500.
		name: "pre_authorization", host: "token.test", good: `{"access_token":"t"}`,
		authenticator: `{"handler": "oauth2_introspection", "config": {"pre_authorization": {"enabled": true, "client_id": "c", "client_secret": "s", "token_url": "http://token.test/"}}}`,
		statuses:      "500 500 500 500 500  500 500 500 500 500 500 500 500 500 500 500  500 500 500",
		allowed:       "over-deep JSON, duplicate keys",
	},
	{
		// authn/authenticator_oauth2_client_credentials.go: what is no token response is 503, and of
		// the statuses five are handed on.
		name: "token", authenticator: `{"handler": "oauth2_client_credentials"}`, host: "token.test", good: `{"access_token":"t"}`,
		statuses: "503 503 503 503 503  503 503 503 401 401 401 404 429 500 503 504  503 503 503",
		allowed:  "over-deep JSON, duplicate keys",
	},
	{
		// authz/remote.go: 200 allows and 403 denies, whatever the body is; anything else is 500, 429
		// too, since the client that retries keeps it to itself.
		name: "remote", authorizer: `{"handler": "remote"}`, host: "authz.test", good: `{}`,
		statuses: "500 500 500 500 500  200 200 500 500 500 403 500 500 500 500 500  200 200 200",
		allowed:  "200 junk, 200 empty, truncated JSON, over-deep JSON, duplicate keys",
	},
	{
		// authz/remote_json.go, likewise.
		name: "remote_json", authorizer: `{"handler": "remote_json"}`, host: "authz.test", good: `{}`,
		statuses: "500 500 500 500 500  200 200 500 500 500 403 500 500 500 500 500  200 200 200",
		allowed:  "200 junk, 200 empty, truncated JSON, over-deep JSON, duplicate keys",
	},
	{
		// authz/keto_engine_acp_ory.go.
		name: "keto", authorizer: `{"handler": "keto_engine_acp_ory"}`, host: "keto.test", good: `{"allowed":true}`,
		statuses: "500 500 500 500 500  500 500 500 500 500 403 500 500 500 500 500  500 500 500",
		allowed:  "over-deep JSON, duplicate keys",
	},
	{
		// mutate/mutator_hydrator.go.
		name: "hydrator", mutator: `{"handler": "hydrator"}`, host: "hydrator.test", good: `{"subject":""}`,
		statuses: "500 500 500 500 500  500 500 500 500 500 500 500 500 500 500 500  500 500 500",
		allowed:  "over-deep JSON, duplicate keys",
	},
}

// asked loads a program with one rule and gives what comes of a request, whose
// services answer alike each time.
func asked(t *testing.T, p *position, answer func(host string) callout.Result) *Decision {
	t.Helper()
	or := func(s, other string) string {
		if s == "" {
			return other
		}
		return s
	}
	prog, problems := program.Load([]byte(`{
		"access_rules": {"rules": [{"id": "r", "match": {"url": "http://app.test/a", "methods": ["GET"]}, "upstream": {"url": "http://up.test"},
			"authenticators": [` + or(p.authenticator, `{"handler": "noop"}`) + `], "authorizer": ` + or(p.authorizer, `{"handler": "allow"}`) + `,
			"mutators": [` + or(p.mutator, `{"handler": "noop"}`) + `]}]},
		"authenticators": {"noop": {"enabled": true},
			"cookie_session": {"enabled": true, "config": {"check_session_url": "http://session.test"}},
			"oauth2_introspection": {"enabled": true, "config": {"introspection_url": "http://introspection.test"}},
			"oauth2_client_credentials": {"enabled": true, "config": {"token_url": "http://token.test"}}},
		"authorizers": {"allow": {"enabled": true}, "remote": {"enabled": true, "config": {"remote": "http://authz.test"}},
			"remote_json": {"enabled": true, "config": {"remote": "http://authz.test", "payload": "{}"}},
			"keto_engine_acp_ory": {"enabled": true, "config": {"base_url": "http://keto.test", "required_action": "a", "required_resource": "r"}}},
		"mutators": {"noop": {"enabled": true}, "hydrator": {"enabled": true, "config": {"api": {"url": "http://hydrator.test"}}}}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	now := time.Unix(1_700_000_000, 0)
	w := Worker{Memory: &memory.Memory{}, Now: func() time.Time { return now }}
	authorization := "Bearer t"
	if p.name == "token" {
		authorization = "Basic Yzpz"
	}
	e, step := w.Start(prog, request.Raw{Method: "GET", Scheme: "http", Authority: "app.test", Path: "/a", Headers: request.Headers{
		{Name: "cookie", Value: "s=1"}, {Name: "authorization", Value: authorization},
	}})
	for n := 0; step.Done == nil; n++ {
		if step.Await == nil || n == 50 {
			t.Fatal("it does not end")
		}
		ev := Event{Seq: step.Seq, Kind: TimeUp}
		switch {
		case step.Await.Body:
			ev.Kind = BodyRead
		case len(step.Await.Calls) == 1:
			ev.Kind, ev.Result = Reply, answer(step.Await.Calls[0].Endpoint.Authority)
			if ev.Result.Fault == callout.Timeout {
				now = now.Add(step.Await.Calls[0].Timeout)
			}
		default:
			now = step.Await.Until
		}
		step = e.Resume(ev)
	}
	return step.Done
}

// Whatever a service does, at every place where one is asked: nobody is let in whom
// Oathkeeper would refuse, and the status is Oathkeeper's.
func TestFaultsAtEveryPosition(t *testing.T) {
	good := map[string]string{"introspection.test": `{"active":true,"sub":"alice"}`, "token.test": `{"access_token":"t"}`}
	for _, p := range positions {
		t.Run(p.name, func(t *testing.T) {
			well := func(host string) callout.Result {
				if host == p.host {
					return says(200, same)(p.good)
				}
				return says(200, same)(good[host])
			}
			if d := asked(t, &p, well); !d.Allow {
				t.Fatalf("without a fault: %d", d.Response.Status)
			}
			statuses := strings.Fields(p.statuses)
			if len(statuses) != len(faults) || len(faults) != 19 {
				t.Fatalf("%d statuses for %d faults", len(statuses), len(faults))
			}
			for i, f := range faults {
				d := asked(t, &p, func(host string) callout.Result {
					if host == p.host {
						return f.result(p.good)
					}
					return well(host)
				})
				status := d.Response.Status
				if d.Allow {
					status = 200
					if !strings.Contains(p.allowed, f.name) {
						t.Errorf("%s: allowed", f.name)
					}
				}
				if want := number(statuses[i]); status != want {
					t.Errorf("%s: %d, want %d", f.name, status, want)
				}
				if !d.Allow && (d.Route != (program.Route{}) || d.Set != nil || d.Reason == Allowed) {
					t.Errorf("%s: refused with %+v", f.name, d)
				}
			}
		})
	}
}

func number(s string) (n int) {
	for _, c := range s {
		n = 10*n + int(c-'0')
	}
	return n
}
