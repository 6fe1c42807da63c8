package supervise

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	funcEPackage = "github.com/tetratelabs/func-e/cmd/func-e"
	buildLimit   = 5 * time.Minute
	probeLimit   = 5 * time.Second // asking func-e's server for its list of releases
	fetchLimit   = 5 * time.Minute // downloading one, once the server has answered
)

// FuncE returns the func-e that internal/tools pins, built into the checkout's .tools; outside a checkout the one on
// the PATH.
func FuncE(ctx context.Context, root string) (string, error) {
	if root == "" {
		return exec.LookPath("func-e")
	}
	path := filepath.Join(root, ".tools", "bin", "func-e")
	_, err := run(ctx, buildLimit, root, []string{"GOFLAGS="}, "go", "build", "-modfile=internal/tools/go.mod", "-o", path, funcEPackage)
	return path, err
}

// funcE lets func-e download the release. The short first question keeps a network without func-e's server from
// costing minutes; the download itself may take its time.
func (in *installer) funcE(ctx context.Context) (Binary, error) {
	tool, err := FuncE(ctx, in.root)
	if err != nil {
		return Binary{}, fmt.Errorf("func-e: %w", err)
	}
	env := []string{"ENVOY_VERSION=" + in.version}
	if os.Getenv("FUNC_E_HOME") == "" {
		env = append(env, "FUNC_E_HOME="+filepath.Join(in.dir, "func-e"))
	}
	in.say("asking func-e")
	if _, err := run(ctx, probeLimit, in.dir, env, tool, "versions", "-a"); err != nil {
		return Binary{}, fmt.Errorf("func-e: %w", err)
	}
	in.say("downloading with func-e")
	path, err := run(ctx, fetchLimit, in.dir, env, tool, "which")
	if err != nil {
		return Binary{}, fmt.Errorf("func-e: %w", err)
	}
	return in.checked(ctx, path, "func-e")
}
