package decision

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

// Step is how far an evaluation has come. The zero Step says that it still waits
// for what it waited for before.
type Step struct {
	// Await, if not nil, is what the evaluation waits for from now on. It replaces
	// any earlier one, of which nothing needs to be delivered any more.
	Await *pipeline.Await
	// Seq numbers the awaits of one evaluation; events carry the number of the one
	// they answer.
	Seq uint32
	// Done, if not nil, is the decision. Nothing follows.
	Done *Decision
}

// Event is something that an evaluation may wait for. An event that it does not
// wait for — of an earlier await, delivered twice, out of range — changes
// nothing.
type Event struct {
	// Seq is the number of the await that the event answers.
	Seq uint32
	// Kind says which of the fields below count.
	Kind EventKind
	// Call is the index of a call in the await.
	Call int
	// Result is the call's result.
	Result callout.Result
	// Body is the request body; BodyErr says why there is none.
	Body    []byte
	BodyErr error
	// Value is what the awaited flight brought.
	Value any
}

// EventKind is the kind of an Event.
type EventKind uint8

// The kinds of events.
const (
	// NoEvent is the zero kind: nothing has happened.
	NoEvent EventKind = iota
	// Reply is the result of one call.
	Reply
	// TimeUp says that the await's Until has come.
	TimeUp
	// BodyRead brings the request body.
	BodyRead
	// Landed is the end of the awaited flight.
	Landed
)
