package main

import (
	"errors"

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
	// held is what this worker keeps of it, in bytes.
	held int
}

// errBodyCut says that Envoy gave less of the body than it said to have.
var errBodyCut = errors.New("the request body cannot be read")

// readBody notes that more of the body has come; size is what Envoy holds of it.
func (s *stream) readBody(size int, endOfStream bool) {
	if size > s.body.size {
		s.body.size = size
	}
	s.body.ended = s.body.ended || endOfStream
	if s.body.wanted && s.body.enough() {
		s.resume(s.bodyEvent())
	}
}

// enough says that the body is there, or is too large already.
func (b *bodyWait) enough() bool { return b.ended || b.size > maxRequestBody }

func (s *stream) bodyEvent() decision.Event {
	s.body.wanted = false
	ev := decision.Event{Seq: s.seq, Kind: decision.BodyRead}
	switch size := s.body.size; {
	case size > maxRequestBody:
		ev.BodyErr = pipeline.ErrBodyTooLarge
	case s.vm.flight.bytes+size > maxInFlightBytes:
		ev.BodyErr = pipeline.ErrOverload
	case size > 0:
		s.keep(size)
		ev.Body, ev.BodyErr = sdkhost.GetHttpRequestBody(0, size)
		if ev.BodyErr == nil && len(ev.Body) != size {
			ev.Body, ev.BodyErr = nil, errBodyCut
		}
	}
	return ev
}

// keep counts size bytes more as this worker's until the request is decided.
func (s *stream) keep(size int) {
	s.body.held += size
	s.vm.flight.bytes += size
}

// release takes back what keep counted.
func (s *stream) release() {
	s.vm.flight.bytes -= s.body.held
	s.body.held = 0
}
