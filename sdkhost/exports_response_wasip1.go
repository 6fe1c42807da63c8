//go:build sdkhost_responses

//lint:file-ignore U1000 staticcheck does not know that go:wasmexport is a use.

package sdkhost

// Every export that the host finds it calls, for every request. A filter that looks at requests alone is spared these
// by default; one that looks at responses, at the headers in OnHttpStreamDone, or delays the end of a plugin context in
// OnPluginDone, is built with the tag sdkhost_responses.

const hearsResponses = true

//go:wasmexport proxy_on_response_headers
func proxyOnResponseHeaders(contextID, numHeaders, endOfStream uint32) uint32 {
	return onStream(contextID, onResponseHeaders, numHeaders, endOfStream)
}

//go:wasmexport proxy_on_response_body
func proxyOnResponseBody(contextID, bodySize, endOfStream uint32) uint32 {
	return onStream(contextID, onResponseBody, bodySize, endOfStream)
}

//go:wasmexport proxy_on_response_trailers
func proxyOnResponseTrailers(contextID, numTrailers uint32) uint32 {
	return onStream(contextID, onResponseTrailers, numTrailers, 1)
}

//go:wasmexport proxy_on_log
func proxyOnLog(contextID uint32) {
	f := begin()
	guest.done(contextID, onLog)
	finish(f)
}

//go:wasmexport proxy_on_done
func proxyOnDone(contextID uint32) uint32 {
	f := begin()
	ok := guest.done(contextID, onDone)
	finish(f)
	return word(ok)
}
