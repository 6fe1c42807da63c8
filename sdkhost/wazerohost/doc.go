//go:build !wasip1

// Package wazerohost runs a compiled Proxy-Wasm filter (ABI 0.2.1) on wazero, without Envoy,
// and behaves towards it as Envoy 1.40 does, the awkward parts included.
//
// A [Host] is one compiled module. A [VM] is one worker's instance of it, with its own virtual clock, its own callouts
// in flight and its own contexts; a VM and everything made from it belong to one goroutine at a time, different VMs may
// run at once. A [Plugin] is one plugin context (one configuration) in a VM; a [Stream] is one request through it.
//
//	host, err := wazerohost.New(ctx, wasm, wazerohost.Options{
//		RouteHeader: "x-oathgate-route",
//		Backends: map[string]wazerohost.Backend{
//			"introspection": func(c *wazerohost.Callout) wazerohost.Reply {
//				return wazerohost.Reply{Status: 200, Body: []byte(`{"active":true}`), Delay: 20 * time.Millisecond}
//			},
//		},
//	})
//	defer host.Close()
//	vm, err := host.NewVM()
//	plugin, ok := vm.Configure(config)
//	s := plugin.Request(wazerohost.Headers{{":method", "GET"}, {":path", "/"}, {":authority", "a"}, {":scheme", "http"}})
//	// s.Outcome() == wazerohost.Paused: the callout is under way
//	vm.Advance(20 * time.Millisecond)
//	// s.Outcome() is Continued (s.Upstream() is what the upstream got) or Replied (s.Response() is what the client got)
//
// # What follows Envoy
//
// The guest in testdata was driven through Envoy 1.40.0 as well, and what it saw there compared.
// Sources: proxy-wasm-cpp-host (src/exports.cc, src/context.cc, src/wasm.cc, include/proxy-wasm/wasm.h, src/pairs_util.cc)
// and Envoy (source/extensions/common/wasm/context.cc, wasm.cc, foreign.cc, source/common/http/filter_manager.cc).
//
//   - get_header_map_value gives the first of several values; a map of more than 1024 pairs or 1 MiB that the guest
//     hands over is read as an *empty* map, without an error.
//   - A header that Envoy keeps only once (":path", "authorization", "accept", "content-type" …; not "cookie") comes in with its lines
//     joined by commas, and add_header_map_value appends to it after a comma; in request headers "host" is another name of ":authority".
//   - http_call: an unknown cluster or a missing :method, :path or :authority is BadArgument, no healthy host is
//     InternalFailure, both at once and without a callback. A refused connection is a response with 503, a timeout a
//     response with 504, neither with x-envoy-upstream-service-time; so is a connection that ends before the response's headers (503). One
//     that ends after them is a callback with no headers.
//     A timeout of 0 never comes. Callouts belong to the plugin context and outlive the stream; they are cancelled,
//     without a callback, when the plugin context goes.
//   - continue_stream and send_local_response act after the guest's call has returned. After continue_stream the
//     request maps are gone: writes and single reads fail with BadArgument, get_header_map_pairs gives an empty map.
//   - A send_local_response stops the callback that is running, whatever that callback returns and whichever stream it
//     was meant for. One local reply a stream; it runs the response callbacks.
//   - In _initialize and in the allocator only the imports that Envoy allows there may be called: others trap.
//   - proc_exit returns. A trap ends the VM: the running stream gets 503, the paused ones wait for the stream idle
//     timeout, and new ones get 503 until FAIL_RELOAD makes a new VM, at the first request that comes at least one
//     second (virtual) after the last load.
//   - on_configure (or on_vm_start) returning false leaves no filter: requests pass, unfiltered.
//   - Configuring the bytes that a live plugin context already has gives that context again. A plugin context is done
//     and deleted when its configuration was closed and its last stream is gone.
//
// # What differs
//
// The filter is the only filter; the route is the value of Options.RouteHeader; there is no network and nothing to
// wait for but the virtual clock. gRPC callouts, shared queues, DNS, CEL expressions and stats updates are not there
// (their imports link and fail). A held body is kept whole where Envoy would stop reading from the client.
// Properties are the subset in properties.go.
package wazerohost
