package main

import (
	"oathgate/rules/decision"
	"oathgate/rules/pipeline"
	"oathgate/sdkhost"
)

// maxRequestBody is the size in bytes of the largest request body that a handler
// may read.
const maxRequestBody = 1 << 20

// bodyWait is what is known of the request body.
type bodyWait struct {
	// wanted says that the evaluation waits for the body.
	wanted bool
	// ended says that all of it has come.
	ended bool
	size  int
}

// readBody notes that more of the body has come; size is what Envoy holds of it.
func (s *stream) readBody(size int, endOfStream bool) {
	if size > s.body.size {
		s.body.size = size
	}
	s.body.ended = s.body.ended || endOfStream
	if s.body.wanted && (s.body.ended || s.body.size > maxRequestBody) {
		s.resume(s.bodyEvent())
	}
}

func (s *stream) bodyEvent() decision.Event {
	s.body.wanted = false
	ev := decision.Event{Seq: s.seq, Kind: decision.BodyRead}
	switch {
	case s.body.size > maxRequestBody:
		ev.BodyErr = pipeline.ErrBodyTooLarge
	case s.body.size > 0:
		ev.Body, ev.BodyErr = sdkhost.GetHttpRequestBody(0, s.body.size)
	}
	return ev
}
