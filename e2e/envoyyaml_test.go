package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/supervise"
)

// Envoy's own check of envoy.yaml, which starts the module with the rules in it.
func TestEnvoyYAMLIsValid(t *testing.T) {
	if _, err := harness.Module(); err != nil {
		t.Fatal(err)
	}
	err := supervise.Validate(t.Context(), supervise.Options{Envoy: suite.Envoy.Binary.Path, Config: "envoy.yaml", Dir: harness.Root()})
	if err != nil {
		t.Error(err)
	}
}

// envoy.yaml needs nothing but func-e: `func-e run -c envoy.yaml`.
func TestFuncERunsEnvoyYAML(t *testing.T) {
	if _, err := harness.Module(); err != nil {
		t.Fatal(err)
	}
	tool, err := supervise.FuncE(t.Context(), harness.Root())
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	// Beside other Envoys of this machine it needs an id of its own; nothing else is added.
	cmd := exec.CommandContext(ctx, tool, "run", "-c", "envoy.yaml", "--use-dynamic-base-id")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 10 * time.Second
	cmd.Dir = harness.Root()
	cmd.Env = append(os.Environ(), "ENVOY_PATH="+suite.Envoy.Binary.Path, "FUNC_E_HOME="+t.TempDir())
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	proxy := harness.Endpoint{Address: "127.0.0.1:8080"}
	for {
		reply, err := proxy.Raw(harness.Message("GET", "/nowhere", "", "Host: 127.0.0.1:8080"))
		if err == nil {
			if reply.Status != 404 {
				t.Errorf("a path that no rule names: %d %s", reply.Status, reply.Body)
			}
			break
		}
		if ctx.Err() != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	if reply := proxy.Get(t, "/internal/x", "Host: 127.0.0.1:8080"); reply.Status != 403 {
		t.Errorf("a denied path: %d %s", reply.Status, reply.Body)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := cmd.Wait(); err != nil {
		text, _ := os.ReadFile(log.Name())
		t.Errorf("func-e ended with %v:\n%s", err, text)
	}
}
