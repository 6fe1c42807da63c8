//go:build !wasip1

package closed

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// TestEveryHostCallFailsInTheCorpus makes each host call of each request of the project's cases fail in each way. What
// an upstream then sees is what it sees of the same request without the fault, or nothing; what a client is then told
// under /decisions is what it is told without the fault, or a refusal.
func TestEveryHostCallFailsInTheCorpus(t *testing.T) {
	t.Parallel()
	module, err := readModule()
	if err != nil {
		t.Fatal(err)
	}
	cases, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	some := statuses
	if testing.Short() {
		some = []uint32{1, 10}
	}
	w, err := corpus.NewWazero(context.Background(), module)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	requests, trials, allowed := 0, 0, 0
	for _, c := range cases {
		if len(c.Refused) > 0 {
			continue
		}
		session, err := w.Open(&c)
		if err != nil {
			t.Fatal(err)
		}
		for i := range c.Requests {
			r := &c.Requests[i]
			requests++
			f := faulty{t: t, w: w, session: session, r: r, about: c.ID + "/" + r.Name}
			f.sweep(some, c.TLS)
			trials += f.trials
			allowed += f.allowed
		}
		if err := session.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if w.VM().InFlight() != 0 || w.VM().Contexts() != 0 {
		t.Errorf("%d callouts and %d contexts are left", w.VM().InFlight(), w.VM().Contexts())
	}
	t.Logf("%d requests, %d trials with faults, %d went on in spite of them", requests, trials, allowed)
}

// faulty is one request of a case under faults.
type faulty struct {
	t       *testing.T
	w       *corpus.Wazero
	session corpus.Session
	r       *corpus.Request
	about   string
	trials  int
	allowed int
}

func (f *faulty) sweep(statuses []uint32, tls bool) {
	f.t.Helper()
	var names []string
	f.w.VM().Advance(f.r.Advance)
	before := f.do(func(_ int, name string) (uint32, bool) {
		names = append(names, name)
		return 0, false
	}, false)
	// What is cached comes and goes meanwhile: the comparison is with the request as it is before and after the faults.
	for i, name := range names {
		var seen []*corpus.Observation
		for _, status := range statuses {
			if tls && indistinguishable(name, status) {
				continue
			}
			if o := f.do(func(call int, _ string) (uint32, bool) { return status, call == i }, true); o != nil {
				seen = append(seen, o)
			}
			f.trials++
		}
		if slices.Contains(statuses, 10) {
			if o := f.do(func(call int, _ string) (uint32, bool) { return 10, call >= i }, true); o != nil {
				seen = append(seen, o)
			}
			f.trials++
		}
		after := f.do(nil, false)
		for _, o := range seen {
			if len(o.Upstreams) == 0 {
				// The filter's own good word, in the role decision, is the one that it gives without faults.
				if o.Status < 300 && !answersAlike(o, before) && !answersAlike(o, after) {
					f.t.Errorf("%s: %s (call %d) fails: the client got %d", f.about, name, i, o.Status)
				}
				continue
			}
			f.allowed++
			if !reflect.DeepEqual(o.Upstreams, before.Upstreams) && !reflect.DeepEqual(o.Upstreams, after.Upstreams) {
				f.t.Errorf("%s: %s (call %d) fails: the upstream saw %+v, without faults %+v", f.about, name, i, o.Upstreams, after.Upstreams)
			}
		}
		before = after
	}
}

func answersAlike(a, b *corpus.Observation) bool {
	return len(b.Upstreams) == 0 && a.Status == b.Status && a.Body == b.Body && slices.Equal(a.Headers, b.Headers)
}

// do makes the request. nil says that it stayed stopped or was denied too late; without faults it must not.
func (f *faulty) do(inject func(call int, name string) (uint32, bool), faults bool) *corpus.Observation {
	f.t.Helper()
	vm := f.w.VM()
	base := vm.HostCalls()
	if inject != nil {
		vm.Inject = func(call int, name string, _ []uint64) (uint32, bool) { return inject(call-base, name) }
	}
	r := *f.r
	r.Advance = 0
	o, err := f.session.Do(&r)
	vm.Inject = nil
	// A tick that is left.
	vm.Advance(60 * time.Millisecond)
	switch {
	case err == nil:
		return o
	case faults && (errors.Is(err, corpus.ErrNoEnd) || errors.Is(err, corpus.ErrReleased)):
		return nil
	}
	f.t.Fatal(fmt.Errorf("%s: faults %v: %w", f.about, faults, err))
	return nil
}
