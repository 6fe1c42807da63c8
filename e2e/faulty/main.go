//go:build wasip1

// Command faulty is a Wasm filter that allows everything, as Oathgate's filter allows a request, and goes wrong when it
// is told to: what then happens to requests is Envoy's and the interlock's doing.
//
// The plugin configuration "fails on workers" makes on_configure succeed in the first VM, on Envoy's main thread, and
// fail in every later one. The request header X-Fault: pause waits for a callout; X-Fault: trap ends the VM.
package main

import (
	"strings"
	"unsafe"
)

func main() {}

const (
	ok, refused              = 1, 0 // of on_vm_start and on_configure
	continueRequest, pause   = 0, 1
	requestHeaders           = 0 // a map type
	pluginConfiguration      = 7 // a buffer type
	statusOK, statusNotFound = 0, 1
)

//go:wasmimport env proxy_get_buffer_bytes
func getBufferBytes(kind, start, size int32, data *uint32, length *int32) int32

//go:wasmimport env proxy_get_header_map_value
func getHeader(kind int32, key unsafe.Pointer, keySize int32, value *uint32, valueSize *int32) int32

//go:wasmimport env proxy_replace_header_map_value
func replaceHeader(kind int32, key unsafe.Pointer, keySize int32, value unsafe.Pointer, valueSize int32) int32

//go:wasmimport env proxy_set_property
func setProperty(path unsafe.Pointer, pathSize int32, value unsafe.Pointer, valueSize int32) int32

//go:wasmimport env proxy_get_shared_data
func getSharedData(key unsafe.Pointer, keySize int32, value *uint32, valueSize, cas *int32) int32

//go:wasmimport env proxy_set_shared_data
func setSharedData(key unsafe.Pointer, keySize int32, value unsafe.Pointer, valueSize, cas int32) int32

//go:wasmimport env proxy_http_call
func dispatch(cluster unsafe.Pointer, clusterSize int32, headers unsafe.Pointer, headersSize int32, body unsafe.Pointer, bodySize int32, trailers unsafe.Pointer, trailersSize, timeout int32, token *int32) int32

// kept are the allocations that the host has a pointer to.
var kept [][]byte

//go:wasmexport proxy_on_memory_allocate
func allocate(size int32) unsafe.Pointer {
	b := make([]byte, max(size, 1))
	kept = append(kept, b)
	return unsafe.Pointer(&b[0])
}

//go:wasmexport proxy_abi_version_0_2_1
func abiVersion() {}

//go:wasmexport proxy_on_context_create
func onContextCreate(_, _ int32) {}

//go:wasmexport proxy_on_vm_start
func onVMStart(_, _ int32) int32 { return ok }

//go:wasmexport proxy_on_configure
func onConfigure(_, size int32) int32 {
	var data uint32
	var length int32
	if getBufferBytes(pluginConfiguration, 0, size, &data, &length) != statusOK || text(data, length) != "fails on workers" {
		return ok
	}
	const key = "faulty was here"
	var value uint32
	var cas int32
	if getSharedData(pointer(key), int32(len(key)), &value, &length, &cas) == statusNotFound {
		setSharedData(pointer(key), int32(len(key)), pointer(key), int32(len(key)), 0)
		return ok
	}
	return refused
}

//go:wasmexport proxy_on_request_headers
func onRequestHeaders(_, _, _ int32) int32 {
	fault := header("x-fault")
	switch fault {
	case "trap":
		panic("faulty: told to")
	case "pause":
		call()
		return pause
	}
	set("x-oathgate-cluster", "upstream")
	const path, allow = "oathgate.decision", "allow"
	setProperty(pointer(path), int32(len(path)), pointer(allow), int32(len(allow)))
	kept = nil
	return continueRequest
}

// call asks the identity server something that it never answers.
func call() {
	const cluster = "identity"
	headers := pairs(":method", "GET", ":path", "/faulty/pause", ":authority", "identity.test")
	none := pairs()
	var token int32
	dispatch(pointer(cluster), int32(len(cluster)), pointer(headers), int32(len(headers)), nil, 0, pointer(none), int32(len(none)), 60000, &token)
}

// pairs is a header map as hosts read it: their number, their sizes, then names and values each ended by a zero.
func pairs(namesAndValues ...string) string {
	var head, body strings.Builder
	number := func(n int) {
		head.Write([]byte{byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)})
	}
	number(len(namesAndValues) / 2)
	for _, s := range namesAndValues {
		number(len(s))
		body.WriteString(s + "\x00")
	}
	return head.String() + body.String()
}

func header(name string) string {
	var value uint32
	var size int32
	if getHeader(requestHeaders, pointer(name), int32(len(name)), &value, &size) != statusOK {
		return ""
	}
	return text(value, size)
}

func set(name, value string) {
	replaceHeader(requestHeaders, pointer(name), int32(len(name)), pointer(value), int32(len(value)))
}

func text(address uint32, size int32) string {
	if size == 0 {
		return ""
	}
	return strings.Clone(unsafe.String((*byte)(unsafe.Pointer(uintptr(address))), size))
}

func pointer(s string) unsafe.Pointer { return unsafe.Pointer(unsafe.StringData(s)) }
