package harness

import (
	"net/http"
	"net/http/httptest"
	"sync"
)

// Identity is an identity server whose every path does what a test scripted. A path without a script answers 404.
type Identity struct {
	server *httptest.Server

	mu      sync.Mutex
	scripts map[string]Script
	seen    map[string][]Seen
}

// NewIdentity starts one. Close ends it.
func NewIdentity() *Identity {
	i := &Identity{scripts: map[string]Script{}, seen: map[string][]Seen{}}
	i.server = httptest.NewServer(i)
	return i
}

// Address is where it listens.
func (i *Identity) Address() string { return i.server.Listener.Addr().String() }

// Close ends it, open connections included.
func (i *Identity) Close() {
	i.server.CloseClientConnections()
	i.server.Close()
}

// On makes path do what the script says, from now on, and forgets what path has seen. Tests that share an Identity
// take a path each.
func (i *Identity) On(path string, s Script) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.scripts[path] = s
	i.seen[path] = nil
}

// Seen is what arrived at path since its script was set.
func (i *Identity) Seen(path string) []Seen {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]Seen(nil), i.seen[path]...)
}

func (i *Identity) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	seen := see(r)
	i.mu.Lock()
	script := i.scripts[r.URL.Path]
	i.seen[r.URL.Path] = append(i.seen[r.URL.Path], seen)
	i.mu.Unlock()
	if script == nil {
		http.NotFound(w, r)
		return
	}
	script(w, r, seen)
}
