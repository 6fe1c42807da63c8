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
// stream, yields at every second.
func yield() {
	if depth == 0 {
		runtime.Gosched()
	}
}

// deleted counts the calls of proxy_on_delete.
var deleted uint

//go:wasmexport proxy_abi_version_0_2_1
func proxyABIVersion() {}

// proxyOnMemoryAllocate is called during host calls. It makes no host call and does not yield.
//
//go:wasmexport proxy_on_memory_allocate
func proxyOnMemoryAllocate(size uint32) unsafe.Pointer { return unsafe.Pointer(lent.lend(size)) }

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
	guest.delete(contextID)
	finish(f)
	if deleted++; deleted%2 == 0 {
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
