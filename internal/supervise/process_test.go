package supervise

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func start(t *testing.T, opt Options) (*Process, error) {
	t.Helper()
	opt.Envoy = os.Args[0]
	p, err := Start(t.Context(), opt)
	if p != nil {
		t.Cleanup(p.Stop)
	}
	return p, err
}

// alive reports whether a process with this id exists and is not a zombie that its parent has not asked after.
func alive(t *testing.T, pid int) bool {
	t.Helper()
	if syscall.Kill(pid, 0) != nil {
		return false
	}
	status, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	return err != nil || !bytes.Contains(status, []byte("State:\tZ"))
}

func TestStartWaitsUntilReadyAndStopEndsIt(t *testing.T) {
	var output bytes.Buffer
	p, err := start(t, Options{Config: "fine", Output: &output})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Err(); err != nil {
		t.Errorf("a running Envoy has the error %v", err)
	}
	stats, err := p.Admin().Stats(t.Context(), "a.")
	if err != nil || len(stats) != 1 || stats["a.one"] != 1 {
		t.Errorf("Stats = %v, %v", stats, err)
	}
	p.Stop()
	p.Stop()
	if alive(t, p.Pid()) {
		t.Error("Envoy lives after Stop")
	}
	if !strings.Contains(output.String(), "fake envoy: fine") {
		t.Errorf("the log was not copied: %q", output.String())
	}
}

func TestStopKillsAnEnvoyThatIgnoresSIGTERM(t *testing.T) {
	p, err := start(t, Options{Config: "stubborn"})
	if err != nil {
		t.Fatal(err)
	}
	p.Stop()
	if alive(t, p.Pid()) {
		t.Error("Envoy lives after Stop")
	}
}

func TestStartReportsAnEnvoyThatEndsEarly(t *testing.T) {
	_, err := start(t, Options{Config: "refused"})
	if err == nil || !strings.Contains(err.Error(), "exit status 1") || !strings.Contains(err.Error(), "error initializing configuration") {
		t.Errorf("err = %v", err)
	}
}

func TestStartDoesNotRepeatALogThatIsRead(t *testing.T) {
	var output bytes.Buffer
	_, err := start(t, Options{Config: "refused", Output: &output})
	if err == nil || strings.Contains(err.Error(), "initializing") || !strings.Contains(output.String(), "error initializing configuration") {
		t.Errorf("err = %v, log %q", err, output.String())
	}
}

func TestStartGivesUpOnAnEnvoyThatIsNeverReady(t *testing.T) {
	_, err := start(t, Options{Config: "never ready", Ready: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "not ready in time") || !strings.Contains(err.Error(), "fake envoy: never ready") {
		t.Errorf("err = %v", err)
	}
}

func TestStartStopsWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := Start(ctx, Options{Envoy: os.Args[0], Config: "never ready"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
}

func TestErrTellsWhyEnvoyEnded(t *testing.T) {
	p, err := start(t, Options{Config: "dies later"})
	if err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Done():
	case <-time.After(20 * time.Second):
		t.Fatal("Done was not closed")
	}
	if err := p.Err(); err == nil || !strings.Contains(err.Error(), "exit status 9") || !strings.Contains(err.Error(), "last words") {
		t.Errorf("Err = %v", err)
	}
}

func TestValidate(t *testing.T) {
	if err := Validate(t.Context(), Options{Envoy: os.Args[0], Config: "fine"}); err != nil {
		t.Error(err)
	}
	err := Validate(t.Context(), Options{Envoy: os.Args[0], Config: "refused"})
	if err == nil || !strings.Contains(err.Error(), "error initializing configuration") {
		t.Errorf("err = %v", err)
	}
}

// A supervisor that is killed without a chance to clean up takes its Envoy along.
func TestEnvoyDiesWithItsSupervisor(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the parent-death signal exists on Linux only")
	}
	cmd := exec.Command(os.Args[0], "supervisor")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line := make([]byte, 64)
	n, _ := out.Read(line)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	pid, err := strconv.Atoi(strings.TrimSpace(string(line[:n])))
	if err != nil {
		t.Fatalf("the supervisor said %q", line[:n])
	}
	for deadline := time.Now().Add(10 * time.Second); alive(t, pid); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatal("Envoy outlived its supervisor")
		}
	}
}

func TestTailKeepsTheLastLines(t *testing.T) {
	log := &tail{}
	for i := range tailLines + 10 {
		if _, err := log.Write([]byte("line " + strconv.Itoa(i) + "\nun")); err != nil {
			t.Fatal(err)
		}
		if _, err := log.Write([]byte("finished\n")); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = log.Write([]byte(strings.Repeat("x", 3*lineBytes)))
	got := strings.Split(log.last(3), "\n")
	if len(got) != 3 || got[0] != "line "+strconv.Itoa(tailLines+9) || got[1] != "unfinished" || len(got[2]) != lineBytes {
		t.Errorf("last(3) = %.40q", got)
	}
	if n := len(strings.Split(log.last(1<<20), "\n")); n > tailLines+1 {
		t.Errorf("%d lines are kept", n)
	}
}

func TestTailIsReadWhileItsReaderStalls(t *testing.T) {
	r, w := io.Pipe()
	defer r.Close()
	log := &tail{next: w}
	go log.Write([]byte("line\n"))
	for end := time.Now().Add(5 * time.Second); log.last(1) != "line"; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the line is not there")
		}
	}
}
