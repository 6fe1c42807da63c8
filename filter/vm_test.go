package main

import (
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
