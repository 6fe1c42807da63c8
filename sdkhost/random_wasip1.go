package sdkhost

import "unsafe"

//go:wasmimport wasi_snapshot_preview1 random_get
//go:noescape
func wasiRandomGet(buf unsafe.Pointer, size uint32) uint32

// Random fills p with random bytes fit for keys. It panics if the host has none: nobody could go on with others.
func Random(p []byte) {
	if len(p) > 0 && wasiRandomGet(unsafe.Pointer(&p[0]), uint32(len(p))) != 0 {
		panic("the host gives no random bytes")
	}
}
