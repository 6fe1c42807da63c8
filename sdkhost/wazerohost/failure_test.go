//go:build !wasip1

package wazerohost_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// An escaped panic ends the whole VM: the stream at hand gets 503, the paused ones hang, new ones get 503 until the reload.
func TestTrap(t *testing.T) {
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: time.Minute, Backends: backend(wazerohost.Reply{Delay: time.Second})})
	paused := w.do("call~id~0;pause")
	s := w.do("panic")
	w.replied(s, 503, "wasm_fail_stream")
	if w.vm.Failed() == nil || len(w.vm.Failures()) != 1 {
		t.Fatal("the VM lives")
	}
	logged := len(w.lines())
	w.vm.Advance(999 * time.Millisecond)
	w.replied(w.do(""), 503, "wasm_fail_stream")
	w.outcome(paused, wazerohost.Paused)
	if len(w.lines()) != logged {
		t.Errorf("a dead VM was called: %q", w.lines()[logged:])
	}
	w.vm.Advance(time.Millisecond)
	again := w.do("")
	w.outcome(again, wazerohost.Continued)
	w.outcome(paused, wazerohost.Paused)
	if w.vm.Failed() != nil || w.vm.Reloads() != 1 {
		t.Error("not reloaded")
	}
	w.vm.Advance(time.Minute)
	w.replied(paused, 503, "wasm_fail_stream")
	if paused.Upstream() != nil {
		t.Error("the upstream got something")
	}
}

func TestTrapInCalloutReply(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{})})
	s := w.do("call~id~0;pause", "x-then", "panic")
	w.outcome(s, wazerohost.Paused)
	if w.vm.Failed() == nil {
		t.Error("the VM lives")
	}
	s.Abort()
}

func TestFailurePolicies(t *testing.T) {
	closed := newWorld(t, wazerohost.Options{FailurePolicy: wazerohost.FailClosed})
	closed.do("panic")
	closed.vm.Advance(time.Minute)
	closed.replied(closed.do(""), 503, "wasm_fail_stream")
	open := newWorld(t, wazerohost.Options{FailurePolicy: wazerohost.FailOpen})
	open.outcome(open.do("panic"), wazerohost.Continued)
	s := open.do("reply~403~no")
	open.outcome(s, wazerohost.Continued)
	if !s.Unfiltered() {
		t.Error("filtered by a dead VM")
	}
}

func TestTrapInConfigure(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.vm.Advance(time.Minute)
	if _, ok := w.vm.Configure([]byte("run:panic")); ok {
		t.Fatal("accepted")
	}
	// The VM is dead for the first plugin as well; its next request reloads it.
	w.outcome(w.do(""), wazerohost.Continued)
	if w.vm.Reloads() != 1 {
		t.Error(w.vm.Reloads())
	}
}

func TestProcExitReturns(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("exit")
	w.said("exited")
	w.outcome(s, wazerohost.Continued)
	w.noted("proc_exit")
}

func TestRestrictedImports(t *testing.T) {
	host := newHost(t, wazerohost.Options{Env: map[string]string{"GUEST_INIT": "calls"}})
	if _, err := host.NewVM(); err == nil || !strings.Contains(err.Error(), "restricted_callback") {
		t.Errorf("_initialize: %v", err)
	}
	w := newWorld(t, wazerohost.Options{})
	s := w.do("evil;get~0~:path")
	w.replied(s, 503, "wasm_fail_stream")
	w.noted("restricted call of proxy_get_current_time_nanoseconds")
}

func TestNewRefuses(t *testing.T) {
	empty := "\x00asm\x01\x00\x00\x00"
	for name, code := range map[string]string{"no WebAssembly": "nonsense", "no ABI": empty} {
		if _, err := wazerohost.New(context.Background(), []byte(code), wazerohost.Options{}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestInject(t *testing.T) {
	type call struct {
		index int
		name  string
		args  int
	}
	var calls []call
	status := uint32(0)
	at := -1
	w := newWorld(t, wazerohost.Options{Inject: func(index int, name string, args []uint64) (uint32, bool) {
		calls = append(calls, call{index, name, len(args)})
		return status, index == at
	}})
	first := w.vm.HostCalls()
	w.do("get~0~:path")
	n := w.vm.HostCalls() - first
	found := -1
	for i, c := range calls {
		if c.index != i {
			t.Fatalf("call %d has index %d", i, c.index)
		}
		if i >= first && c.name == "proxy_get_header_map_value" {
			found = i - first
			if c.args != 5 {
				t.Errorf("%d arguments", c.args)
			}
		}
	}
	if found < 0 || n < 3 || w.vm.HostCallCounts()["proxy_get_header_map_value"] != 1 {
		t.Fatalf("%d calls, %v", n, w.vm.HostCallCounts())
	}
	status, at = 9, w.vm.HostCalls()+found
	w.do("get~0~:path")
	w.said("get 9 ")
	w.vm.Inject = nil
	w.do("get~0~:method")
	w.said("get 0 GET")
}

// Every host call at every index returning every status: here it only has to leave the host sound.
func TestInjectEverywhere(t *testing.T) {
	script := "get~0~:path;call~id~100;set~0~x-a~1;prop~source.address;pause"
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Body: []byte("b")})})
	before := w.vm.HostCalls()
	w.do(script, "x-then", "answer;mine;resume~0").End()
	n := w.vm.HostCalls() - before
	for status := uint32(1); status <= 12; status++ {
		for i := range n {
			at := w.vm.HostCalls() + i
			w.vm.Inject = func(call int, _ string, _ []uint64) (uint32, bool) { return status, call == at }
			s := w.do(script, "x-then", "answer;mine;resume~0")
			w.vm.Inject = nil
			w.vm.Advance(time.Second)
			s.End()
			if !s.Over() {
				t.Fatalf("status %d at %d: not over", status, i)
			}
		}
	}
	if w.vm.Failed() != nil || w.vm.InFlight() != 0 || w.vm.Contexts() != 1 {
		t.Errorf("failed %v, %d in flight, %d contexts", w.vm.Failed(), w.vm.InFlight(), w.vm.Contexts())
	}
}

func TestMemory(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	before := w.vm.MemoryBytes()
	w.do("grow~32")
	if got := w.vm.MemoryBytes(); before == 0 || got < before+32<<20 {
		t.Errorf("%d, then %d bytes", before, got)
	}
}

// Workers run at once and share nothing but what Envoy's share.
func TestWorkers(t *testing.T) {
	host := newHost(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Delay: time.Millisecond})})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			vm, err := host.NewVM()
			if err != nil {
				t.Error(err)
				return
			}
			p, _ := vm.Configure(nil)
			for range 50 {
				s := p.Request(req("x-do", "metric~0~n~1;setshared~k~v~0;call~id~0;pause", "x-then", "mine;resume~0"))
				vm.Advance(time.Millisecond)
				if s.Outcome() != wazerohost.Continued {
					t.Error(s.Outcome())
				}
				s.End()
			}
		})
	}
	wg.Wait()
	if got := host.Metrics()["n"]; got != 200 {
		t.Errorf("counted %d", got)
	}
}

func TestLogs(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("say~hello;stderr~oops")
	found := 0
	for _, l := range w.vm.Logs() {
		if l.Text == "hello" && l.Level == 2 && l.Context == s.ContextID() || l.Text == "oops" && l.Level == 4 {
			found++
		}
	}
	if found != 2 {
		t.Error(w.vm.Logs())
	}
	for range 3000 {
		w.do("say~again").End()
	}
	if n := len(w.vm.Logs()); n > 1000 {
		t.Errorf("%d lines kept", n)
	}
}
