//go:build !wasip1

package closed

import (
	"bytes"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// A configuration that has asked for keys is replaced before they come: nothing is heard of its callout. Who waits for it
// is refused in time, and the next configuration asks for itself a little later.
func TestKeysOfAPluginThatIsGone(t *testing.T) {
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	good := document(t, nil)
	old := w.configure(good)
	keys := w.keys
	w.keys = func(*wazerohost.Callout) wazerohost.Reply { return wazerohost.Reply{Fault: wazerohost.Silent} }
	ask := func(p *wazerohost.Plugin) *wazerohost.Stream {
		return p.Request(request("GET", "/jwt/a", "authorization", "Bearer "+issuer.Sign(`{"sub":"jan"}`)))
	}
	first := ask(old)
	if w.vm.InFlight() != 1 {
		t.Fatalf("%d callouts", w.vm.InFlight())
	}
	first.Abort()
	// Everything but the name of the rules is as it was, so the keys are the same.
	next := w.configure(bytes.Replace(good, []byte(`"X-Rule":"denied"`), []byte(`"X-Rule":"refused"`), 1))
	old.Close()
	if w.vm.InFlight() != 0 {
		t.Fatalf("%d callouts", w.vm.InFlight())
	}
	w.keys = keys
	began := w.vm.Now()
	waits := ask(next)
	w.vm.Run(10 * time.Second)
	if waits.Outcome() != wazerohost.Replied || waits.Response().Status != 401 || w.vm.Now().Sub(began) > 2*time.Second {
		t.Errorf("who waits: %s after %v", waits.Outcome(), w.vm.Now().Sub(began))
	}
	waits.End()
	w.vm.Advance(3 * time.Second)
	asks := ask(next)
	w.vm.Run(10 * time.Second)
	if asks.Outcome() != wazerohost.Continued {
		t.Errorf("who asks: %s", asks.Outcome())
	}
	asks.End()
	w.sound(1, "in the end")
	w.unpanicked()
}

// 1,000 requests at once, and as many that go away: the issuer is asked once.
func TestKeysAreFetchedOnce(t *testing.T) {
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	p := w.configure(document(t, nil))
	asked := 0
	keys := w.keys
	w.keys = func(c *wazerohost.Callout) wazerohost.Reply {
		asked++
		return keys(c)
	}
	var streams []*wazerohost.Stream
	for range 1000 {
		gone := p.Request(request("GET", "/jwt/a", "authorization", "Bearer "+issuer.Sign(`{"sub":"jan"}`)))
		streams = append(streams, p.Request(request("GET", "/jwt/a", "authorization", "Bearer "+issuer.Sign(`{"sub":"jan"}`))))
		gone.Abort()
	}
	w.vm.Run(10 * time.Second)
	for i, s := range streams {
		if s.Outcome() != wazerohost.Continued {
			t.Fatalf("request %d: %s", i, s.Outcome())
		}
		s.End()
	}
	if asked != 1 {
		t.Errorf("%d callouts", asked)
	}
	w.sound(1, "in the end")
}
