package rules

import (
	"os"
	"testing"

	"oathgate/rules/tree"
)

// The configuration that ships in envoy.yaml is a good document.
func TestShippedEnvoyConfiguration(t *testing.T) {
	data, err := os.ReadFile("../envoy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root, err := tree.ParseYAML(data, tree.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	s, found := schema(t), 0
	var visit func(n *tree.Node)
	visit = func(n *tree.Node) {
		if n.Kind == tree.Object && n.Get("access_rules") != nil {
			found++
			if err := s.Validate(n.Any()); err != nil {
				t.Error(err)
			}
			_, problems := Decode(n, "envoy.yaml")
			for _, p := range problems {
				t.Error(p)
			}
			return
		}
		for _, item := range n.Items {
			visit(item)
		}
	}
	visit(root)
	if found == 0 {
		t.Error("envoy.yaml holds no plugin configuration")
	}
}
