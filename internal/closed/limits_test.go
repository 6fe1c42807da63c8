//go:build !wasip1

package closed

import (
	"strings"
	"testing"

	"oathgate/sdkhost/wazerohost"
)

// The limits of what a worker has in flight (DESIGN §5).
const (
	limitCalls = 2048
	limitBytes = 16 << 20
)

// fill holds requests of one rule back until the worker refuses one, and gives them all. The last is the refused one.
func fill(t *testing.T, w *world, most int, start func() *wazerohost.Stream) []*wazerohost.Stream {
	t.Helper()
	var streams []*wazerohost.Stream
	for len(streams) <= most {
		s := start()
		streams = append(streams, s)
		if s.Outcome() != wazerohost.Paused {
			break
		}
	}
	last := streams[len(streams)-1]
	if last.Outcome() != wazerohost.Replied || last.Upstream() != nil || last.Response().Status != 503 {
		t.Fatalf("request %d over the limit: %s %+v", len(streams), last.Outcome(), last.Response())
	}
	return streams
}

// TestCallsInFlight: the callout after 2,048 is not made and its request is answered with 503, also if the requests of
// the others are gone; when one of them ends the next is made.
func TestCallsInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	w.session = func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Hold: true} }
	p := w.configure(document(t, nil))
	start := func() *wazerohost.Stream { return p.Request(request("GET", "/session/a", "cookie", "session=1")) }
	streams := fill(t, w, limitCalls, start)
	if n := len(streams) - 1; n != limitCalls || w.vm.InFlight() != limitCalls {
		t.Fatalf("%d requests wait, %d callouts are in flight, want %d", n, w.vm.InFlight(), limitCalls)
	}
	if n := w.host.Metrics()["oathgate.callout_fault.too_many_callouts_in_flight"]; n != 1 {
		t.Errorf("%d overloads counted", n)
	}
	// Requests that need no callout are served.
	if s := p.Request(request("GET", "/public/a")); s.Outcome() != wazerohost.Continued {
		t.Errorf("without a callout: %s", s.Outcome())
	} else {
		s.End()
	}
	// Abandoned requests leave their callouts in flight.
	for _, s := range streams[:limitCalls/2] {
		s.Abort()
	}
	if s := start(); s.Outcome() != wazerohost.Replied || s.Response().Status != 503 {
		t.Fatalf("after half of the requests have gone: %s", s.Outcome())
	}
	reply := func() { w.vm.Reply(w.vm.Pending()[0].Token, wazerohost.Reply{Body: []byte(`{"subject":"sue"}`)}) }
	reply()
	if s := start(); s.Outcome() != wazerohost.Paused {
		t.Fatalf("after a reply: %s", s.Outcome())
	} else {
		streams = append(streams, s)
	}
	if s := start(); s.Outcome() != wazerohost.Replied {
		t.Fatalf("two after one reply: %s", s.Outcome())
	}
	for w.vm.InFlight() > 0 {
		reply()
	}
	for i, s := range streams {
		want := wazerohost.Continued
		switch {
		case i < limitCalls/2:
			want = wazerohost.Aborted
		case i == limitCalls:
			want = wazerohost.Replied
		}
		if s.Outcome() != want {
			t.Fatalf("request %d: %s, want %s", i, s.Outcome(), want)
		}
		s.End()
	}
	w.sound(1, "at the end")
	w.unpanicked()
	t.Logf("linear memory %.1f MiB", mib(w.vm.MemoryBytes()))
}

// TestBodiesInFlight: callouts whose bodies come to more than 16 MiB are not made.
func TestBodiesInFlight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	w.introspection = func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Hold: true} }
	p := w.configure(document(t, nil))
	// Each of these characters takes three in a form.
	bearer := "Bearer " + strings.Repeat("/", 60<<10)
	start := func() *wazerohost.Stream {
		return p.Request(request("GET", "/introspection/a", "authorization", bearer))
	}
	streams := fill(t, w, limitCalls, start)
	size, sum := 0, 0
	for _, c := range w.vm.Pending() {
		size = len(c.Body)
		sum += size
	}
	if sum > limitBytes || sum+size <= limitBytes {
		t.Fatalf("%d callouts of %d bytes are in flight", w.vm.InFlight(), size)
	}
	reply := func() {
		w.vm.Reply(w.vm.Pending()[0].Token, wazerohost.Reply{Body: []byte(`{"active":true,"sub":"ian"}`)})
	}
	reply()
	streams = append(streams, start())
	for w.vm.InFlight() > 0 {
		reply()
	}
	refused := 0
	for _, s := range streams {
		if s.Outcome() == wazerohost.Replied {
			refused++
		} else if s.Outcome() != wazerohost.Continued {
			t.Fatalf("%s", s.Outcome())
		}
		s.End()
	}
	if refused != 1 {
		t.Errorf("%d requests were refused", refused)
	}
	w.sound(1, "at the end")
	w.unpanicked()
	t.Logf("%d callouts of %d bytes; linear memory %.1f MiB", len(streams)-2, size, mib(w.vm.MemoryBytes()))
}
