package main

import (
	"reflect"
	"testing"

	"oathgate/rules/memory"
)

// Who has stopped waiting for a flight is not told of it as of the one that it waits
// for now.
func TestLandingIsOfItsAwait(t *testing.T) {
	v := newVM()
	key := memory.Key{1}
	flights := &v.worker.Memory.Flights
	s := &stream{vm: v, id: 7, seq: 1}
	flights.Lead(key)
	v.waiting[key] = append(v.waiting[key], wake{stream: s, seq: s.seq})
	s.seq = 2
	flights.Land(key, "late")
	v.collect()
	if len(v.woken) != 1 || v.woken[0] != (wake{stream: s, seq: 1, value: "late"}) || len(v.waiting) != 0 {
		t.Errorf("%+v, %+v", v.woken, v.waiting)
	}
}

// A stream that is used again is the next request's alone, and holds no configuration
// until then.
func TestDismissedStreamIsUsedAgain(t *testing.T) {
	v := newVM()
	former, next := &plugin{vm: v, id: 1}, &plugin{vm: v, id: 2}
	s := former.NewHttpContext(7).(*stream)
	s.state, s.seq, s.waited, s.body.ended, s.trailers.set = allowed, 3, true, true, []string{"x-user"}
	v.reuse(s)
	if v.spare.plugin != nil {
		t.Error("a configuration that may be gone is held")
	}
	again := next.NewHttpContext(8).(*stream)
	if again != s || v.spare != nil {
		t.Error("it is not used again, or twice")
	}
	if want := (stream{plugin: next, vm: v, id: 8}); !reflect.DeepEqual(*again, want) {
		t.Errorf("%+v is left of another request", again)
	}
}
