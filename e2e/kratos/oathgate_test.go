package kratos

import (
	"bytes"
	"context"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// startOathgate runs `oathgate run` until the test ends, and waits until its API says that it is ready.
func startOathgate(t *testing.T, config, api string) {
	t.Helper()
	path, err := harness.Command()
	if err != nil {
		t.Fatal(err)
	}
	// Nothing is cleaned up after the panic of a test that takes too long.
	ctx := t.Context()
	if deadline, ok := t.Deadline(); ok {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, deadline.Add(-5*time.Second))
		t.Cleanup(cancel)
	}
	var log bytes.Buffer
	cmd := exec.CommandContext(ctx, path, "run", "--concurrency", "2", "-c", config)
	cmd.Stderr = &log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 30 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Wait() // says that the context ended, however the command did
		if !cmd.ProcessState.Success() {
			t.Errorf("oathgate: %v", cmd.ProcessState)
		}
		if t.Failed() {
			t.Logf("oathgate said:\n%s", &log)
		}
	})
	ready(t, api, "/health/ready")
}
