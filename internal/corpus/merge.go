package corpus

import "slices"

// merge lays over on base as RFC 7396 has it: objects are merged, null takes a member away, everything else replaces.
// Neither argument is changed.
func merge(base, over map[string]any) map[string]any {
	out := make(map[string]any, len(base)+len(over))
	for k, v := range base {
		out[k] = copied(v)
	}
	for k, v := range over {
		switch o := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			b, _ := out[k].(map[string]any)
			out[k] = merge(b, o)
		default:
			out[k] = copied(v)
		}
	}
	return out
}

func copied(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return merge(v, nil)
	case []any:
		list := slices.Clone(v)
		for i := range list {
			list[i] = copied(list[i])
		}
		return list
	}
	return v
}
