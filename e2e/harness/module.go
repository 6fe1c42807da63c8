package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"oathgate/internal/supervise"
)

// Root is the project's folder. Tests run inside it.
func Root() string { return supervise.Root() }

// Module builds the filter with build.sh, once a process, and returns the path of the module.
var Module = sync.OnceValues(func() (string, error) {
	out, err := exec.Command(filepath.Join(Root(), "build.sh")).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build.sh: %w\n%s", err, out)
	}
	fmt.Fprintf(os.Stderr, "%s", out)
	return filepath.Join(Root(), "dist", "oathgate.wasm"), nil
})

// ModuleOf builds another package of the project as build.sh builds the filter, with these build tags, and returns the
// path of the module, which goes when the test ends.
func ModuleOf(t testing.TB, pkg, tags string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "module.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-tags", tags, "-o", path, pkg)
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build %s: %v\n%s", pkg, err, out)
	}
	return path
}
