package decision_test

import (
	"strings"
	"testing"
	"time"

	"oathgate/internal/tokentest"
	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// newWorker is a worker whose clock is now, and which notes in asked who waits for a callout that outlives its request.
func newWorker(now *time.Time, asked *[]func(callout.Result)) *decision.Worker {
	return &decision.Worker{
		Memory: &memory.Memory{}, Now: func() time.Time { return *now },
		Send: func(_ callout.Request, done func(callout.Result)) { *asked = append(*asked, done) },
	}
}

// A rule that waits seldom is evaluated without a coroutine when it need not, and as one that waits when it must: the keys
// are asked for once.
func TestStraight(t *testing.T) {
	key := tokentest.New("k1", "EdDSA")
	p, problems := program.Load([]byte(strings.NewReplacer("KEYS", "http://keys.test/set", `"trusted_issuers"`, `"allowed_algorithms":["EdDSA"],"trusted_issuers"`).Replace(benchDocument)))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	now := time.Unix(1_700_000_000, 0)
	var asked []func(callout.Result)
	w := newWorker(&now, &asked)
	start := func(claims string) (*decision.Evaluation, decision.Step) {
		return w.Start(p, request.Raw{
			Method: "GET", Scheme: "http", Authority: "127.0.0.1:8080", Path: "/token/a",
			Headers: request.Headers{{Name: "authorization", Value: "Bearer " + key.Sign(claims)}},
		})
	}
	const good = `{"iss":"https://issuer.test/","aud":["api"],"sub":"alice","exp":4102444800}`
	first, step := start(good)
	second, other := start(good)
	if first == nil || step.Await == nil || step.Await.Shared == nil || second == nil || other.Await == nil || len(asked) != 1 {
		t.Fatalf("%+v, %+v, asked %d times", step, other, len(asked))
	}
	asked[0](callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(tokentest.Set(key.JWK()))}})
	landed := w.Memory.Flights.Landed()
	if len(landed) != 1 {
		t.Fatal(landed)
	}
	for e, s := range map[*decision.Evaluation]decision.Step{first: step, second: other} {
		if got := e.Resume(decision.Event{Seq: s.Seq, Kind: decision.Landed, Value: landed[0].Value}); got.Done == nil || !got.Done.Allow || got.Done.Set.Get("x-user") != "alice" {
			t.Fatalf("%+v", got.Done)
		}
	}
	for _, c := range []struct {
		claims string
		allow  bool
	}{{good, true}, {`{"iss":"https://issuer.test/","aud":["api"],"sub":"bob"}`, true}, {`{"sub":"eve"}`, false}} {
		if e, s := start(c.claims); e != nil || s.Done == nil || s.Done.Allow != c.allow || s.Done.Forgets != true {
			t.Errorf("%s: %+v", c.claims, s)
		}
	}
	// An unknown key is looked for.
	key = tokentest.New("k2", "EdDSA")
	if e, s := start(good); e == nil || s.Await == nil || len(asked) != 2 {
		t.Errorf("%+v, asked %d times", s, len(asked))
	}
}
