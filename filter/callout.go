package main

import (
	"errors"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

	"oathgate/rules/decision"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/sdkhost"
)

// Limits of what one worker has in flight (DESIGN §5).
const (
	maxInFlight      = 2048
	maxInFlightBytes = 16 << 20
)

// inFlight counts callouts that are under way, also those whose request is gone:
// Envoy goes on with them.
type inFlight struct {
	calls int
	bytes int
}

// noFault says that a callout was sent and its result will come.
const noFault = callout.None

func failed(f callout.Fault) callout.Result { return callout.Result{Fault: f} }

// dispatch sends a call of the stream's. Any fault but noFault says that it was not
// sent.
func (s *stream) dispatch(seq uint32, index int, call *callout.Request) callout.Fault {
	return s.vm.dispatch(call, func(numHeaders, bodySize int) { s.replied(seq, index, numHeaders, bodySize) })
}

// send makes a call that outlives the request it is made for (pipeline.Exchange).
func (v *vm) send(call callout.Request, done func(callout.Result)) {
	fault := v.dispatch(&call, func(numHeaders, bodySize int) {
		result := readReply(numHeaders, bodySize)
		if result.Fault != callout.None {
			v.metrics.calloutFault(result.Fault)
		}
		done(result)
		v.collect()
		v.settle()
	})
	if fault != noFault {
		done(failed(fault))
	}
}

// dispatch sends a call in the context of what is being worked on. replied is told
// of the answer, unless the plugin goes before it comes.
func (v *vm) dispatch(call *callout.Request, replied func(numHeaders, bodySize int)) callout.Fault {
	f := &v.flight
	if f.calls >= maxInFlight || f.bytes+len(call.Body) > maxInFlightBytes {
		v.metrics.calloutFault(callout.Overload)
		return callout.Overload
	}
	// At least 1: to Envoy 0 is no timeout at all.
	millis := max(1, uint32(call.Timeout/time.Millisecond))
	size := len(call.Body)
	_, err := sdkhost.DispatchHttpCall(call.Endpoint.Cluster, calloutHeaders(call), call.Body, nil, millis,
		func(numHeaders, bodySize, _ int) {
			v.time = time.Time{}
			f.calls--
			f.bytes -= size
			replied(numHeaders, bodySize)
		})
	if err != nil {
		fault := dispatchFault(err)
		v.metrics.calloutFault(fault)
		return fault
	}
	f.calls++
	f.bytes += size
	return noFault
}

// dispatchFault reads what Envoy says of a callout it does not make.
func dispatchFault(err error) callout.Fault {
	switch {
	case errors.Is(err, types.ErrorStatusBadArgument):
		return callout.NoCluster
	case errors.Is(err, types.ErrorInternalFailure):
		return callout.NoHost
	}
	return callout.Refused
}

func calloutHeaders(call *callout.Request) [][2]string {
	headers := make([][2]string, 0, len(call.Headers)+4)
	headers = append(headers,
		[2]string{":method", call.Method},
		[2]string{":scheme", call.Endpoint.Scheme},
		[2]string{":authority", call.Endpoint.Authority},
		[2]string{":path", call.Target})
	for _, h := range call.Headers {
		headers = append(headers, [2]string{h.Name, h.Value})
	}
	return headers
}

// replied takes the result of a call. The stream may be gone.
func (s *stream) replied(seq uint32, index, numHeaders, bodySize int) {
	if s.state == undecided && s.evaluation != nil {
		result := readReply(numHeaders, bodySize)
		if result.Fault != callout.None {
			s.vm.metrics.calloutFault(result.Fault)
		}
		s.resume(decision.Event{Seq: seq, Kind: decision.Reply, Call: index, Result: result})
	}
	s.vm.settle()
}

// readReply reads the response of the callout whose callback is running.
func readReply(numHeaders, bodySize int) callout.Result {
	if numHeaders <= 0 {
		return failed(callout.Reset)
	}
	if bodySize > callout.MaxBody {
		return failed(callout.TooLarge)
	}
	headers, err := sdkhost.GetHttpCallResponseHeaders()
	if err != nil {
		return failed(callout.Reset)
	}
	var response callout.Response
	byServer := false
	for _, h := range headers {
		switch h[0] {
		case ":status":
			response.Status = parseStatus(h[1])
		case "x-envoy-upstream-service-time":
			byServer = true
		default:
			response.Headers = append(response.Headers, request.Header{Name: h[0], Value: h[1]})
		}
	}
	switch {
	case response.Status == 0:
		return failed(callout.Reset)
	case byServer:
	// Envoy answers itself for a server that it cannot reach or understand.
	case response.Status == 502:
		return failed(callout.Reset)
	case response.Status == 503:
		return failed(callout.Connect)
	case response.Status == 504:
		return failed(callout.Timeout)
	}
	if bodySize > 0 {
		response.Body, err = sdkhost.GetHttpCallResponseBody(0, bodySize)
		if err != nil || len(response.Body) != bodySize {
			return failed(callout.Reset)
		}
	}
	return callout.Result{Fault: callout.None, Response: response}
}

// parseStatus reads the three digits of a status code, 0 if they are not.
func parseStatus(s string) int {
	if len(s) != 3 {
		return 0
	}
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	if n < 100 {
		return 0
	}
	return n
}
