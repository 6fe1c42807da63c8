//go:build !wasip1

package wazerohost_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

var buildGuest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "guest")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "guest.wasm")
	cmd := exec.Command("go", "build", "-buildmode=c-shared", "-trimpath", "-ldflags=-s -w", "-o", file, "./testdata/guest")
	cmd.Env = append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "GOFLAGS=")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(file)
})

func newHost(t testing.TB, opt wazerohost.Options) *wazerohost.Host {
	t.Helper()
	wasm, err := buildGuest()
	if err != nil {
		t.Fatal(err)
	}
	host, err := wazerohost.New(context.Background(), wasm, opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { host.Close() })
	return host
}

// world is a VM with one plugin and a way to see what the guest logged.
type world struct {
	t      testing.TB
	host   *wazerohost.Host
	vm     *wazerohost.VM
	plugin *wazerohost.Plugin
}

func newWorld(t testing.TB, opt wazerohost.Options) *world {
	t.Helper()
	host := newHost(t, opt)
	vm, err := host.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	plugin, ok := vm.Configure([]byte("config"))
	if !ok {
		t.Fatal("configure refused")
	}
	return &world{t, host, vm, plugin}
}

// req makes request headers with scripts in them.
func req(extra ...string) wazerohost.Headers {
	h := wazerohost.Headers{{":method", "GET"}, {":path", "/p?q=1"}, {":authority", "a.example"}, {":scheme", "http"}}
	for i := 0; i < len(extra); i += 2 {
		h = append(h, [2]string{extra[i], extra[i+1]})
	}
	return h
}

func (w *world) do(script string, extra ...string) *wazerohost.Stream {
	return w.plugin.Request(req(append([]string{"x-do", script}, extra...)...))
}

func (w *world) lines() []string {
	var out []string
	for _, l := range w.vm.Logs() {
		out = append(out, l.Text)
	}
	return out
}

// said checks that the guest logged line.
func (w *world) said(line string) {
	w.t.Helper()
	if !slices.Contains(w.lines(), line) {
		w.t.Fatalf("guest did not log %q; it logged:\n%s", line, strings.Join(w.lines(), "\n"))
	}
}

func (w *world) silent(line string) {
	w.t.Helper()
	if slices.Contains(w.lines(), line) {
		w.t.Fatalf("guest logged %q", line)
	}
}

// inOrder checks that the lines were logged in this order.
func (w *world) inOrder(lines ...string) {
	w.t.Helper()
	at := 0
	for _, l := range w.lines() {
		if at < len(lines) && l == lines[at] {
			at++
		}
	}
	if at < len(lines) {
		w.t.Fatalf("%q not logged in this place; the guest logged:\n%s", lines[at], strings.Join(w.lines(), "\n"))
	}
}

func (w *world) outcome(s *wazerohost.Stream, want wazerohost.Outcome) {
	w.t.Helper()
	if s.Outcome() != want {
		w.t.Fatalf("outcome %v, want %v; the guest logged:\n%s", s.Outcome(), want, strings.Join(w.lines(), "\n"))
	}
}

func (w *world) replied(s *wazerohost.Stream, status int, details string) {
	w.t.Helper()
	w.outcome(s, wazerohost.Replied)
	if r := s.Response(); r == nil || r.Status != status || r.Details != details {
		w.t.Fatalf("response %+v, want %d %s", r, status, details)
	}
}

func (w *world) noted(part string) {
	w.t.Helper()
	for _, n := range w.vm.Notes() {
		if strings.Contains(n, part) {
			return
		}
	}
	w.t.Fatalf("nothing noted of %q: %q", part, w.vm.Notes())
}

func backend(r wazerohost.Reply) map[string]wazerohost.Backend {
	return map[string]wazerohost.Backend{"id": func(*wazerohost.Callout) wazerohost.Reply { return r }}
}

func TestFirst(t *testing.T) {
	begin := time.Now()
	w := newWorld(t, wazerohost.Options{})
	t.Log("ready in", time.Since(begin))
	s := w.do("get~0~:path")
	w.outcome(s, wazerohost.Continued)
	w.said("get 0 /p?q=1")
}

func BenchmarkRequest(b *testing.B) {
	w := newWorld(b, wazerohost.Options{})
	h := req("x-do", "")
	b.ReportAllocs()
	for b.Loop() {
		s := w.plugin.Request(h)
		if s.Outcome() != wazerohost.Continued {
			b.Fatal(s.Outcome())
		}
		s.End()
	}
	b.ReportMetric(float64(w.vm.MemoryBytes())/(1<<20), "MiB")
}
