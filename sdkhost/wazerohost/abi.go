//go:build !wasip1

package wazerohost

import (
	"context"
	"errors"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
)

// WasmResult of the ABI: what a proxy_* import returns.
const (
	StatusOK                   uint32 = 0
	StatusNotFound             uint32 = 1
	StatusBadArgument          uint32 = 2
	StatusSerializationFailure uint32 = 3
	StatusParseFailure         uint32 = 4
	StatusBadExpression        uint32 = 5
	StatusInvalidMemoryAccess  uint32 = 6
	StatusEmpty                uint32 = 7
	StatusCasMismatch          uint32 = 8
	StatusResultMismatch       uint32 = 9
	StatusInternalFailure      uint32 = 10
	StatusBrokenConnection     uint32 = 11
	StatusUnimplemented        uint32 = 12
)

// The guest's exports that the host calls.
const (
	onVMStart = iota
	onConfigure
	onTick
	onContextCreate
	onRequestHeaders
	onRequestBody
	onRequestTrailers
	onResponseHeaders
	onResponseBody
	onResponseTrailers
	onHTTPCallResponse
	onDone
	onLog
	onDelete
	exportCount
)

var guestExports = [exportCount]struct {
	name   string
	params int
	result bool
}{
	onVMStart:          {"proxy_on_vm_start", 2, true},
	onConfigure:        {"proxy_on_configure", 2, true},
	onTick:             {"proxy_on_tick", 1, false},
	onContextCreate:    {"proxy_on_context_create", 2, false},
	onRequestHeaders:   {"proxy_on_request_headers", 3, true},
	onRequestBody:      {"proxy_on_request_body", 3, true},
	onRequestTrailers:  {"proxy_on_request_trailers", 2, true},
	onResponseHeaders:  {"proxy_on_response_headers", 3, true},
	onResponseBody:     {"proxy_on_response_body", 3, true},
	onResponseTrailers: {"proxy_on_response_trailers", 2, true},
	onHTTPCallResponse: {"proxy_on_http_call_response", 5, false},
	onDone:             {"proxy_on_done", 1, true},
	onLog:              {"proxy_on_log", 1, false},
	onDelete:           {"proxy_on_delete", 1, false},
}

type allowed uint8

// Where an import may be called besides callbacks.
const (
	inCallbacks  allowed = 0
	inInitialize allowed = 1
	inAllocator  allowed = 2
)

const (
	i32 = api.ValueTypeI32
	i64 = api.ValueTypeI64
)

// hostImport is one function that the guest may import; void says that it has no result.
type hostImport struct {
	name   string
	params []api.ValueType
	allow  allowed
	call   func(in *instance, args []uint64) uint32
	void   bool
}

func (i *hostImport) results() int {
	if i.void {
		return 0
	}
	return 1
}

func words(n int) []api.ValueType {
	types := make([]api.ValueType, n)
	for i := range types {
		types[i] = i32
	}
	return types
}

func importByName(module, name string) *hostImport {
	list := proxyImports
	switch module {
	case "env":
	case "wasi_snapshot_preview1", "wasi_unstable":
		list = wasiImports
	default:
		return nil
	}
	for i := range list {
		if list[i].name == name {
			return &list[i]
		}
	}
	return nil
}

// guestContext carries the instance into host calls without a map lookup.
type guestContext struct {
	context.Context
	in *instance
}

var errRestricted = errors.New("restricted_callback")

func exportImports(ctx context.Context, r wazero.Runtime) error {
	for module, list := range map[string][]hostImport{
		"env": proxyImports, "wasi_snapshot_preview1": wasiImports, "wasi_unstable": wasiImports,
	} {
		b := r.NewHostModuleBuilder(module)
		for i := range list {
			f := &list[i]
			var results []api.ValueType
			if !f.void {
				results = words(1)
			}
			b.NewFunctionBuilder().WithGoModuleFunction(trampoline(f, i, module == "env"), f.params, results).Export(f.name)
		}
		if _, err := b.Instantiate(ctx); err != nil {
			return err
		}
	}
	return nil
}

