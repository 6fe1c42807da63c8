package decision_test

import (
	"strings"
	"testing"
	"time"

	"oathgate/internal/ruletest"
	"oathgate/internal/tokentest"
	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/rules/token"
)

const benchDocument = `{"access_rules":{"rules":[
{"id":"open","match":{"url":"http://127.0.0.1:8080/open/<.*>","methods":["GET"]},"upstream":{"url":"http://127.0.0.1:9000"},
"authenticators":[{"handler":"anonymous","config":{"subject":"guest"}}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"header","config":{"headers":{"X-User":"{{ print .Subject }}"}}}]},
{"id":"token","match":{"url":"http://127.0.0.1:8080/token/<.*>","methods":["GET"]},"upstream":{"url":"http://127.0.0.1:9000"},
"authenticators":[{"handler":"jwt"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"header","config":{"headers":{"X-User":"{{ print .Subject }}"}}}]},
{"id":"closed","match":{"url":"http://127.0.0.1:8080/closed/<.*>","methods":["GET"]},"upstream":{"url":"http://127.0.0.1:9000"},
"authenticators":[{"handler":"anonymous"}],"authorizer":{"handler":"deny"},"mutators":[{"handler":"noop"}]}]},
"authenticators":{"anonymous":{"enabled":true},"jwt":{"enabled":true,"config":{"jwks_urls":["KEYS"],"trusted_issuers":["https://issuer.test/"],"target_audience":["api"]}}},
"authorizers":{"allow":{"enabled":true},"deny":{"enabled":true}},
"mutators":{"noop":{"enabled":true},"header":{"enabled":true,"config":{"headers":{}}}}}`

// evaluation is a request that needs no callout, and what comes of it.
type evaluation struct {
	name string
	raw  request.Raw
	p    *program.Program
	// reason is the decision's; coming to it makes so many allocations at most.
	reason      decision.Reason
	allocations float64
}

func evaluations(tb testing.TB) []evaluation {
	tb.Helper()
	key := tokentest.New("k1", "RS256")
	load := func(document []byte) *program.Program {
		p, problems := program.Load(document)
		if len(problems) > 0 {
			tb.Fatal(problems)
		}
		return p
	}
	p := load([]byte(strings.Replace(benchDocument, "KEYS", token.InlineURL([]byte(tokentest.Set(key.JWK()))), 1)))
	many := load(ruletest.Document("regexp", ruletest.Mix(1000)))
	raw := func(path string, headers ...request.Header) request.Raw {
		return request.Raw{
			Method: "GET", Scheme: "http", Authority: "127.0.0.1:8080", Path: path,
			Headers: append(request.Headers{{Name: "x-forwarded-proto", Value: "http"}, {Name: "x-request-id", Value: "0d7a7b7c-2a1c-4b43-9d7b-4a6a2b0d4a55"}}, headers...),
		}
	}
	bearer := request.Header{Name: "authorization", Value: "Bearer " + key.Sign(`{"iss":"https://issuer.test/","aud":["api"],"sub":"alice","iat":1700000000,"exp":4102444800,"scope":"read write"}`)}
	return []evaluation{
		{"anonymous", raw("/open/a"), p, decision.Allowed, 0},
		{"jwt_repeated", raw("/token/a", bearer), p, decision.Allowed, 6},
		{"denied", raw("/closed/a"), p, decision.Forbidden, 5},
		{"none_of_1000", raw("/nobody"), many, decision.NoRule, 6},
	}
}

func TestStartAllocates(t *testing.T) {
	for _, e := range evaluations(t) {
		w := decision.Worker{Memory: &memory.Memory{}, Now: time.Now}
		got := testing.AllocsPerRun(100, func() {
			if _, step := w.Start(e.p, e.raw); step.Done == nil || step.Done.Reason != e.reason {
				t.Fatalf("%s: %+v", e.name, step.Done)
			}
		})
		if got > e.allocations {
			t.Errorf("%s: %v allocations, at most %v wanted", e.name, got, e.allocations)
		}
	}
}

// BenchmarkStart is the whole evaluation of a request that needs no callout.
func BenchmarkStart(b *testing.B) {
	for _, e := range evaluations(b) {
		b.Run(e.name, func(b *testing.B) {
			w := decision.Worker{Memory: &memory.Memory{}, Now: time.Now}
			b.ReportAllocs()
			for b.Loop() {
				if _, step := w.Start(e.p, e.raw); step.Done == nil || step.Done.Reason != e.reason {
					b.Fatalf("%+v", step.Done)
				}
			}
		})
	}
}
