package decision_test

import (
	"testing"
	"time"

	"oathgate/rules"
	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

const benchDocument = `{"access_rules":{"rules":[{"id":"bench","match":{"url":"http://127.0.0.1:8080/svc/<.*>","methods":["GET"]},
"upstream":{"url":"http://127.0.0.1:9000"},"authenticators":[{"handler":"anonymous","config":{"subject":"guest"}}],
"authorizer":{"handler":"allow"},"mutators":[{"handler":"header","config":{"headers":{"X-User":"{{ print .Subject }}"}}}]}]},
"authenticators":{"anonymous":{"enabled":true}},"authorizers":{"allow":{"enabled":true}},
"mutators":{"header":{"enabled":true,"config":{"headers":{}}}}}`

// BenchmarkStart is the whole evaluation of a request that needs no callout.
func BenchmarkStart(b *testing.B) {
	doc, problems := rules.ParseGuest([]byte(benchDocument))
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	p, problems := program.Compile(doc)
	if len(problems) > 0 {
		b.Fatal(problems)
	}
	w := decision.Worker{Memory: &memory.Memory{}, Now: time.Now}
	raw := request.Raw{
		Method: "GET", Scheme: "http", Authority: "127.0.0.1:8080", Path: "/svc/a",
		Headers: request.Headers{{Name: "x-forwarded-proto", Value: "http"}, {Name: "x-request-id", Value: "0d7a7b7c-2a1c-4b43-9d7b-4a6a2b0d4a55"}},
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, step := w.Start(p, raw); step.Done == nil || !step.Done.Allow {
			b.Fatal("denied")
		}
	}
}
