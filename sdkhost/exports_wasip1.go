//lint:file-ignore U1000 staticcheck does not know that go:wasmexport is a use.

package sdkhost

import (
	"runtime"
	"unsafe"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// frame is what belongs to one call of the host. Envoy's calls do not nest but for the allocator; should another
// host's do, each has its own.
type frame struct {
	active   uint32
	loan     loan
	reserved bool
}

// depth is how many calls of the host are running.
var depth int

// begin is called at the start of every export but the allocator.
func begin() (f frame) {
	depth++
	if depth > 1 {
		f.active = guest.active
		f.loan, f.reserved = lent.nest()
		outbox = nil
	}
	return f
}

// finish is called last in every export that begin was called in.
func finish(f frame) {
	guest.active = f.active
	lent.unnest(f.loan, f.reserved)
	depth--
}

// yield is called after finish, at the end of the exports that a filter's work ends in. With callbacks back to back
// Go's collector never comes to run unless they yield. A yield costs about a microsecond in Envoy's V8, so the exports
// that come once for a stream and are followed by another one do without, and proxy_on_delete, which comes for every
// stream, yields when there is something to collect.
func yield() {
	if depth == 0 {
		runtime.Gosched()
	}
}

const (
	// yieldAfter is how much may end without a yield: 32 streams that were dismissed and left little behind, or 2 others.
	yieldAfter   = 32
	dismissedDue = 1
	deletedDue   = 16
	// yieldBytes is how many bytes the host may hand over without one: what is made of a request grows with it.
	yieldBytes = 32 << 10
)

// due is what has ended since the last yield for it, handed the bytes that came from the host.
var due, handed uint32

//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion() {}

// proxyOnMemoryAllocate is called during host calls. It makes no host call and does not yield.
//
//go:wasmexport proxy_on_memory_allocate
func proxyOnMemoryAllocate(size uint32) unsafe.Pointer {
	handed += min(size, yieldBytes)
	return unsafe.Pointer(lent.lend(size))
}

//go:wasmexport proxy_on_context_create
func proxyOnContextCreate(contextID, parentID uint32) {
	f := begin()
	guest.create(contextID, parentID)
	finish(f)
}

//go:wasmexport proxy_on_vm_start
func proxyOnVMStart(contextID, size uint32) uint32 {
	f := begin()
	ok := guest.start(contextID, size)
	finish(f)
	yield()
	return word(ok)
}

//go:wasmexport proxy_on_configure
func proxyOnConfigure(contextID, size uint32) uint32 {
	f := begin()
	ok := guest.configure(contextID, size)
	finish(f)
	yield()
	return word(ok)
}

//go:wasmexport proxy_on_tick
func proxyOnTick(contextID uint32) {
	f := begin()
	guest.tick(contextID)
	finish(f)
	yield()
}

//go:wasmexport proxy_on_queue_ready
func proxyOnQueueReady(contextID, queueID uint32) {
	f := begin()
	guest.queueReady(contextID, queueID)
	finish(f)
	yield()
}

//go:wasmexport proxy_on_http_call_response
func proxyOnHTTPCallResponse(contextID, token, numHeaders, bodySize, numTrailers uint32) {
	f := begin()
	guest.reply(contextID, token, numHeaders, bodySize, numTrailers)
	finish(f)
	yield()
}

//go:wasmexport proxy_on_request_headers
func proxyOnRequestHeaders(contextID, numHeaders, endOfStream uint32) uint32 {
	return onStream(contextID, onRequestHeaders, numHeaders, endOfStream)
}

//go:wasmexport proxy_on_request_body
func proxyOnRequestBody(contextID, bodySize, endOfStream uint32) uint32 {
	action := onStream(contextID, onRequestBody, bodySize, endOfStream)
	yield()
	return action
}

//go:wasmexport proxy_on_request_trailers
func proxyOnRequestTrailers(contextID, numTrailers uint32) uint32 {
	return onStream(contextID, onRequestTrailers, numTrailers, 1)
}

//go:wasmexport proxy_on_delete
func proxyOnDelete(contextID uint32) {
	f := begin()
	if guest.delete(contextID) {
		due += deletedDue
	} else {
		due += dismissedDue
	}
	finish(f)
	if due >= yieldAfter || handed >= yieldBytes {
		due, handed = 0, 0
		yield()
	}
}

func onStream(contextID uint32, at export, size, endOfStream uint32) uint32 {
	f := begin()
	action := guest.stream(contextID, at, size, endOfStream != 0)
	finish(f)
	switch action {
	case types.ActionContinue, ActionHold:
		return uint32(action)
	default:
		return uint32(types.ActionPause)
	}
}

func word(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}
