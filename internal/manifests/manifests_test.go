package manifests

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"

	"oathgate/internal/run"
	"oathgate/internal/source"
	"oathgate/internal/treetest"
)

// Everything is of a kind that is known, and has the fields that the kind has. What is not is found.
func TestSchemas(t *testing.T) {
	kubeconform, schemas := tool(t, "kubeconform", "github.com/yannh/kubeconform/cmd/kubeconform"), schemas(t)
	for dir, want := range map[string]int{"deploy/istio": 7, "deploy/kubernetes/base": 5, "deploy/kubernetes/flux": 2} {
		text := build(t, dir)
		v := conform(t, kubeconform, schemas, text)
		if v.Summary.Valid != want || v.Summary.Invalid+v.Summary.Errors+v.Summary.Skipped > 0 {
			t.Errorf("%s: %+v", dir, v)
		}
	}
	good := map[string]string{}
	for _, dir := range []string{"deploy/istio", "deploy/kubernetes/base", "deploy/kubernetes/flux"} {
		for _, part := range strings.Split(string(build(t, dir)), "\n---\n") {
			var o struct{ Kind string }
			if err := yaml.Unmarshal([]byte(part), &o); err != nil {
				t.Fatal(err)
			}
			if good[o.Kind] == "" {
				good[o.Kind] = part
			}
		}
	}
	for _, c := range []struct{ kind, old, new string }{
		{"WasmPlugin", "failStrategy: FAIL_RELOAD", "failStrategy: FAIL"},
		{"WasmPlugin", "failStrategy:", "failStrategies:"},
		{"WasmPlugin", "  url: oci", "  x-url: oci"},
		{"EnvoyFilter", "operation: MERGE", "operation: MELT"},
		{"EnvoyFilter", "subFilter:", "subFilters:"},
		{"ServiceEntry", "number: 443", "number: a"},
		{"DestinationRule", "mode: SIMPLE", "mode: SIMPEL"},
		{"Gateway", "hosts:", "host:"},
		{"VirtualService", "timeout:", "timeouts:"},
		{"Deployment", "readOnlyRootFilesystem:", "readonlyRootFilesystem:"},
		{"Deployment", "replicas: 2", "replicas: two"},
		{"Service", "targetPort:", "target:"},
		{"ConfigMap", "\ndata:", "\ndate:"},
		{"NetworkPolicy", "podSelector:", "podSelectors:"},
		{"PodDisruptionBudget", "minAvailable:", "minavailable:"},
		{"GitRepository", "interval: 5m", "interval: often"},
		{"Kustomization", "prune: true", "prune: maybe"},
	} {
		spoiled := strings.Replace(good[c.kind], c.old, c.new, 1)
		if spoiled == good[c.kind] {
			t.Errorf("%s: nothing to spoil: %q", c.kind, c.old)
		} else if v := conform(t, kubeconform, schemas, []byte(spoiled)); v.Summary.Invalid != 1 {
			t.Errorf("%s with %q: %+v", c.kind, c.new, v)
		}
	}
}

// base gives the objects of deploy/kubernetes/base by kind.
func base(t *testing.T) map[string]tree {
	t.Helper()
	list := map[string]tree{}
	for part := range strings.SplitSeq(string(build(t, "deploy/kubernetes/base")), "\n---\n") {
		var o tree
		if err := yaml.Unmarshal([]byte(part), &o); err != nil {
			t.Fatal(err)
		}
		list[o["kind"].(string)] = o
	}
	return list
}

