package source

import (
	"slices"

	"oathgate/rules/tree"
)

// merge lays one configuration over another as koanf does (knadh/koanf/maps, Merge): objects are merged member by
// member, everything else is replaced. Unlike tree.Merge it keeps every mistake of the lower one worth telling.
func merge(under, over *tree.Node) *tree.Node {
	if under == nil || under.Kind != tree.Object || over.Kind != tree.Object {
		return over
	}
	m := *under
	m.Keys, m.Items = slices.Clone(under.Keys), slices.Clone(under.Items)
	for i, key := range over.Keys {
		if at := slices.Index(m.Keys, key); at >= 0 {
			m.Items[at] = merge(m.Items[at], over.Items[i])
		} else {
			m.Keys, m.Items = append(m.Keys, key), append(m.Items, over.Items[i])
		}
	}
	return &m
}

// without is a copy of an object without some members; of nothing, an object without members.
func without(n *tree.Node, keys ...string) *tree.Node {
	out := &tree.Node{Kind: tree.Object}
	if n == nil {
		return out
	}
	out.Line, out.Column = n.Line, n.Column
	for i, key := range n.Keys {
		if !slices.Contains(keys, key) {
			out.Keys, out.Items = append(out.Keys, key), append(out.Items, n.Items[i])
		}
	}
	return out
}
