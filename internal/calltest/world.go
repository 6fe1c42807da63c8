// Package calltest is what tests of handlers that make callouts share: a host whose
// services answer as a script says, and whose clock goes on by itself.
package calltest

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

// Start is when the clock of a World starts.
var Start = time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)

// World is the host.
type World struct {
	t      testing.TB
	Time   time.Time
	Memory memory.Memory
	// Answer gives what becomes of a callout; nil fails the test at the first one.
	Answer func(callout.Request) callout.Result
	// Calls are those that were made.
	Calls []callout.Request
	// Body and BodyErr are what a handler gets that asks for the request body.
	Body    []byte
	BodyErr error
}

// New makes a host.
func New(t testing.TB, answer func(callout.Request) callout.Result) *World {
	return &World{t: t, Time: Start, Answer: answer}
}

// Exchange is a new request on the host.
func (w *World) Exchange(r *request.Request) *pipeline.Exchange {
	x := &pipeline.Exchange{Request: r, Memory: &w.Memory, Now: func() time.Time { return w.Time }, CalloutTimeout: time.Second, Suspend: w.suspend}
	x.Session.MatchContext.Request = r
	return x
}

func (w *World) suspend(a pipeline.Await) pipeline.Resumption {
	w.t.Helper()
	switch {
	case a.Body:
		return pipeline.Resumption{Body: w.Body, BodyErr: w.BodyErr}
	case len(a.Calls) == 0 && !a.Until.IsZero():
		w.Time = a.Until
		return pipeline.Resumption{}
	case len(a.Calls) == 0 || w.Answer == nil:
		w.t.Fatalf("waits for %+v", a)
	}
	var res pipeline.Resumption
	for _, call := range a.Calls {
		w.Calls = append(w.Calls, call)
		got := w.Answer(call)
		if got.Fault == callout.Timeout {
			w.Time = w.Time.Add(call.Timeout)
		}
		res.Results = append(res.Results, got)
	}
	return res
}

// Request is a request for http://app.test; headers are lines.
func Request(t testing.TB, method, target string, headers ...string) *request.Request {
	t.Helper()
	raw := request.Raw{Method: method, Scheme: "http", Authority: "app.test", Path: target, Peer: func() string { return "192.0.2.1" }}
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

// Reply is an answer; headers are lines.
func Reply(status int, body string, headers ...string) callout.Result {
	res := callout.Result{Fault: callout.None, Response: callout.Response{Status: status, Body: []byte(body)}}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		res.Response.Headers.Add(name, value)
	}
	return res
}

// Always answers each callout alike.
func Always(res callout.Result) func(callout.Request) callout.Result {
	return func(callout.Request) callout.Result { return res }
}

// Wire spells a callout out.
func Wire(c callout.Request) string {
	var b strings.Builder
	b.WriteString(c.Method + " " + c.Endpoint.Origin() + " " + c.Target + "\n")
	for _, h := range c.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\n")
	}
	b.WriteString(strconv.Quote(string(c.Body)))
	return b.String()
}

// Status is what an error of a handler is to the client: 200 for none.
func Status(t testing.TB, err error) int {
	t.Helper()
	if err == nil {
		return 200
	}
	e, ok := err.(*pipeline.Error)
	if !ok {
		t.Fatalf("an error without a status: %v", err)
	}
	return e.Status
}