// A pod has no rights, no file of its own that it may write, and is looked after.
func TestPod(t *testing.T) {
	list := base(t)
	pod := treetest.At(list["Deployment"], "spec", "template", "spec")
	container := treetest.At(pod, "containers", 0)
	for _, c := range []struct {
		node any
		path []any
		want any
	}{
		{pod, []any{"automountServiceAccountToken"}, false},
		{pod, []any{"enableServiceLinks"}, false},
		{pod, []any{"securityContext", "runAsNonRoot"}, true},
		{pod, []any{"securityContext", "seccompProfile", "type"}, "RuntimeDefault"},
		{container, []any{"securityContext", "allowPrivilegeEscalation"}, false},
		{container, []any{"securityContext", "readOnlyRootFilesystem"}, true},
		{container, []any{"securityContext", "capabilities", "drop"}, []any{"ALL"}},
		{container, []any{"readinessProbe", "httpGet", "path"}, "/health/ready"},
		{container, []any{"livenessProbe", "httpGet", "path"}, "/health/alive"},
		{container, []any{"startupProbe", "httpGet", "path"}, "/health/ready"},
		{container, []any{"resources", "limits", "memory"}, "768Mi"},
		{list["PodDisruptionBudget"], []any{"spec", "minAvailable"}, 1.0},
		{list["NetworkPolicy"], []any{"spec", "policyTypes"}, []any{"Ingress", "Egress"}},
	} {
		if got := treetest.At(c.node, c.path...); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v", c.path, got)
		}
	}
	labels := tree{"app.kubernetes.io/name": "oathgate"}
	if got := treetest.At(list["Deployment"], "spec", "template", "metadata", "labels"); !reflect.DeepEqual(got, any(labels)) {
		t.Errorf("the pods are %v", got)
	}
	for kind, path := range map[string][]any{
		"Deployment": {"spec", "selector", "matchLabels"}, "PodDisruptionBudget": {"spec", "selector", "matchLabels"},
		"NetworkPolicy": {"spec", "podSelector", "matchLabels"}, "Service": {"spec", "selector"},
	} {
		if got := treetest.At(list[kind], path...); !reflect.DeepEqual(got, any(labels)) {
			t.Errorf("%s is for %v", kind, got)
		}
	}
}

// What the ConfigMap mounts is a configuration, and the ports and destinations that it names are those of the manifests.
func TestConfiguration(t *testing.T) {
	list := base(t)
	container := treetest.At(list["Deployment"], "spec", "template", "spec", "containers", 0)
	mounted, dir := treetest.At(container, "volumeMounts", 0, "mountPath").(string), t.TempDir()
	for name, text := range treetest.At(list["ConfigMap"], "data").(tree) {
		// Rules are named by their place in the container.
		text := strings.ReplaceAll(text.(string), "file://"+mounted+"/", "file://"+dir+"/")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	args := treetest.At(container, "args").([]any)
	file, ok := strings.CutPrefix(args[2].(string), mounted)
	if !ok || args[0] != "run" || args[1] != "--config" {
		t.Fatal(args)
	}
	c, problems := source.Load(source.Options{Files: []string{filepath.Join(dir, file)}})
	if len(problems) > 0 || len(c.Notes) > 0 || len(c.Rules) != 2 {
		t.Fatal(problems, c.Notes, len(c.Rules))
	}
	if _, err := run.Config(c); err != nil {
		t.Fatal(err)
	}
	for i, want := range []any{c.Proxy.Port, c.API.Port, c.Prometheus.Port} {
		if got := treetest.At(container, "ports", i, "containerPort"); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("port %d: %v instead of %v", i, got, want)
		}
	}
	open := fmt.Sprint(treetest.At(list["NetworkPolicy"], "spec", "egress"))
	for _, o := range c.Origins {
		namespace := strings.Split(o.Host, ".")[1]
		if want := fmt.Sprintf("map[ports:[map[port:%d protocol:TCP]] to:[map[namespaceSelector:map[matchLabels:map[kubernetes.io/metadata.name:%s]]]]]", o.Port, namespace); !strings.Contains(open, want) {
			t.Errorf("no way to %s: %s", o.Host, open)
		}
	}
	if len(c.Origins) != 2 {
		t.Errorf("%v", c.Origins)
	}
}
