package pipeline

import (
	"errors"
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

var start = time.Unix(1_700_000_000, 0)

func exchange(suspend func(Await) Resumption) *Exchange {
	return &Exchange{
		Memory:         &memory.Memory{},
		Now:            func() time.Time { return start },
		CalloutTimeout: 3 * time.Second,
		Suspend:        suspend,
	}
}

func TestCallAllKeepsOrderAndFillsInTheTimeout(t *testing.T) {
	x := exchange(func(a Await) Resumption {
		if !a.Until.IsZero() || a.Body || a.Shared != nil {
			t.Errorf("waits for more than calls: %+v", a)
		}
		var r Resumption
		for _, c := range a.Calls {
			want := 3 * time.Second
			if c.Method == "B" {
				want = time.Second
			}
			if c.Timeout != want {
				t.Errorf("%s has %v, want %v", c.Method, c.Timeout, want)
			}
			r.Results = append(r.Results, callout.Result{Fault: callout.None, Response: callout.Response{Status: 200, Body: []byte(c.Method)}})
		}
		return r
	})
	for i, res := range x.CallAll([]callout.Request{{Method: "A"}, {Method: "B", Timeout: time.Second}, {Method: "C"}}) {
		if string(res.Response.Body) != string("ABC"[i]) {
			t.Errorf("result %d is of %s", i, res.Response.Body)
		}
	}
	if got := x.Call(callout.Request{Method: "D"}); string(got.Response.Body) != "D" {
		t.Errorf("Call: %+v", got)
	}
	if x.CallAll(nil) != nil {
		t.Error("no calls have results")
	}
}

func TestCallsAreBounded(t *testing.T) {
	for _, sizes := range [][]int{{1, 1, 1, 1, 1, 1, 1, 1}, {8}, {4, 4}, {9}, {8, 1}, {7, 2}, {1, 100}, {5, 5, 5}} {
		made := 0
		x := exchange(func(a Await) Resumption {
			made += len(a.Calls)
			r := Resumption{Results: make([]callout.Result, len(a.Calls))}
			for i := range r.Results {
				r.Results[i].Fault = callout.None
			}
			return r
		})
		asked := 0
		for _, n := range sizes {
			results := x.CallAll(make([]callout.Request, n))
			asked += n
			if len(results) != n {
				t.Fatalf("%v: %d results for %d calls", sizes, len(results), n)
			}
			for _, r := range results {
				if over := asked > MaxCalls; over != (r.Fault == callout.Overload) {
					t.Errorf("%v: %v after %d calls", sizes, r.Fault, asked)
				}
			}
		}
		if made > MaxCalls {
			t.Errorf("%v: %d calls were made", sizes, made)
		}
	}
}

func TestSleepAndBody(t *testing.T) {
	var got Await
	x := exchange(func(a Await) Resumption {
		got = a
		return Resumption{Body: []byte("b"), BodyErr: ErrBodyTooLarge}
	})
	x.Sleep(time.Minute)
	if !got.Until.Equal(start.Add(time.Minute)) || got.Body || got.Calls != nil || got.Shared != nil {
		t.Errorf("Sleep waits for %+v", got)
	}
	x.Request = &request.Request{}
	body, err := x.Body()
	if !got.Body || !got.Until.IsZero() || string(body) != "b" || !errors.Is(err, ErrBodyTooLarge) {
		t.Errorf("Body: %q, %v after %+v", body, err, got)
	}
}

// Nobody waits for the end of a tunnel, and nobody hides a body behind one.
func TestBodyOfAnUpgrade(t *testing.T) {
	line := func(name, value string) request.Header { return request.Header{Name: name, Value: value} }
	for name, c := range map[string]struct {
		headers request.Headers
		waits   bool
		err     error
	}{
		"websocket":              {request.Headers{line("connection", "Upgrade"), line("upgrade", "websocket")}, false, nil},
		"one of several options": {request.Headers{line("connection", "keep-alive, upgrade"), line("upgrade", "websocket")}, false, nil},
		"one of several lines":   {request.Headers{line("connection", "keep-alive"), line("connection", "upgrade"), line("upgrade", "websocket")}, false, nil},
		"with no body":           {request.Headers{line("connection", "upgrade"), line("upgrade", "websocket"), line("content-length", "0")}, false, nil},
		"with a body":            {request.Headers{line("connection", "upgrade"), line("upgrade", "websocket"), line("content-length", "5")}, false, ErrUpgrade},
		"with chunks":            {request.Headers{line("connection", "upgrade"), line("upgrade", "websocket"), line("transfer-encoding", "chunked")}, false, ErrUpgrade},
		"not the connection":     {request.Headers{line("connection", "keep-alive"), line("upgrade", "websocket")}, true, nil},
		"no connection":          {request.Headers{line("upgrade", "websocket")}, true, nil},
		"nothing to upgrade to":  {request.Headers{line("connection", "upgrade")}, true, nil},
		"another word":           {request.Headers{line("connection", "upgrade-x"), line("upgrade", "websocket")}, true, nil},
	} {
		waited := false
		x := exchange(func(a Await) Resumption {
			waited = a.Body
			return Resumption{Body: []byte("b")}
		})
		x.Request = &request.Request{Method: "GET", Headers: c.headers}
		body, err := x.Body()
		if x.Request.Method = "POST"; !c.waits {
			if _, err := x.Body(); err != ErrUpgrade {
				t.Errorf("%s with POST: %v", name, err)
			}
		}
		if waited != c.waits || err != c.err || (string(body) == "b") != c.waits {
			t.Errorf("%s: %q, %v, waited %v", name, body, err, waited)
		}
	}
}

func TestShare(t *testing.T) {
	key := memory.Key{1}
	x := exchange(func(Await) Resumption { t.Fatal("the leader waits"); return Resumption{} })
	if got := x.Share(key, func() any {
		if x.Memory.Flights.Len() != 1 {
			t.Error("not in flight")
		}
		return "v"
	}); got != "v" {
		t.Errorf("the leader has %v", got)
	}
	landed := x.Memory.Flights.Landed()
	if len(landed) != 1 || landed[0] != (memory.Landing{Key: key, Value: "v"}) || x.Memory.Flights.Len() != 0 {
		t.Errorf("landed: %v", landed)
	}

	follower := exchange(nil)
	follower.Memory = x.Memory
	x.Memory.Flights.Lead(key)
	waits := 0
	follower.Suspend = func(a Await) Resumption {
		if a.Shared == nil || *a.Shared != key {
			t.Errorf("waits for %+v", a)
		}
		waits++
		if waits == 2 {
			// The first leader gave up, another one brought something.
			return Resumption{Value: "theirs"}
		}
		return Resumption{}
	}
	if got := follower.Share(key, func() any { t.Error("a second flight"); return nil }); got != "theirs" || waits != 2 {
		t.Errorf("the follower has %v after %d waits", got, waits)
	}
	// The leader gave up and nobody leads: the follower fetches for itself.
	follower.Suspend = func(Await) Resumption {
		x.Memory.Flights.Land(key, nil)
		return Resumption{}
	}
	if got := follower.Share(key, func() any { return "own" }); got != "own" {
		t.Errorf("the follower has %v", got)
	}
}

// A request that goes away in the middle of its callout unwinds through a panic or
// runtime.Goexit: those who wait must hear of it.
func TestAbandonedLeaderLands(t *testing.T) {
	x := exchange(nil)
	x.Suspend = func(Await) Resumption { return Resumption{} }
	func() {
		defer func() { _ = recover() }()
		x.Share(memory.Key{2}, func() any { panic("abandoned") })
	}()
	landed := x.Memory.Flights.Landed()
	if len(landed) != 1 || landed[0].Value != nil || x.Memory.Flights.Len() != 0 {
		t.Errorf("landed: %v, in flight: %d", landed, x.Memory.Flights.Len())
	}
}

// Who cannot be suspended stops before anybody sees that he would be.
func TestWouldWait(t *testing.T) {
	for name, wait := range map[string]func(x *Exchange){
		"call":   func(x *Exchange) { x.Call(callout.Request{}) },
		"retry":  func(x *Exchange) { x.CallRetrying(callout.Request{}, Retry{Attempts: 2, Deadline: time.Second}) },
		"sleep":  func(x *Exchange) { x.Sleep(time.Second) },
		"body":   func(x *Exchange) { _, _ = x.Body() },
		"share":  func(x *Exchange) { x.Share(memory.Key{1}, func() any { t.Error("fetched"); return nil }) },
		"cached": func(x *Exchange) { x.Cached(memory.Key{1}, func() Fetched { t.Error("fetched"); return Fetched{} }) },
		"follow": func(x *Exchange) { x.Follow(memory.Key{1}, time.Time{}) },
	} {
		x := exchange(nil)
		x.Suspend = nil
		x.Request = &request.Request{}
		func() {
			defer func() {
				if _, ok := recover().(WouldWait); !ok || x.Memory.Flights.Len() != 0 || x.Memory.Flights.HasLanded() {
					t.Errorf("%s: did not stop in time", name)
				}
			}()
			wait(x)
		}()
	}
}
