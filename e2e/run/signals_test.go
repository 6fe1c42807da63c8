package run

import (
	"io"
	"net/http"
	"os"
	ossignal "os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// Who reads the access log goes away: oathgate serves on. A second signal does not
// wait for requests, and leaves nothing either.
func TestSecondSignal(t *testing.T) {
	entered := make(chan bool)
	s := newSite(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/open/slow" {
			entered <- true
			<-r.Context().Done()
		}
	}))
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := s.launch(t, w)
	w.Close()
	c.says(t, "msg=serving", time.Minute)
	r.Close()
	for range 3 {
		if got := status(t, s.proxy, "/open/a"); got != 200 {
			t.Errorf("without a reader of the log: %d", got)
		}
		time.Sleep(time.Second) // as Envoy takes to write the log
	}

	conn, err := harness.Endpoint{Address: s.proxy}.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, harness.Message("GET", "/open/slow", ""))
	<-entered
	first := syscall.SIGHUP
	if ossignal.Ignored(first) { // under nohup, where oathgate ignores it too
		first = syscall.SIGTERM
	}
	signal(t, c.cmd.Process.Pid, first)
	c.says(t, `msg="stopping`, 10*time.Second)
	began := time.Now()
	signal(t, c.cmd.Process.Pid, syscall.SIGTERM)
	if err := c.end(t, s); err != nil {
		t.Errorf("two signals end with %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the second signal is obeyed after %v", took)
	}
}

// A signal before anything is served ends the start, which is no failure.
func TestSignalAtStart(t *testing.T) {
	s := newSite(t, http.NotFoundHandler())
	c := s.launch(t, io.Discard)
	harness.Eventually(t, "Envoy's files", func() bool {
		found, _ := filepath.Glob(s.path("oathgate-*/bootstrap.json"))
		return len(found) > 0
	})
	envoy := c.envoy(t)
	signal(t, c.cmd.Process.Pid, syscall.SIGTERM)
	if err := c.end(t, s); err != nil {
		t.Errorf("a signal at the start ends with %v", err)
	}
	if syscall.Kill(envoy, 0) == nil {
		t.Error("Envoy runs on")
	}
}
