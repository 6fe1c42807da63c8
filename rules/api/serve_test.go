package api

import (
	"slices"
	"testing"
	"time"

	"oathgate/rules/decision"
	"oathgate/rules/memory"
	"oathgate/rules/request"
)

func worker() *decision.Worker {
	return &decision.Worker{Memory: &memory.Memory{}, Now: func() time.Time { return time.Unix(1, 0) }}
}

func TestGrantedSaysWhatMutatorsSet(t *testing.T) {
	response := Granted(&decision.Decision{
		Allow:  true,
		Set:    request.Headers{{Name: "x-user", Value: "a"}, {Name: "connection", Value: "upgrade"}, {Name: "cookie", Value: "c"}},
		Remove: []string{"x-a", "x-b", "x-a"},
	})
	want := request.Headers{{Name: "x-user", Value: "a"}, {Name: "cookie", Value: "c"}, {Name: "x-envoy-auth-headers-to-remove", Value: "x-a,x-b"}}
	if response.Status != 200 || len(response.Body) > 0 || !slices.Equal(response.Headers, want) {
		t.Errorf("%+v", response)
	}
	if response = Granted(&decision.Decision{Allow: true}); len(response.Headers) > 0 {
		t.Errorf("%+v", response)
	}
}

// Whatever is asked, the answer is one, and nobody is allowed but under /decisions.
func FuzzServe(f *testing.F) {
	p := load(f, "decision", 3)
	f.Add("GET", "/decisions/1", "x-forwarded-uri", "/2")
	f.Add("GET", "/rules?limit=1", "a", "b")
	f.Add("GET", "/rules/%zz", "x-forwarded-host", "b.test")
	f.Add("POST", "/health/ready", "", "")
	f.Add("GET", "/decisions", "x-forwarded-uri", "/%31")
	f.Add("GET", "/.well-known/jwks.json", "accept", "*/*")
	w := worker()
	f.Fuzz(func(t *testing.T, method, target, name, value string) {
		raw := ask(target, name, value)
		raw.Method = method
		response, e, step := Serve(w, p, raw)
		switch {
		case e != nil, (response == nil) == (step.Done == nil):
			t.Fatalf("%+v %+v", response, step)
		case response != nil && (response.Status < 200 || response.Status > 599):
			t.Fatalf("%+v", response)
		case step.Done != nil && step.Done.Allow && (len(target) < 10 || target[:10] != "/decisions"):
			t.Fatalf("%q is allowed", target)
		case step.Done != nil && !step.Done.Allow && !step.Done.Informs && step.Done.Response.Status < 400,
			step.Done != nil && step.Done.Informs && (step.Done.Allow || step.Done.Response.Status != 500):
			t.Fatalf("%+v", step.Done)
		}
	})
}
