//go:build !wasip1

package closed

import (
	"math/rand/v2"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

const (
	soakRequests = 200_000
	// soakInFlight is how many callouts are under way.
	soakInFlight = 20
	// memoryBudget is what a worker's linear memory may come to with up to 1,000 rules, largeBudget what with 10,000
	// (DESIGN §4).
	memoryBudget = 48 << 20
	largeBudget  = 128 << 20
	// flat is what linear memory may still grow by when it is warm: Go takes it in pieces, when a collection comes a
	// little later than it did before. A leak of ten bytes a request is more.
	flat = 1 << 20
)

// TestSoak sends requests back to back: 30 of 100 call out, 5 of 100 are abandoned in the middle of it. The linear
// memory, which never shrinks, stays within its budget and does not grow in the last 80 of 100.
func TestSoak(t *testing.T) {
	t.Parallel()
	n := soakRequests
	if testing.Short() {
		n = 20_000
	}
	for run := range *soaks {
		soak(t, n, *seed+uint64(run))
	}
}

func soak(t *testing.T, n int, seed uint64) {
	w := newWorld(t, wazerohost.Options{
		StreamIdleTimeout: -1, RunningClock: true,
		Upstream: func(*wazerohost.Upstream) wazerohost.Reply { return wazerohost.Reply{Status: 200} },
	})
	defer w.vm.Close()
	var made *wazerohost.Callout
	w.session = func(c *wazerohost.Callout) wazerohost.Reply {
		made = c
		return wazerohost.Reply{Hold: true}
	}
	p := w.configure(document(t, nil))
	rng := rand.New(rand.NewPCG(seed, 1))
	plain := request("GET", "/public/a?q=1")
	asks := request("GET", "/session/a", "cookie", "session=1")
	type pending struct {
		stream  *wazerohost.Stream
		callout *wazerohost.Callout
	}
	var flight []pending
	went, abandoned := 0, 0
	check := func(s *wazerohost.Stream) {
		if s.Upstream() == nil || s.Response() == nil || s.Response().Status != 200 || !s.Over() {
			t.Fatalf("request %d: %s %+v", went+abandoned, s.Outcome(), s.Response())
		}
		went++
	}
	// land answers the oldest callouts until no more than n are in flight.
	land := func(n int) {
		for ; len(flight) > n; flight = flight[1:] {
			w.vm.Reply(flight[0].callout.Token, wazerohost.Reply{Body: []byte(`{"subject":"sue","extra":{"role":"clerk"}}`)})
			if s := flight[0].stream; s != nil {
				check(s)
			}
		}
	}
	var warm uint64
	began := time.Now()
	for i := range n {
		if i == n/5 {
			warm = w.vm.MemoryBytes()
		}
		kind := rng.IntN(100)
		if kind >= 30 {
			check(p.Request(plain))
			continue
		}
		s := p.Request(asks)
		if s.Outcome() != wazerohost.Paused {
			t.Fatalf("request %d did not wait", i)
		}
		if kind < 5 {
			// Its callout's reply comes all the same.
			s.Abort()
			s = nil
			abandoned++
		}
		flight = append(flight, pending{s, made})
		land(soakInFlight)
	}
	land(0)
	spent := time.Since(began)
	w.sound(1, "at the end")
	w.unpanicked()
	last := w.vm.MemoryBytes()
	t.Logf("seed %d: %d went on, %d abandoned, %v a request, linear memory %.1f MiB after a fifth, %.1f at the end", seed, went, abandoned,
		(spent / time.Duration(n)).Round(100*time.Nanosecond), mib(warm), mib(last))
	if last > memoryBudget {
		t.Errorf("linear memory: %.1f MiB", mib(last))
	}
	if last > warm+flat && !testing.Short() { // a short run is not warm after a fifth
		t.Errorf("linear memory grew from %d to %d bytes in the last four fifths", warm, last)
	}
}

func mib(bytes uint64) float64 { return float64(bytes) / (1 << 20) }
