//go:build !wasip1

package wazerohost

import "encoding/binary"

// parseProto reads a protobuf message into its length-delimited fields, the last of each number; other fields are skipped.
func parseProto(b []byte) (map[uint64][]byte, bool) {
	m := map[uint64][]byte{}
	for len(b) > 0 {
		tag, n := binary.Uvarint(b)
		if n <= 0 || tag>>3 == 0 {
			return nil, false
		}
		b = b[n:]
		switch tag & 7 {
		case 0:
			if _, n = binary.Uvarint(b); n <= 0 {
				return nil, false
			}
		case 1:
			n = 8
		case 5:
			n = 4
		case 2:
			size, k := binary.Uvarint(b)
			if k <= 0 || size > uint64(len(b)-k) {
				return nil, false
			}
			n = k + int(size)
			m[tag>>3] = b[k:n]
		default:
			return nil, false
		}
		if n > len(b) {
			return nil, false
		}
		b = b[n:]
	}
	return m, true
}

func appendProto(b []byte, field uint64, value []byte) []byte {
	b = binary.AppendUvarint(b, field<<3|2)
	b = binary.AppendUvarint(b, uint64(len(value)))
	return append(b, value...)
}
