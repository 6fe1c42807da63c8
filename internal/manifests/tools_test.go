package manifests

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The modules that have schemas in them, and what their files add up to. Istio's is in go.mod.
const (
	kubectlModule   = "k8s.io/kubectl@v0.34.2"
	kubectlSum      = "h1:+fWGrVlDONMUmmQLDaGkQ9i91oszjjRAa94cr37hzqA="
	kustomizeModule = "github.com/fluxcd/kustomize-controller@v1.9.6"
	kustomizeSum    = "h1:XB+G3A0mky0j5uVHZWv4oSlS2RvZBoNIUhstIvY0JKE="
	sourceModule    = "github.com/fluxcd/source-controller@v1.9.6"
	sourceSum       = "h1:nG534/bI6nVpyHra7ONAk6xDB3xPsVT+EOLHZHXPrrc="
)

const root = "../.."

// command runs a command in the repository's root.
func command(t *testing.T, stdin []byte, name string, args ...string) (stdout []byte, ok bool) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	cmd.Stdin = bytes.NewReader(stdin)
	var errors bytes.Buffer
	cmd.Stderr = &errors
	stdout, err := cmd.Output()
	if _, exited := err.(*exec.ExitError); err != nil && (!exited || errors.Len() > 0) {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, &errors)
	}
	return stdout, err == nil
}

// module gives the folder of a module.
func module(t *testing.T, version, sum string) string {
	t.Helper()
	out, ok := command(t, nil, "go", "mod", "download", "-json", version)
	var got struct{ Dir, Sum, Error string }
	if err := json.Unmarshal(out, &got); err != nil || !ok || got.Sum != sum {
		t.Fatalf("%s: %v %s", version, err, out)
	}
	return got.Dir
}

// tool builds one of internal/tools and gives its path below the root.
func tool(t *testing.T, name, path string) string {
	t.Helper()
	if _, ok := command(t, nil, "go", "build", "-modfile=internal/tools/go.mod", "-o", ".tools/bin/", path); !ok {
		t.Fatalf("%s does not build", path)
	}
	return "./.tools/bin/" + name
}

// build is what kubectl would apply of a folder: by kubectl, or where there is none by kustomize itself.
func build(t *testing.T, dir string) []byte {
	t.Helper()
	name, args := "kubectl", []string{"kustomize", dir}
	if _, err := exec.LookPath(name); err != nil {
		name, args = tool(t, "kustomize", "sigs.k8s.io/kustomize/kustomize/v5"), []string{"build", dir}
	}
	text, ok := command(t, nil, name, args...)
	if !ok {
		t.Fatalf("%s cannot be built", dir)
	}
	return text
}

// schemas writes all schemas and gives their folder.
func schemas(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	istio, ok := command(t, nil, "go", "list", "-m", "-f", "{{.Dir}}", "istio.io/api")
	if !ok {
		t.Fatal("go.mod has no istio.io/api")
	}
	fromCRDs(t, filepath.Join(strings.TrimSpace(string(istio)), "kubernetes", "customresourcedefinitions.gen.yaml"), dir)
	for _, crds := range []string{module(t, kustomizeModule, kustomizeSum), module(t, sourceModule, sourceSum)} {
		files, err := filepath.Glob(filepath.Join(crds, "config", "crd", "bases", "*.yaml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v %v", crds, files, err)
		}
		for _, file := range files {
			fromCRDs(t, file, dir)
		}
	}
	fromSwagger(t, filepath.Join(module(t, kubectlModule, kubectlSum), "testdata", "openapi", "swagger.json"), dir)
	return dir
}

// verdict is what kubeconform says of objects.
type verdict struct {
	Resources []struct{ Kind, Name, Status, Msg string }
	Summary   struct{ Valid, Invalid, Errors, Skipped int }
}

func conform(t *testing.T, kubeconform, schemas string, text []byte) (v verdict) {
	t.Helper()
	out, _ := command(t, text, kubeconform, "-strict", "-summary", "-output", "json", "-schema-location", filepath.Join(schemas, schemaName), "-")
	if err := json.Unmarshal(out, &v); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return v
}
