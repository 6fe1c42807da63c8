package pipeline

import (
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
)

// Await is what a suspended evaluation waits for. Calls wait for all of their
// results; Until, alone or beside Calls or Shared, ends the wait at that time.
type Await struct {
	// Calls are to be sent now, all at once.
	Calls []callout.Request
	// Until, if not zero, is when to go on at the latest.
	Until time.Time
	// Body waits for the whole request body.
	Body bool
	// Shared, if not nil, waits for another request's flight (memory.Flights).
	Shared *memory.Key
}

// Resumption is what an Await brought.
type Resumption struct {
	// Results has one entry for each call, in order; one that has not come by
	// Until is the fault Timeout.
	Results []callout.Result
	// Body is the request body; BodyErr says why there is none.
	Body    []byte
	BodyErr error
	// Value is what the awaited flight brought; nil if its leader gave up.
	Value any
}
