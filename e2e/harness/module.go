package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"

	"oathgate/internal/supervise"
)

// Root is the project's folder. Tests run inside it.
func Root() string { return supervise.Root() }

// Module builds the filter with build.sh, once a process, and returns the path of the module.
var Module = sync.OnceValues(func() (string, error) {
	return build(Root())
})

// build runs the build.sh of a copy of the project.
func build(root string) (string, error) {
	cmd := exec.Command(filepath.Join(root, "build.sh"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build.sh: %w\n%s", err, out)
	}
	fmt.Fprintf(os.Stderr, "%s", out)
	return filepath.Join(root, "dist", "oathgate.wasm"), nil
}
