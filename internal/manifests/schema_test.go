package manifests

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

type tree = map[string]any

// A schema's file as kubeconform is to look for it.
const schemaName = "{{.Group}}_{{.ResourceKind}}_{{.ResourceAPIVersion}}.json"

func writeSchema(t *testing.T, dir, group, kind, version string, schema any) {
	t.Helper()
	text, err := json.Marshal(schema)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.NewReplacer("{{.Group}}", group, "{{.ResourceKind}}", strings.ToLower(kind), "{{.ResourceAPIVersion}}", version).Replace(schemaName)
	if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// fromCRDs writes the schemas of a file of CustomResourceDefinitions.
func fromCRDs(t *testing.T, file, dir string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for part := range strings.SplitSeq("\n"+string(text), "\n---\n") {
		var crd struct {
			Spec struct {
				Group    string
				Names    struct{ Kind string }
				Versions []struct {
					Name   string
					Schema struct{ OpenAPIV3Schema tree }
				}
			}
		}
		if err := yaml.Unmarshal([]byte(part), &crd); err != nil {
			t.Fatal(err)
		}
		for _, v := range crd.Spec.Versions {
			schema := v.Schema.OpenAPIV3Schema
			properties := schema["properties"].(tree)
			// Kubernetes adds these itself.
			maps.Copy(properties, tree{"apiVersion": tree{"type": "string"}, "kind": tree{"type": "string"}, "metadata": tree{"type": "object"}})
			schema["type"], schema["required"] = "object", []string{"apiVersion", "kind", "metadata", "spec"}
			closeObjects(schema)
			writeSchema(t, dir, crd.Spec.Group, crd.Spec.Names.Kind, v.Name, schema)
		}
	}
}

// closeObjects has a schema's objects refuse what is no property of theirs. Metadata stays open where nothing is said of
// it.
func closeObjects(schema any) {
	switch s := schema.(type) {
	case tree:
		_, more := s["additionalProperties"]
		if p, ok := s["properties"].(tree); ok && len(p) > 0 && !more && s["x-kubernetes-preserve-unknown-fields"] != true {
			s["additionalProperties"] = false
		}
		for _, below := range s {
			closeObjects(below)
		}
	case []any:
		for _, below := range s {
			closeObjects(below)
		}
	}
}

// fromSwagger writes the schemas of Kubernetes' own kinds.
func fromSwagger(t *testing.T, file, dir string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var swagger struct{ Definitions tree }
	if err := json.Unmarshal(text, &swagger); err != nil {
		t.Fatal(err)
	}
	swagger.Definitions["io.k8s.apimachinery.pkg.util.intstr.IntOrString"] = tree{"type": []string{"integer", "string"}}
	closeObjects(swagger.Definitions)
	for _, k := range []struct{ group, kind, version, definition string }{
		// kubeconform takes v1 for the core's group, which has no name.
		{"v1", "ConfigMap", "v1", "io.k8s.api.core.v1.ConfigMap"},
		{"v1", "Service", "v1", "io.k8s.api.core.v1.Service"},
		{"apps", "Deployment", "v1", "io.k8s.api.apps.v1.Deployment"},
		{"networking.k8s.io", "NetworkPolicy", "v1", "io.k8s.api.networking.v1.NetworkPolicy"},
		// The file is older than policy/v1, which took the kind over as it was.
		{"policy", "PodDisruptionBudget", "v1", "io.k8s.api.policy.v1beta1.PodDisruptionBudget"},
	} {
		needed := tree{}
		collect(swagger.Definitions, swagger.Definitions[k.definition], needed)
		schema := maps.Clone(swagger.Definitions[k.definition].(tree))
		schema["definitions"], schema["required"] = needed, []string{"apiVersion", "kind", "metadata"}
		writeSchema(t, dir, k.group, k.kind, k.version, schema)
	}
}

// collect gathers the definitions that a schema refers to.
func collect(all tree, schema any, needed tree) {
	switch s := schema.(type) {
	case tree:
		if ref, ok := s["$ref"].(string); ok {
			name := strings.TrimPrefix(ref, "#/definitions/")
			if needed[name] == nil {
				needed[name] = all[name]
				collect(all, all[name], needed)
			}
		}
		for _, below := range s {
			collect(all, below, needed)
		}
	case []any:
		for _, below := range s {
			collect(all, below, needed)
		}
	}
}
