// Package run tests the oathgate command with a real Envoy.
package run

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/supervise"
)

func TestMain(m *testing.M) {
	// The command runs outside the checkout and would look for an Envoy of its own.
	if os.Getenv("ENVOY_PATH") == "" {
		binary, err := supervise.Find(context.Background(), supervise.FindOptions{Log: os.Stderr})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Setenv("ENVOY_PATH", binary.Path)
	}
	os.Exit(m.Run())
}

// site is a folder with a configuration, and the ports that it names.
type site struct {
	dir                    string
	proxy, api, prometheus string
	upstream               string
}

// newSite makes a configuration whose one rule lets /open pass to an upstream.
func newSite(t *testing.T, upstream http.Handler) *site {
	t.Helper()
	s := &site{dir: t.TempDir()}
	for _, address := range []*string{&s.proxy, &s.api, &s.prometheus} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		*address = l.Addr().String()
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.upstream = l.Addr().String()
	server := &http.Server{Handler: upstream}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })

	s.write(t, "oathkeeper.yaml", fmt.Sprintf(`
serve:
  proxy: {host: 127.0.0.1, port: %s}
  api: {host: 127.0.0.1, port: %s, cors: {enabled: true}}
  prometheus: {host: 127.0.0.1, port: %s}
access_rules: {repositories: ["file://%s"]}
authenticators: {anonymous: {enabled: true}}
authorizers: {allow: {enabled: true}}
mutators: {header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}"}}}}
`, port(s.proxy), port(s.api), port(s.prometheus), s.path("rules.yaml")))
	s.write(t, "rules.yaml", s.rule("open"))
	return s
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

func (s *site) path(name string) string { return filepath.Join(s.dir, name) }

// write replaces a file by rename, as editors do.
func (s *site) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(s.path(name+".new"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(s.path(name+".new"), s.path(name)); err != nil {
		t.Fatal(err)
	}
}

// rule is a rule file: what is below /PATH/ passes.
func (s *site) rule(path string) string {
	return fmt.Sprintf(`
- id: %[1]s
  match: {url: "http://app.test/%[1]s/<.*>", methods: [GET]}
  upstream: {url: "http://%[2]s"}
  authenticators: [{handler: anonymous}]
  authorizer: {handler: allow}
  mutators: [{handler: header}]
`, path, s.upstream)
}

// status asks for a path of app.test.
func status(t *testing.T, address, path string) int {
	t.Helper()
	return harness.Endpoint{Address: address}.Ask(t, "GET", path, "Host: app.test").Status
}

// command is an oathgate that runs.
type command struct {
	cmd  *exec.Cmd
	done chan error
	log  harness.Log
}

// start runs oathgate and waits until it serves.
func (s *site) start(t *testing.T) *command {
	t.Helper()
	c := s.launch(t, io.Discard)
	c.says(t, "msg=serving", 3*time.Minute)
	return c
}

// launch runs oathgate.
func (s *site) launch(t *testing.T, stdout io.Writer) *command {
	t.Helper()
	c := &command{done: make(chan error, 1)}
	c.cmd = s.oathgate(t)
	c.cmd.Stdout, c.cmd.Stderr = stdout, &c.log
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { c.done <- c.cmd.Wait() }()
	t.Cleanup(func() {
		c.cmd.Process.Kill()
		if t.Failed() {
			t.Logf("oathgate said:\n%s", c.log.String())
		}
	})
	return c
}

func (s *site) oathgate(t *testing.T) *exec.Cmd {
	t.Helper()
	path, err := harness.Command()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "run", "--concurrency", "2", "-c", s.path("oathkeeper.yaml"))
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "TMPDIR="+s.dir, "XDG_CACHE_HOME="+s.path("cache"))
	return cmd
}

// says waits until the command has logged a text.
func (c *command) says(t *testing.T, text string, within time.Duration) {
	t.Helper()
	for end := time.Now().Add(within); !strings.Contains(c.log.String(), text); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("within %v oathgate did not say %q but\n%s", within, text, c.log.String())
		}
		if c.cmd.ProcessState != nil {
			t.Fatalf("oathgate has ended: %s", c.log.String())
		}
	}
}

// end waits for the command to end, and for what it left.
func (c *command) end(t *testing.T, s *site) error {
	t.Helper()
	var err error
	select {
	case err = <-c.done:
	case <-time.After(30 * time.Second):
		t.Fatalf("oathgate does not end: %s", c.log.String())
	}
	if left, _ := filepath.Glob(s.path("oathgate-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, address := range []string{s.proxy, s.api, s.prometheus} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Errorf("after the end: %v", err)
			continue
		}
		l.Close()
	}
	return err
}

// envoy is the process id of the command's Envoy.
func (c *command) envoy(t *testing.T) int {
	t.Helper()
	pid := c.cmd.Process.Pid
	child := 0
	harness.Eventually(t, "oathgate's Envoy", func() bool {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		if err != nil || len(tasks) == 0 {
			t.Skip("not run: this system does not say what a process's children are")
		}
		for _, task := range tasks {
			text, _ := os.ReadFile(task)
			if n, _ := fmt.Sscan(string(text), &child); n == 1 {
				return true
			}
		}
		return false
	})
	return child
}

func signal(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatal(err)
	}
}
