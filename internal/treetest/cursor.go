// Package treetest is what tests share that look into configurations and what is made of them.
package treetest

import (
	"testing"

	"oathgate/rules/tree"
)

// Config is a handler's configuration, given as JSON text, "" for none, and where
// its mistakes go.
func Config(t testing.TB, json string) (tree.Cursor, *tree.Problems) {
	t.Helper()
	var node *tree.Node
	if json != "" {
		var err error
		if node, err = tree.ParseJSON([]byte(json), tree.Limits{}); err != nil {
			t.Fatalf("%s: %v", json, err)
		}
	}
	found := new(tree.Problems)
	return tree.NewCursor(node, "config", found), found
}
