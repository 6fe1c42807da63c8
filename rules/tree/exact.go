package tree

import "encoding/binary"

// AppendExact appends what stands for the value and for no other: equal ones are read alike. It is not JSON.
func (n *Node) AppendExact(b []byte) []byte {
	if n == nil {
		return append(b, byte(Null))
	}
	b = append(b, byte(n.Kind))
	switch n.Kind {
	case Bool:
		if n.Bool {
			return append(b, 1)
		}
		return append(b, 0)
	case Number, String:
		return appendText(b, n.Text)
	case Array, Object:
		b = binary.AppendUvarint(b, uint64(len(n.Items)))
		for i, item := range n.Items {
			if n.Kind == Object {
				b = appendText(b, n.Keys[i])
			}
			b = item.AppendExact(b)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
