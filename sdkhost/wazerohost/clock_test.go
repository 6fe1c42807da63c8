//go:build !wasip1

package wazerohost_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

func TestClock(t *testing.T) {
	start := time.Date(2030, 5, 6, 7, 8, 9, 10, time.UTC)
	w := newWorld(t, wazerohost.Options{Start: start})
	w.do("time")
	w.said(fmt.Sprintf("time %d %d", start.UnixNano(), start.UnixNano()))
	w.vm.Advance(90 * time.Minute)
	later := start.Add(90 * time.Minute).UnixNano()
	w.do("time")
	w.said(fmt.Sprintf("time %d %d", later, later))
}

func TestRunningClock(t *testing.T) {
	w := newWorld(t, wazerohost.Options{RunningClock: true})
	a := w.vm.Now()
	time.Sleep(2 * time.Millisecond)
	if b := w.vm.Now(); !b.After(a) {
		t.Error("it stands still")
	}
	w.vm.Advance(time.Hour)
	if w.vm.Now().Sub(a) < time.Hour {
		t.Error("not advanced")
	}
}

// Envoy's poll_oneoff does not wait: a guest that sleeps spins until the time has come.
func TestSleepEnds(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.do("sleep~50")
	w.said("slept true")
}

func TestTicks(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	ticks := func() (n int) {
		for _, l := range w.lines() {
			if l == "tick 1" {
				n++
			}
		}
		return n
	}
	w.do("tick~100").End() // of the plugin's context, also from a stream's
	w.vm.Advance(99 * time.Millisecond)
	if ticks() != 0 {
		t.Fatal("too early")
	}
	w.vm.Advance(301 * time.Millisecond)
	if ticks() != 4 {
		t.Fatalf("%d ticks", ticks())
	}
	w.do("tick~0").End()
	w.vm.Advance(time.Second)
	if ticks() != 4 {
		t.Fatalf("%d ticks after the stop", ticks())
	}
}

// Everything falls due in order of time.
func TestOrder(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: map[string]wazerohost.Backend{
		"slow": func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Delay: 250 * time.Millisecond} },
		"fast": func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Delay: 150 * time.Millisecond} },
	}})
	w.do("tick~100;call~slow~0;call~fast~0;call~slow~120;pause")
	w.vm.Advance(300 * time.Millisecond)
	w.inOrder("tick 1", "called 12 3 24 0", "called 8 2 0 0", "tick 1", "called 4 2 0 0", "tick 1")
}

func TestRun(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Delay: time.Second}), StreamIdleTimeout: -1})
	w.do("call~id~0;pause", "x-then", "mine;resume~0")
	endless := w.do("call~id~0;pause", "x-then", "call~id~0")
	start := w.vm.Now()
	w.vm.Run(2500 * time.Millisecond)
	if got := w.vm.Now().Sub(start); got != 2*time.Second || w.vm.InFlight() != 1 {
		t.Errorf("ran for %v, %d in flight", got, w.vm.InFlight())
	}
	w.outcome(endless, wazerohost.Paused)
}

func TestSettle(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{Delay: time.Second}), StreamIdleTimeout: time.Minute})
	if s := w.do("call~id~0;pause", "x-then", "mine;resume~0"); s.Settle() != wazerohost.Continued || len(w.vm.TakeLogs()) == 0 || len(w.vm.Logs()) > 0 {
		t.Error(s.Outcome())
	}
	if s := w.do("tick~100;pause"); s.Settle() != wazerohost.Replied || s.Response().Status != 504 {
		t.Error(s.Outcome())
	}
}

// A guest that calls out again and again, answered without delay, does not hang the test.
func TestEndlessCalloutsAreStopped(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{})})
	w.do("call~id~0;pause", "x-then", "mine;call~id~0")
	w.noted("never stops calling out")
}

func TestMetricsAndSharedData(t *testing.T) {
	w := newWorld(t, wazerohost.Options{LogLevel: 3})
	w.do("metric~0~c~5;metric~0~c~2;metric~0~c~0;metric~1~g~7;metric~1~g~-3;metric~2~h~9;metric~2~h~1;level;metric~3~bad~1")
	w.inOrder("define 0", "increment 0 get 0 5", "increment 0 get 0 7", "increment 2 get 0 7", "define 0", "increment 0 get 0 7",
		"increment 0 get 0 4", "define 0", "record 0", "record 0", "level 0 3", "define 2")
	m := w.host.Metrics()
	if m["c"] != 7 || m["g"] != 4 || m["h.count"] != 2 || m["h.sum"] != 10 {
		t.Error(m)
	}
	other, err := w.host.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := other.Configure(nil)
	w.do("shared~k;setshared~k~v~0")
	w.inOrder("shared 1  0", "setshared 0")
	p.Request(req("x-do", "shared~k;setshared~k~w~99;setshared~k~w~1;metric~0~c~1"))
	var said []string
	for _, l := range other.Logs() {
		said = append(said, l.Text)
	}
	for _, want := range []string{"shared 0 v 1", "setshared 8", "setshared 0"} {
		if !slices.Contains(said, want) {
			t.Errorf("no %q in %q", want, said)
		}
	}
	if w.host.SharedData()["k"] != "w" || w.host.Metrics()["c"] != 8 {
		t.Error("workers do not share")
	}
}
