//go:build !wasip1

package wazerohost

import "encoding/binary"

// The limits of proxy-wasm-cpp-host's include/proxy-wasm/limits.h on maps that come from the guest.
const (
	maxPairs      = 1024
	maxPairsBytes = 1 << 20
)

func pairsSize(h Headers) int {
	n := 4
	for i := range h {
		n += 8 + len(h[i][0]) + 1 + len(h[i][1]) + 1
	}
	return n
}

// putPairs writes h into b, which has pairsSize(h) bytes.
func putPairs(b []byte, h Headers) {
	le := binary.LittleEndian
	le.PutUint32(b, uint32(len(h)))
	at := 4
	for i := range h {
		le.PutUint32(b[at:], uint32(len(h[i][0])))
		le.PutUint32(b[at+4:], uint32(len(h[i][1])))
		at += 8
	}
	for i := range h {
		for _, s := range h[i] {
			at += copy(b[at:], s)
			b[at] = 0
			at++
		}
	}
}

// readPairs reads a serialized map. Whatever is malformed or over a limit reads as no pairs at all: so does Envoy.
func readPairs(b []byte) Headers {
	if len(b) < 4 || len(b) > maxPairsBytes {
		return nil
	}
	le := binary.LittleEndian
	n := int(le.Uint32(b))
	if n > maxPairs || 4+n*8 > len(b) {
		return nil
	}
	sizes, at := b[4:], 4+n*8
	h := make(Headers, n)
	for i := range h {
		for k := range 2 {
			size := uint64(le.Uint32(sizes[i*8+k*4:]))
			end := uint64(at) + size
			if end+1 > uint64(len(b)) || b[end] != 0 {
				return nil
			}
			h[i][k] = string(b[at:end])
			at = int(end) + 1
		}
	}
	if at != len(b) {
		return nil
	}
	return h
}
