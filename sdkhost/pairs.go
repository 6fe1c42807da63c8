package sdkhost

import "github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"

// What a host reads of a header map. Envoy takes a larger one for an empty map, without an error
// (proxy-wasm-cpp-host, include/proxy-wasm/limits.h, src/pairs_util.cc), so that appendPairs refuses it.
const (
	maxPairs      = 1024
	maxPairsBytes = 1 << 20
)

// A header map is: the number of pairs; for each pair the sizes of its name and of its value; for each pair its name,
// NUL, its value, NUL. Numbers have 32 bits, the low byte first.
const (
	countSize = 4
	sizesSize = 8
)

// appendPairs encodes a header map at the end of dst. A map that a host would not read is types.ErrorStatusBadArgument.
func appendPairs(dst []byte, pairs [][2]string) ([]byte, error) {
	if len(pairs) > maxPairs {
		return dst, types.ErrorStatusBadArgument
	}
	size := countSize
	for i := range pairs {
		size += sizesSize + len(pairs[i][0]) + 1 + len(pairs[i][1]) + 1
		if size > maxPairsBytes {
			return dst, types.ErrorStatusBadArgument
		}
	}
	dst = appendUint32(dst, uint32(len(pairs)))
	for i := range pairs {
		dst = appendUint32(dst, uint32(len(pairs[i][0])))
		dst = appendUint32(dst, uint32(len(pairs[i][1])))
	}
	for i := range pairs {
		dst = append(dst, pairs[i][0]...)
		dst = append(dst, 0)
		dst = append(dst, pairs[i][1]...)
		dst = append(dst, 0)
	}
	return dst, nil
}

// decodePairs reads a header map. The strings are pieces of one copy of data. Anything but
// exactly one well-formed map is ErrMalformed.
func decodePairs(data []byte) ([][2]string, error) {
	sizes, text, err := cutPairs(data)
	if err != nil {
		return nil, err
	}
	return splitPairs(nil, sizes, string(text))
}

// cutPairs gives the sizes of a header map's pairs, and their text.
func cutPairs(data []byte) (sizes, text []byte, err error) {
	if len(data) < countSize {
		return nil, nil, ErrMalformed
	}
	count := uint64(readUint32(data))
	// Also bounds what is allocated: a pair takes at least its sizes and two NULs.
	if count > uint64(len(data)-countSize)/(sizesSize+2) {
		return nil, nil, ErrMalformed
	}
	end := countSize + count*sizesSize
	return data[countSize:end], data[end:], nil
}

// splitPairs adds to dst the pairs that text is to be split into.
func splitPairs(dst [][2]string, sizes []byte, text string) ([][2]string, error) {
	if need := len(dst) + len(sizes)/sizesSize; need > cap(dst) {
		dst = append(make([][2]string, 0, need), dst...)
	}
	for ; len(sizes) > 0; sizes = sizes[sizesSize:] {
		name, value := uint64(readUint32(sizes)), uint64(readUint32(sizes[4:]))
		end := name + 1 + value
		if end >= uint64(len(text)) || text[name] != 0 || text[end] != 0 {
			return nil, ErrMalformed
		}
		dst = append(dst, [2]string{text[:name], text[name+1 : end]})
		text = text[end+1:]
	}
	if text != "" {
		return nil, ErrMalformed
	}
	return dst, nil
}

// encoding/binary would bring reflect with it.

func appendUint32(b []byte, v uint32) []byte {
	return append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
}

func readUint32(b []byte) uint32 {
	_ = b[3]
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
