package sdkhost

import (
	"runtime"
	"strconv"
	"strings"
)

// panicHook is what OnPanic was given.
var panicHook func(contextID uint32, where string) (handled bool)

// OnPanic registers what is called when a callback has panicked and was recovered: with the context that the callback
// belongs to, and the name of the export ("proxy_on_request_headers" …). For proxy_on_http_call_response that is the
// context which made the call; the effective context is set to it while it is alive.
//
// The result says that the filter has dealt with it:
//
//   - In a callback of a stream, true leaves the answer to the filter; otherwise the stream is answered with 500, or
//     reset if that cannot be done. Whatever the result, the callback returns Pause, never Continue, and the other
//     streams go on.
//   - In proxy_on_configure and proxy_on_vm_start, which are asked about, too, if there is no such context, the result
//     is what the export returns. Beware that false, in a worker's VM, makes Envoy let every request through.
//   - Elsewhere it means nothing.
//
// A hook that panics has not dealt with it. Natively the SDK dispatches, without recovering, and the hook is not called.
func OnPanic(hook func(contextID uint32, where string) (handled bool)) { panicHook = hook }

// describePanic says what a recovered panic was, for the log: of a runtime error also its text. Other values are left
// out, since they may hold anything.
func describePanic(v any) string {
	text := "panic"
	if err, ok := v.(runtime.Error); ok {
		text += ": " + err.Error()
	}
	var callers [32]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])])
	for {
		frame, more := frames.Next()
		if frame.Function != "" && !strings.HasPrefix(frame.Function, "runtime.") {
			return text + " at " + frame.Function + ":" + strconv.Itoa(frame.Line)
		}
		if !more {
			return text
		}
	}
}
