//go:build !wasip1

package wazerohost_test

import (
	"strings"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

func TestCalloutReply(t *testing.T) {
	var seen *wazerohost.Callout
	w := newWorld(t, wazerohost.Options{Backends: map[string]wazerohost.Backend{"id": func(c *wazerohost.Callout) wazerohost.Reply {
		seen = c
		return wazerohost.Reply{Status: 201, Headers: wazerohost.Headers{{"X-A", "b"}}, Body: []byte("hello"), Trailers: wazerohost.Headers{{"t", "1"}}, Delay: 20 * time.Millisecond}
	}}})
	s := w.do("call~id~1000;pause", "x-then", "answer;pairs~7;mine;resume~0")
	w.outcome(s, wazerohost.Paused)
	w.said("call 0 4")
	if w.vm.InFlight() != 1 || w.vm.Pending()[0].Token != 4 {
		t.Fatal("not in flight")
	}
	if string(seen.Body) != "token=t" || seen.Header("content-length") != "7" || seen.Header(":path") != "/check" || seen.Timeout != time.Second || seen.Context != s.ContextID() {
		t.Errorf("callout %+v", seen)
	}
	w.vm.Advance(19 * time.Millisecond)
	w.outcome(s, wazerohost.Paused)
	w.vm.Advance(time.Millisecond)
	w.outcome(s, wazerohost.Continued)
	w.said("called 4 3 5 1")
	w.said("answer 0 0 [hello] :status=201 x-a=b x-envoy-upstream-service-time=20")
	w.said("pairs 0 1 t=1")
	if w.vm.InFlight() != 0 {
		t.Error("still in flight")
	}
}

// What fails at once never comes back.
func TestCalloutImmediateFailures(t *testing.T) {
	for _, c := range []struct {
		name, script, want string
		reply              wazerohost.Reply
	}{
		{"unknown cluster", "call~other~0", "call 2 0", wazerohost.Reply{}},
		{"unknown cluster by fault", "call~id~0", "call 2 0", wazerohost.Reply{Fault: wazerohost.UnknownCluster}},
		{"no healthy host", "call~id~0", "call 10 0", wazerohost.Reply{Fault: wazerohost.NoHealthyHost}},
		{"negative timeout", "call~id~-1", "call 2 0", wazerohost.Reply{}},
		{"no path", "call~nopath~0", "call 2 0", wazerohost.Reply{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{Backends: backend(c.reply)})
			w.vm.SetBackend("nopath", func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{} })
			w.do(c.script + ";pause")
			w.said(c.want)
			w.vm.Run(time.Hour)
			for _, l := range w.lines() {
				if strings.HasPrefix(l, "called") {
					t.Error("the callback came")
				}
			}
		})
	}
}

func TestCalloutFaults(t *testing.T) {
	const timeout = 500
	for _, c := range []struct {
		name   string
		fault  wazerohost.Fault
		after  time.Duration
		called string
		status string // :status of the answer, "" for none
	}{
		{"refused", wazerohost.Refused, 0, "called 4 3 98 0", "503"},
		{"cut", wazerohost.Cut, 0, "called 4 3 95 0", "503"},
		{"silent", wazerohost.Silent, timeout * time.Millisecond, "called 4 3 24 0", "504"},
		{"stalled", wazerohost.Stalled, timeout * time.Millisecond, "called 4 0 0 0", ""},
		{"reset", wazerohost.Reset, 0, "called 4 0 0 0", ""},
		{"too large", wazerohost.TooLarge, 0, "called 4 0 0 0", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Fault: c.fault, Delay: time.Millisecond})})
			s := w.do("call~id~500;pause", "x-then", "answer;status;mine;resume~0")
			w.outcome(s, wazerohost.Paused)
			if c.after > 0 {
				w.vm.Advance(c.after - time.Millisecond)
				w.outcome(s, wazerohost.Paused)
			}
			w.vm.Advance(time.Millisecond)
			w.outcome(s, wazerohost.Continued)
			all := strings.Join(w.lines(), "\n")
			if !strings.Contains(all, "\n"+c.called) {
				t.Errorf("no %q in\n%s", c.called, all)
			}
			if strings.Contains(all, "x-envoy-upstream-service-time") {
				t.Error("an answer of Envoy's own has x-envoy-upstream-service-time")
			}
			if c.status != "" && !strings.Contains(all, ":status="+c.status) {
				t.Errorf("no :status=%s in\n%s", c.status, all)
			}
			if c.status == "" {
				w.said("answer 0 1 []") // an empty map, and no body at all
				w.said("status 0 11 reset")
			}
		})
	}
}

func TestCalloutTimeoutZeroNeverComes(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Fault: wazerohost.Silent}), StreamIdleTimeout: -1})
	s := w.do("call~id~0;pause")
	w.vm.Advance(1000 * time.Hour)
	w.outcome(s, wazerohost.Paused)
	if w.vm.InFlight() != 1 {
		t.Error("not in flight any more")
	}
}

func TestCalloutOutlivesItsStream(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Delay: time.Second})})
	s := w.do("call~id~0;pause", "x-then", "mine;resume~0")
	s.Abort()
	w.outcome(s, wazerohost.Aborted)
	w.inOrder("log 2", "done 2", "delete 2")
	w.vm.Advance(time.Second)
	w.inOrder("delete 2", "called 4 2 0 0", "effective 2") // the context is gone: BadArgument
}

// A reply that comes back without delay still never comes within http_call.
func TestCalloutIsNeverAnsweredInline(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{})})
	w.do("call~id~0;say~after;pause")
	w.inOrder("call 0 4", "after", "called 4 2 0 0")
}

func TestReplyByToken(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Hold: true})})
	a := w.do("call~id~0;pause", "x-then", "mine;resume~0")
	b := w.do("call~id~0;pause", "x-then", "mine;reply~403~no")
	if !w.vm.Reply(8, wazerohost.Reply{}) || w.vm.Reply(8, wazerohost.Reply{}) || w.vm.Reply(12, wazerohost.Reply{}) {
		t.Error("Reply tells wrongly what is in flight")
	}
	w.outcome(a, wazerohost.Paused)
	w.replied(b, 403, "why_so")
	w.plugin.ForceReply(8, wazerohost.Reply{}) // answered before
	w.plugin.ForceReply(77, wazerohost.Reply{Fault: wazerohost.Reset})
	w.said("called 77 0 0 0")
	w.said("unknown token")
	w.outcome(a, wazerohost.Paused)
	w.vm.Reply(4, wazerohost.Reply{})
	w.outcome(a, wazerohost.Continued)
}

func TestGarbageReply(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Raw: true, Headers: wazerohost.Headers{{"x", "y"}}, Body: []byte{0xff, 0}})})
	w.do("call~id~0;pause", "x-then", "answer")
	w.said("answer 0 0 [\xff\x00] x=y")
}
