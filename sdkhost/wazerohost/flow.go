//go:build !wasip1

package wazerohost

// What a filter callback says about going on.
const (
	headersContinue     = 0
	headersStop         = 1
	headersStopAllBuf   = 3
	headersStopAllWater = 4

	dataContinue = 0
	dataBuffer   = 1
	dataWater    = 2
	dataNoBuffer = 3

	trailersContinue = 0
	trailersStop     = 1
)

type iteration uint8

const (
	going   iteration = iota
	stopped           // the filter paused; it still sees what comes
	stopAll           // the filter paused; it sees nothing until it resumes
)

// flow is one direction of a stream through the one filter: Envoy's filter manager (source/common/http/filter_manager.cc).
type flow struct {
	s        *Stream
	response bool

	headers, trailers *headerMap
	iter              iteration
	passed            bool // headers went on
	ended             bool // the sender's end was seen
	held              []byte
	holds             bool    // held counts, empty or not
	buffering         bool    // the guest paused the body with "buffer": it sees all that is held
	chunk             *[]byte // the chunk that the guest sees
	seen              bool    // the guest has had the trailers
	limited           bool    // stopAll with "buffer": the limit holds
}

func (f *flow) sendHeaders(h *headerMap, end bool) {
	f.headers, f.ended = h, end
	status := f.s.filterHeaders(f, end)
	if f.dead() {
		return
	}
	switch status {
	case headersContinue:
		if !f.passed {
			f.passed = true
			f.s.passHeaders(f, end)
		}
	case headersStop:
		f.iter = stopped
	default:
		f.iter, f.limited = stopAll, status == headersStopAllBuf
	}
}

func (f *flow) sendData(data []byte, end bool) {
	f.ended = end
	if f.iter == stopAll {
		f.hold(data, f.limited)
		return
	}
	f.filterData(data, end)
}

func (f *flow) sendTrailers(h *headerMap) {
	f.ended, f.trailers = true, h
	if f.iter != stopAll {
		f.filterTrailers()
	}
}

func (f *flow) filterData(data []byte, end bool) {
	if f.buffering {
		f.hold(data, false) // the limit is looked at after the callback
		data = nil
	}
	chunk := data
	f.chunk = &chunk
	status := f.s.filterBody(f, end)
	if status == dataContinue {
		f.chunk = nil
	}
	if f.dead() {
		return
	}
	f.buffering = false
	switch status {
	case dataContinue:
		if f.iter == stopped {
			f.hold(chunk, false)
			f.resume()
			return
		}
		if f.holds { // resumed within the callback, or held in "buffer" before
			chunk = append(f.held, chunk...)
			f.held, f.holds = nil, false
		}
		f.s.passData(f, chunk, end)
	case dataBuffer:
		f.iter, f.buffering = stopped, true
		f.hold(chunk, true)
	case dataWater:
		f.iter = stopped
		f.hold(chunk, false)
	default:
		f.iter = stopped // the chunk is lost
	}
}

func (f *flow) hold(data []byte, limited bool) {
	f.held, f.holds = append(f.held, data...), true
	if limited && len(f.held) > f.s.vm.host.opt.BufferLimit && !f.response {
		f.s.localReply(413, "Payload Too Large", nil, -1, "request_payload_too_large")
	}
}

func (f *flow) filterTrailers() {
	f.seen = true
	status := f.s.filterTrailers(f)
	if f.dead() {
		return
	}
	if status != trailersContinue {
		f.iter = stopped
		return
	}
	if f.iter == stopped {
		f.resume()
		return
	}
	f.s.passTrailers(f)
}

// resume is continueDecoding or continueEncoding.
func (f *flow) resume() {
	if f.dead() {
		f.s.vm.note("resume of a stream that is over")
		return
	}
	all := f.iter == stopAll
	if f.iter == going {
		f.s.vm.note("resume of what was not (yet) paused")
	}
	f.iter = going
	if !f.passed {
		f.passed = true
		f.s.passHeaders(f, f.ended && !f.holds && f.trailers == nil)
	}
	if f.holds && !f.dead() {
		data, end := f.held, f.ended && f.trailers == nil
		f.held, f.holds = nil, false
		if all {
			f.filterData(data, end)
		} else {
			f.buffering = false
			f.s.passData(f, data, end)
		}
	}
	if f.trailers != nil && !f.dead() {
		if all && !f.seen {
			f.filterTrailers()
		} else {
			f.s.passTrailers(f)
		}
	}
}

func (f *flow) dead() bool {
	return f.s.over || !f.response && f.s.replied
}
