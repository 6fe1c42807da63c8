package supervise

import (
	"os/exec"
	"testing"
	"time"
)

func TestRun(t *testing.T) {
	p, err := Run(exec.Command("sh", "-c", "echo started; exec sleep 60"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Stop()
	for end := time.Now().Add(20 * time.Second); p.Log(1) != "started"; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("its log is %q", p.Log(5))
		}
	}
	select {
	case <-p.Done():
		t.Fatal("it ended before it was stopped")
	default:
	}
	p.Stop()
	<-p.Done()
	if p.cmd.ProcessState.Success() {
		t.Error("it ended of its own accord")
	}
	if _, err := Run(exec.Command("/nonexistent/program")); err == nil {
		t.Error("what is not there was started")
	}
}
