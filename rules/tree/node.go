package tree

// Kind says what a Node is. The zero Kind is Null.
type Kind uint8

// The kinds of JSON's data model.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
)

// String names the kind as messages to operators do: "a string".
func (k Kind) String() string {
	switch k {
	case Null:
		return "null"
	case Bool:
		return "a boolean"
	case Number:
		return "a number"
	case String:
		return "a string"
	case Array:
		return "a list"
	case Object:
		return "an object"
	}
	return "unknown"
}

// Node is one value. Nodes are read-only once parsed: trees share them.
type Node struct {
	// Text is a String's value, a Number's literal as written, and for a Bool
	// from YAML the word that was written ("yes").
	Text string
	// Items are an Array's elements or an Object's member values.
	Items []*Node
	// Keys are an Object's member names, parallel to Items: in document order,
	// from a Struct (which has no order) sorted.
	Keys []string
	// Number is a Number's value, always finite.
	Number float64
	// Line and Column are 1-based and zero where the source has no positions.
	// They say where the value starts; for a member of an object, where its
	// name starts. Columns count bytes in JSON and characters in YAML.
	Line, Column int
	Kind         Kind
	Bool         bool
	// Inherited marks nodes that Merge took from the global configuration.
	Inherited bool
}

// Get gives the member of that name, nil if there is none or n is no object.
func (n *Node) Get(key string) *Node {
	if i := n.find(key); i >= 0 {
		return n.Items[i]
	}
	return nil
}

// find gives the place of the member of that name, -1 if there is none or n is
// no object.
func (n *Node) find(key string) int {
	if n != nil && n.Kind == Object {
		for i, k := range n.Keys {
			if k == key {
				return i
			}
		}
	}
	return -1
}

// Any gives the value in encoding/json's data model: nil, bool, float64,
// string, []any, map[string]any.
func (n *Node) Any() any {
	if n == nil {
		return nil
	}
	switch n.Kind {
	case Bool:
		return n.Bool
	case Number:
		return n.Number
	case String:
		return n.Text
	case Array:
		list := make([]any, len(n.Items))
		for i, item := range n.Items {
			list[i] = item.Any()
		}
		return list
	case Object:
		m := make(map[string]any, len(n.Items))
		for i, item := range n.Items {
			m[n.Keys[i]] = item.Any()
		}
		return m
	}
	return nil
}

// duplicate gives the first name that stands twice in keys.
func duplicate(keys []string) (string, bool) {
	if len(keys) <= 12 {
		for i := 1; i < len(keys); i++ {
			for _, k := range keys[:i] {
				if k == keys[i] {
					return k, true
				}
			}
		}
		return "", false
	}
	seen := make(map[string]struct{}, len(keys))
	for _, k := range keys {
		if _, ok := seen[k]; ok {
			return k, true
		}
		seen[k] = struct{}{}
	}
	return "", false
}
