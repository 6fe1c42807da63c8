// Package integrations runs the proxies of examples/ with the very files that stand there, in front of an application
// and beside a real oathgate that they ask, and attacks them.
package integrations

import (
	"encoding/json"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// site is a proxy, the application behind it, and the oathgate that it asks.
type site struct {
	dir   string
	ports map[string]string // of an example's files, and what they are here
	front harness.Endpoint
	app   *harness.Upstream
	edits []string

	oathgate *exec.Cmd
	ended    bool
}

// The ports in the files of examples/.
const (
	proxyPort, apiPort, prometheusPort = "4455", "4456", "9000"
	frontPort, appPort, kratosPort     = "8080", "8081", "4433"
)

// session is the cookie that Kratos knows.
const session = "Cookie: ory_kratos_session=alice"

// newSite starts what a proxy needs: examples/NAME/oathgate.yaml, the application, and a server that knows a session.
// edits are texts in the example's files, each with what an operator is to write instead.
func newSite(t *testing.T, name string, edits ...string) *site {
	t.Helper()
	// Not t.TempDir: nginx's unprivileged workers could not look into it.
	dir, err := os.MkdirTemp("", "oathgate-integrations-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &site{dir: dir, app: harness.NewUpstream(), ports: map[string]string{}, edits: edits}
	t.Cleanup(s.app.Close)
	kratos := httptest.NewServer(http.HandlerFunc(whoami))
	t.Cleanup(kratos.Close)
	s.ports[appPort], s.ports[kratosPort] = port(s.app.Address()), port(kratos.Listener.Addr().String())
	maps.Copy(s.ports, harness.FreePorts(t, proxyPort, apiPort, prometheusPort, frontPort))
	s.front = harness.Endpoint{Address: "127.0.0.1:" + s.ports[frontPort]}
	s.startOathgate(t, s.file(t, name, "oathgate.yaml"))
	return s
}

func whoami(w http.ResponseWriter, r *http.Request) {
	if c, err := r.Cookie("ory_kratos_session"); err != nil || c.Value != "alice" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	json.NewEncoder(w).Encode(map[string]any{"identity": map[string]any{"id": "alice"}})
}

func port(address string) string {
	_, p, _ := net.SplitHostPort(address)
	return p
}

var number = regexp.MustCompile(`\b[0-9]{4}\b`)

// file copies a file of an example, with the ports of this site, and returns the copy's path.
func (s *site) file(t *testing.T, example, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(harness.Root(), "examples", example, name))
	if err != nil {
		t.Fatal(err)
	}
	text = number.ReplaceAllFunc(text, func(n []byte) []byte {
		if here, ok := s.ports[string(n)]; ok {
			return []byte(here)
		}
		return n
	})
	text = []byte(strings.NewReplacer(s.edits...).Replace(string(text)))
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func (s *site) startOathgate(t *testing.T, config string) {
	t.Helper()
	path, err := harness.Command()
	if err != nil {
		t.Fatal(err)
	}
	s.oathgate = exec.Command(path, "run", "--concurrency", "1", "-c", config)
	s.launch(t, s.oathgate)
	t.Cleanup(func() { s.stopOathgate(t) })
	api := harness.Endpoint{Address: "127.0.0.1:" + s.ports[apiPort]}
	harness.Eventually(t, "oathgate is ready", func() bool {
		reply, err := api.Raw(harness.Message("GET", "/health/ready", ""))
		return err == nil && reply.Status == 200
	})
}

// stopOathgate ends oathgate: who asks it then is not answered.
func (s *site) stopOathgate(t *testing.T) {
	t.Helper()
	if s.ended {
		return
	}
	s.ended = true
	if err := s.oathgate.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	if err := s.oathgate.Wait(); err != nil {
		t.Errorf("oathgate: %v", err)
	}
}

// launch starts a program, whose log is shown if the test fails.
func (s *site) launch(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	var log harness.Log
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.dir, &log, &log
	cmd.WaitDelay = 10 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Nothing is cleaned up after the panic of a test that takes too long.
	if deadline, ok := t.Deadline(); ok {
		last := time.AfterFunc(time.Until(deadline)-5*time.Second, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
		t.Cleanup(func() { last.Stop() })
	}
	t.Cleanup(func() {
		if t.Failed() {
			text := log.String()
			t.Logf("%s said:\n%s", filepath.Base(cmd.Path), text[max(0, len(text)-4000):])
		}
	})
}

// startFront starts a proxy and waits until it listens. The test's end stops it.
func (s *site) startFront(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	s.launch(t, cmd)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	harness.Eventually(t, cmd.Path+" listens", func() bool {
		conn, err := s.front.Dial()
		if err != nil {
			return false
		}
		return conn.Close() == nil
	})
}

// do sends a request to app.example.com through the proxy and returns the answer, and what the application saw of it:
// nil if nothing.
func (s *site) do(t *testing.T, method, target, body string, lines ...string) (harness.Reply, *harness.Seen) {
	t.Helper()
	if !slices.ContainsFunc(lines, func(line string) bool { return strings.HasPrefix(line, "Host:") }) {
		lines = append([]string{"Host: app.example.com"}, lines...)
	}
	return s.raw(t, harness.Message(method, target, body, lines...))
}

// raw sends these bytes. A connection that ends without an answer is one of status 0.
func (s *site) raw(t *testing.T, message string) (harness.Reply, *harness.Seen) {
	t.Helper()
	before := s.app.Total()
	reply, err := s.front.Raw(message)
	if err != nil {
		t.Logf("%q: %v", strings.SplitN(message, "\r\n", 2)[0], err)
		reply = harness.Reply{}
	}
	if s.app.Total() == before {
		return reply, nil
	}
	seen, err := reply.Seen()
	if err != nil {
		return reply, &harness.Seen{Target: "unknown: " + err.Error()}
	}
	return reply, &seen
}
