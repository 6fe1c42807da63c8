package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"oathgate/internal/supervise"
)

// Envoy is a running Envoy.
type Envoy struct {
	*supervise.Process
	Binary    supervise.Binary
	addresses map[string]string // by listener
}

// Config is what Launch starts.
type Config struct {
	Listeners   []Listener
	Upstream    *Upstream
	Identity    *Identity
	Clusters    map[string]string // further clusters, name to host:port; rules know them as http://NAME.test
	Concurrency int               // 0 = 2 workers
	LogLevel    string            // "" = warning
	Log         io.Writer         // gets Envoy's log as it comes; nil = kept for Process.Log
	Ready       time.Duration     // how long it may take to become ready; 0 = one minute
	// Discover lets Envoy read its listeners from a file of their own: one that it refuses leaves the others. Envoy.Has
	// says which it took.
	Discover bool
}

// Launch starts an Envoy and waits until it is ready. dir is for its files; what lies in it may go when Envoy ended.
func Launch(ctx context.Context, dir string, c Config) (*Envoy, error) {
	b := bootstrap{listeners: c.Listeners, admin: filepath.Join(dir, "admin.sock")}
	b.clusters = map[string]string{"dead": deadAddress, "empty": ""}
	if c.Upstream != nil {
		b.clusters["upstream"] = c.Upstream.Address()
	}
	if c.Identity != nil {
		b.clusters["identity"] = c.Identity.Address()
	}
	maps.Copy(b.clusters, c.Clusters)
	for _, l := range c.Listeners {
		if l.filtered() && l.Module == "" {
			module, err := Module()
			if err != nil {
				return nil, err
			}
			b.module = module
			break
		}
	}
	if c.Discover {
		b.discovery = filepath.Join(dir, "listeners.json")
	}
	text, discovery, err := b.render()
	if err != nil {
		return nil, err
	}
	if c.Discover {
		if err := os.WriteFile(b.discovery, discovery, 0o600); err != nil {
			return nil, err
		}
	}
	config := filepath.Join(dir, "envoy.json")
	if err := os.WriteFile(config, text, 0o600); err != nil {
		return nil, err
	}

	bin, err := supervise.Find(ctx, supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		return nil, err
	}
	workers := c.Concurrency
	if workers == 0 {
		workers = 2
	}
	process, err := supervise.Start(ctx, supervise.Options{
		Envoy: bin.Path, Config: config, Concurrency: workers, LogLevel: c.LogLevel, Output: c.Log, Ready: c.Ready,
	})
	if err != nil {
		return nil, err
	}
	e := &Envoy{Process: process, Binary: bin}
	if e.addresses, err = Listening(ctx, process.Admin()); err != nil {
		process.Stop()
		return nil, err
	}
	return e, nil
}

// Start is Launch for one test: a failure fails it, and its end stops Envoy.
func Start(t testing.TB, c Config) *Envoy {
	t.Helper()
	// Not t.TempDir: the path of a Unix socket has little room, and a test's name takes much.
	dir, err := os.MkdirTemp("", "oathgate-e2e-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	e, err := Launch(t.Context(), dir, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Stop()
		if t.Failed() {
			t.Logf("the end of Envoy's log:\n%s", e.Log(40))
		}
	})
	return e
}

// deadAddress is a port that nobody may listen on without privileges, and nobody does.
const deadAddress = "127.0.0.1:1"

// Listening asks an Envoy where its listeners listen, by their names: their ports are the kernel's choice.
func Listening(ctx context.Context, admin *supervise.Admin) (map[string]string, error) {
	status, body, err := admin.Do(ctx, http.MethodGet, "/listeners?format=json")
	if err != nil {
		return nil, err
	}
	var answer struct {
		ListenerStatuses []struct {
			Name         string `json:"name"`
			LocalAddress struct {
				SocketAddress struct {
					Address   string `json:"address"`
					PortValue int    `json:"port_value"`
				} `json:"socket_address"`
			} `json:"local_address"`
		} `json:"listener_statuses"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		return nil, fmt.Errorf("envoy's admin answered %d to /listeners: %w", status, err)
	}
	addresses := map[string]string{}
	for _, l := range answer.ListenerStatuses {
		a := l.LocalAddress.SocketAddress
		addresses[l.Name] = a.Address + ":" + strconv.Itoa(a.PortValue)
	}
	return addresses, nil
}

// Has says whether there is a listener of this name.
func (e *Envoy) Has(name string) bool {
	_, ok := e.addresses[name]
	return ok
}

// Listener is where a listener of this Envoy can be asked.
func (e *Envoy) Listener(t testing.TB, name string) Endpoint {
	t.Helper()
	address, ok := e.addresses[name]
	if !ok {
		t.Fatalf("Envoy has no listener %q", name)
	}
	return Endpoint{Address: address}
}

// Stat returns one counter or gauge, 0 where Envoy does not have it (yet).
func (e *Envoy) Stat(t testing.TB, name string) uint64 {
	t.Helper()
	stats, err := e.Admin().Stats(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return stats[name]
}
