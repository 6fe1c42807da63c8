package tree

import (
	"strconv"

	"github.com/tidwall/gjson"
)

// AppendJSON appends the value as JSON text, as encoding/json writes a
// json.RawMessage of it; no node is null.
func (n *Node) AppendJSON(b []byte) []byte {
	if n == nil {
		return append(b, "null"...)
	}
	switch n.Kind {
	case Bool:
		return strconv.AppendBool(b, n.Bool)
	case Number:
		if !gjson.Valid(n.Text) { // YAML has other spellings
			return strconv.AppendFloat(b, n.Number, 'g', -1, 64)
		}
		return append(b, n.Text...)
	case String:
		return gjson.AppendJSONString(b, n.Text)
	case Array:
		b = append(b, '[')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.AppendJSON(b)
		}
		return append(b, ']')
	case Object:
		b = append(b, '{')
		for i, item := range n.Items {
			if i > 0 {
				b = append(b, ',')
			}
			b = gjson.AppendJSONString(b, n.Keys[i])
			b = append(b, ':')
			b = item.AppendJSON(b)
		}
		return append(b, '}')
	}
	return append(b, "null"...)
}
