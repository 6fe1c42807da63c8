package harness

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// Command builds the oathgate command with the filter in it, once a process, and returns its path.
var Command = sync.OnceValues(func() (string, error) {
	module, err := Module()
	if err != nil {
		return "", err
	}
	text, err := os.ReadFile(module)
	if err != nil {
		return "", err
	}
	// Another package's tests may be building at this moment.
	carried := filepath.Join(Root(), "internal", "module", "data", "oathgate.wasm")
	temporary := fmt.Sprintf("%s.%d", carried, os.Getpid())
	if err := os.WriteFile(temporary, text, 0o600); err != nil {
		return "", err
	}
	if err := os.Rename(temporary, carried); err != nil {
		return "", err
	}
	path := filepath.Join(Root(), "dist", "oathgate")
	cmd := exec.Command("go", "build", "-trimpath", "-o", path, "./cmd/oathgate")
	cmd.Dir = Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build ./cmd/oathgate: %w\n%s", err, out)
	}
	return path, nil
})
