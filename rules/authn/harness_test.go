package authn

import (
	"errors"
	"strings"
	"testing"
	"time"

	"oathgate/internal/treetest"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// build builds an authenticator from its configuration in JSON, "" for none.
func build(t testing.TB, name, config string) (pipeline.Authenticator, pipeline.Traits, []tree.Problem) {
	t.Helper()
	cursor, found := treetest.Config(t, config)
	b := pipeline.Build{Config: cursor}
	a := Registry(name)(&b)
	return a, b.Traits, found.List()
}

// mustBuild is build for a configuration without mistakes.
func mustBuild(t testing.TB, name, config string) pipeline.Authenticator {
	t.Helper()
	a, _, problems := build(t, name, config)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", config, problems)
	}
	return a
}

func newRequest(t testing.TB, path string, headers ...string) *request.Request {
	t.Helper()
	raw := request.Raw{Method: "GET", Scheme: "http", Authority: "App.test", Path: path}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		raw.Headers.Add(name, value)
	}
	r, refusal := request.New(raw, request.Options{Paths: request.PathsOathkeeper})
	if refusal != nil {
		t.Fatal(refusal)
	}
	return r
}

// world is a host whose services answer as a script says.
type world struct {
	t      testing.TB
	now    time.Time
	memory memory.Memory
	// answer gives what becomes of a callout; nil fails the test at the first one.
	answer func(callout.Request) callout.Result
	calls  []callout.Request
}

func newWorld(t testing.TB, answer func(callout.Request) callout.Result) *world {
	return &world{t: t, now: time.Unix(1_700_000_000, 0), answer: answer}
}

// exchange is a new request in the world.
func (w *world) exchange(r *request.Request) *pipeline.Exchange {
	x := &pipeline.Exchange{Request: r, Memory: &w.memory, Now: func() time.Time { return w.now }, CalloutTimeout: time.Second}
	x.Suspend = func(a pipeline.Await) pipeline.Resumption {
		var res pipeline.Resumption
		if w.answer == nil || len(a.Calls) == 0 {
			w.t.Fatalf("waits for %+v", a)
		}
		for _, call := range a.Calls {
			w.calls = append(w.calls, call)
			res.Results = append(res.Results, w.answer(call))
		}
		return res
	}
	x.Send = func(call callout.Request, done func(callout.Result)) {
		if w.answer == nil {
			w.t.Fatalf("sends %+v", call)
		}
		w.calls = append(w.calls, call)
		done(w.answer(call))
	}
	return x
}

// verdict is what an authenticator says, as a status: 200 for a session, 0 for not
// responsible.
func verdict(t testing.TB, err error) int {
	t.Helper()
	var refusal *pipeline.Error
	switch {
	case err == nil:
		return 200
	case errors.Is(err, pipeline.ErrNotResponsible):
		return 0
	case errors.As(err, &refusal):
		return refusal.Status
	}
	t.Fatalf("an error without a status: %v", err)
	return 0
}

func paths(problems []tree.Problem) string {
	var list []string
	for _, p := range problems {
		list = append(list, strings.TrimPrefix(p.Path, "config."))
	}
	return strings.Join(list, " ")
}
