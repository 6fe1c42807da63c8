package decision_test

import (
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"oathgate/internal/tokentest"
	"oathgate/rules/decision"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

const forgetfulDocument = `{"access_rules":{"rules":[
{"id":"token","match":{"url":"http://app.test/token/<.*>","methods":["GET"]},"upstream":{"url":"http://127.0.0.1:9000"},
"authenticators":[{"handler":"jwt"},{"handler":"anonymous"}],"authorizer":{"handler":"allow"},"mutators":[{"handler":"header","config":{"headers":{
"X-User":"{{ print .Subject }}","X-Claims":"{{ toJson .Extra }}","X-Path":"{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}","X-Agent":"{{ .MatchContext.Header.Get \"User-Agent\" }}"}}}],
"errors":[{"handler":"json"}]}]},
"authenticators":{"anonymous":{"enabled":true},"jwt":{"enabled":true,"config":{"jwks_urls":["http://keys.test/set"],"allowed_algorithms":["EdDSA"]}}},
"authorizers":{"allow":{"enabled":true}},"mutators":{"header":{"enabled":true,"config":{"headers":{}}}},
"errors":{"fallback":["json"],"handlers":{"json":{"enabled":true,"config":{"verbose":true}}}}}`

// What a decision forgets may be written over at once: whatever comes later is decided as if it were still there.
func TestForgottenRequestsAreNotReadAgain(t *testing.T) {
	key, unknown := tokentest.New("k1", "EdDSA"), tokentest.New("k2", "EdDSA")
	paths := []string{"/token/a", "/token/some/longer/path", "/token/%41", "/token/%2e%2e/x", "/nobody"}
	credentials := []string{
		"Bearer " + key.Sign(`{"sub":"alice","scope":"a b","aud":["x","y"],"more":{"deep":["text",1.5,"A"]},"exp":4102444800}`),
		"Bearer " + key.Sign(`{"sub":"bob","long":"`+strings.Repeat("l", 5000)+`"}`), "Bearer " + unknown.Sign(`{"sub":"eve"}`),
		"Bearer " + key.Sign(`{"sub":"late","exp":1}`), "Bearer a.b.c", "Basic x", "",
	}
	run := func(overwrite bool) (decisions []decision.Decision, forgotten int) {
		p, problems := program.Load([]byte(forgetfulDocument))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		now := time.Unix(1_700_000_000, 0)
		var asked []func(callout.Result)
		w := newWorker(&now, &asked)
		for round := range 3 * len(paths) * len(credentials) {
			now = now.Add(time.Second)
			var text [][]byte
			own := func(s string) string {
				text = append(text, []byte(s))
				b := text[len(text)-1]
				return unsafe.String(unsafe.SliceData(b), len(b))
			}
			raw := request.Raw{Method: own("GET"), Scheme: "http", Authority: own("app.test"), Path: own(paths[round%len(paths)])}
			raw.Headers.Add(own("user-agent"), own("agent"))
			if c := credentials[round/len(paths)%len(credentials)]; c != "" {
				raw.Headers.Add(own("authorization"), own(c))
			}
			e, s := w.Start(p, raw)
			for s.Done == nil {
				for _, done := range asked {
					done(callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set(key.JWK()))}})
				}
				asked = nil
				for _, l := range w.Memory.Flights.Landed() {
					if s.Await != nil && s.Await.Shared != nil && *s.Await.Shared == l.Key {
						s = e.Resume(decision.Event{Seq: s.Seq, Kind: decision.Landed, Value: l.Value})
					}
				}
			}
			d := *s.Done
			d.Set, d.Remove = cloneHeaders(d.Set), nil
			d.Subject, d.Response.Headers = strings.Clone(d.Subject), cloneHeaders(d.Response.Headers)
			d.Response.Body = append([]byte(nil), d.Response.Body...)
			d.Route.Target, d.Route.Authority = strings.Clone(d.Route.Target), strings.Clone(d.Route.Authority)
			decisions = append(decisions, d)
			if !d.Forgets {
				continue
			}
			forgotten++
			for _, b := range text {
				for i := range b {
					if overwrite {
						b[i] = '#'
					}
				}
			}
		}
		return decisions, forgotten
	}
	want, _ := run(false)
	got, forgotten := run(true)
	if forgotten < len(want)/2 {
		t.Fatalf("%d of %d requests are forgotten", forgotten, len(want))
	}
	allowed := 0
	for i := range want {
		if want[i].Allow {
			allowed++
		}
		if !reflect.DeepEqual(got[i], want[i]) {
			t.Fatalf("request %d: %+v\nwithout writing over it %+v", i, got[i], want[i])
		}
	}
	if allowed == 0 || allowed == len(want) {
		t.Errorf("%d of %d are allowed", allowed, len(want))
	}
}

func cloneHeaders(h request.Headers) (c request.Headers) {
	for i := range h {
		c.Add(strings.Clone(h[i].Name), strings.Clone(h[i].Value))
	}
	return c
}
