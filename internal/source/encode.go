package source

import (
	"bytes"
	"encoding/json"
	"strconv"

	"oathgate/rules/tree"
)

// encode writes a tree as JSON text, members in their order.
func encode(n *tree.Node) []byte {
	var b bytes.Buffer
	write(&b, n)
	return b.Bytes()
}

func write(b *bytes.Buffer, n *tree.Node) {
	switch n.Kind {
	case tree.Null:
		b.WriteString("null")
	case tree.Bool:
		b.WriteString(strconv.FormatBool(n.Bool))
	case tree.Number:
		if n.Text != "" {
			b.WriteString(n.Text)
		} else {
			quote(b, n.Number)
		}
	case tree.String:
		quote(b, n.Text)
	case tree.Array:
		b.WriteByte('[')
		for i, item := range n.Items {
			comma(b, i)
			write(b, item)
		}
		b.WriteByte(']')
	case tree.Object:
		b.WriteByte('{')
		for i, key := range n.Keys {
			comma(b, i)
			quote(b, key)
			b.WriteByte(':')
			write(b, n.Items[i])
		}
		b.WriteByte('}')
	}
}

func comma(b *bytes.Buffer, i int) {
	if i > 0 {
		b.WriteByte(',')
	}
}

// quote writes a string or a finite number: patterns keep their < and >.
func quote(b *bytes.Buffer, v any) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v)
	b.Truncate(b.Len() - 1) // the encoder's newline
}