func trampoline(f *hostImport, index int, proxy bool) api.GoModuleFunc {
	n := len(f.params)
	return func(ctx context.Context, _ api.Module, stack []uint64) {
		in := ctx.(*guestContext).in
		if in.restricted&^f.allow != 0 {
			in.vm.note("restricted call of " + f.name)
			panic(errRestricted)
		}
		if !proxy {
			status := f.call(in, stack)
			if !f.void {
				stack[0] = uint64(status)
			}
			return
		}
		vm := in.vm
		call := vm.calls
		vm.calls++
		vm.callsOf[index]++
		if vm.Inject != nil {
			if status, inject := vm.Inject(call, f.name, stack[:n]); inject {
				stack[0] = uint64(status)
				return
			}
		}
		stack[0] = uint64(f.call(in, stack))
	}
}

// proxyImports is filled by init, not by its declaration: the functions lead back to it.
var proxyImports []hostImport

func init() {
	proxyImports = []hostImport{
		{name: "proxy_log", params: words(3), allow: inInitialize | inAllocator, call: callLog},
		{name: "proxy_get_log_level", params: words(1), call: callGetLogLevel},
		{name: "proxy_get_status", params: words(3), call: callGetStatus},
		{name: "proxy_set_property", params: words(4), call: callSetProperty},
		{name: "proxy_get_property", params: words(4), call: callGetProperty},
		{name: "proxy_send_local_response", params: words(8), call: callSendLocalResponse},
		{name: "proxy_get_shared_data", params: words(5), call: callGetSharedData},
		{name: "proxy_set_shared_data", params: words(5), call: callSetSharedData},
		{name: "proxy_register_shared_queue", params: words(3), call: unimplemented},
		{name: "proxy_resolve_shared_queue", params: words(5), call: unimplemented},
		{name: "proxy_dequeue_shared_queue", params: words(3), call: unimplemented},
		{name: "proxy_enqueue_shared_queue", params: words(3), call: unimplemented},
		{name: "proxy_get_header_map_value", params: words(5), call: callGetHeader},
		{name: "proxy_add_header_map_value", params: words(5), call: callAddHeader},
		{name: "proxy_replace_header_map_value", params: words(5), call: callReplaceHeader},
		{name: "proxy_remove_header_map_value", params: words(3), call: callRemoveHeader},
		{name: "proxy_get_header_map_pairs", params: words(3), call: callGetPairs},
		{name: "proxy_set_header_map_pairs", params: words(3), call: callSetPairs},
		{name: "proxy_get_header_map_size", params: words(2), call: callGetMapSize},
		{name: "proxy_get_buffer_status", params: words(3), call: callGetBufferStatus},
		{name: "proxy_get_buffer_bytes", params: words(5), call: callGetBuffer},
		{name: "proxy_set_buffer_bytes", params: words(5), call: callSetBuffer},
		{name: "proxy_http_call", params: words(10), call: callHTTPCall},
		{name: "proxy_grpc_call", params: words(12), call: unimplemented},
		{name: "proxy_grpc_stream", params: words(9), call: unimplemented},
		{name: "proxy_grpc_close", params: words(1), call: unimplemented},
		{name: "proxy_grpc_cancel", params: words(1), call: unimplemented},
		{name: "proxy_grpc_send", params: words(4), call: unimplemented},
		{name: "proxy_set_tick_period_milliseconds", params: words(1), call: callSetTick},
		{name: "proxy_get_current_time_nanoseconds", params: words(1), call: callGetTime},
		{name: "proxy_define_metric", params: words(4), call: callDefineMetric},
		{name: "proxy_increment_metric", params: []api.ValueType{i32, i64}, call: callIncrementMetric},
		{name: "proxy_record_metric", params: []api.ValueType{i32, i64}, call: callRecordMetric},
		{name: "proxy_get_metric", params: words(2), call: callGetMetric},
		{name: "proxy_set_effective_context", params: words(1), call: callSetEffectiveContext},
		{name: "proxy_done", params: nil, call: callDone},
		{name: "proxy_call_foreign_function", params: words(6), call: callForeign},
		{name: "proxy_continue_stream", params: words(1), call: callContinueStream},
		{name: "proxy_close_stream", params: words(1), call: callCloseStream},
	}
}

func unimplemented(*instance, []uint64) uint32 { return StatusUnimplemented }
