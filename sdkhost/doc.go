// Package sdkhost runs a proxy-wasm HTTP filter that is written against the contexts of
// github.com/tetratelabs/proxy-wasm-go-sdk (types.VMContext, types.PluginContext, types.HttpContext).
//
// Built by upstream Go for GOOS=wasip1 (-buildmode=c-shared) it is the binding to the host, ABI 0.2.1: real imports, and
// exports that dispatch to the contexts. Built natively the same functions forward to the SDK's own, so that the SDK's
// proxytest emulator can drive the filter under go test; what this page promises beyond the SDK holds in the guest only.
//
// A filter registers itself in init, since main does not run in a reactor module:
//
//	func init() { sdkhost.SetVMContext(&vm{}); sdkhost.OnPanic(panicked) }
//
// # What the host can give
//
// Nothing that the host passes makes the guest panic or trap: unknown contexts and callouts, contexts created twice or
// called after their deletion, malformed header maps, allocations of no or of absurd size. A callback for an unknown or
// ended stream pauses it and answers it with 500.
//
// No string or slice that a function returns is the host's: the allocator lends memory of the guest for the length of
// one host call, and what the host put there is copied out, or, if large, handed over for good. Lines are memory of the
// filter's own choice: what is read into them is good until they are read into again.
//
// # Streams
//
// HttpContext.OnHttpStreamDone is called exactly once, at the first of proxy_on_done, proxy_on_log and proxy_on_delete,
// unless the filter has dismissed the stream before.
// The stream has ended then: no other callback of it runs any more. A context's id and everything kept for it are
// forgotten at proxy_on_delete. A plugin context that the host creates again, as Envoy does when it is given a
// configuration that is in force already, stays the one it was.
//
// The callbacks of the response, proxy_on_log and proxy_on_done are exported under the build tag sdkhost_responses only:
// the host calls whatever it finds, and each call costs every request. Without the tag OnHttpStreamDone and OnPluginDone
// are called when the context is deleted, and what OnPluginDone returns is not heard.
//
// # Callouts
//
// Callouts belong to the plugin and outlive the stream that made them. The callback given to DispatchHttpCall is called
// exactly once, unless the dispatch returned an error: when the reply comes, even if the stream has ended by then (its
// OnHttpStreamDone has run before), or with no headers when the plugin context is deleted. While it runs, the effective
// context is the stream if that is alive, otherwise the plugin. A reply for an unknown token is dropped.
//
// # Panics
//
// Every export recovers. See OnPanic.
package sdkhost
