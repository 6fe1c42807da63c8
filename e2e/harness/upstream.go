package harness

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
)

// Seen is one request that arrived at the upstream or the identity server.
type Seen struct {
	Method string              `json:"method"`
	Target string              `json:"target"` // path and query as they arrived
	Host   string              `json:"host"`
	Header map[string][]string `json:"header"`
	Body   string              `json:"body"`
}

func see(r *http.Request) Seen {
	body, _ := io.ReadAll(r.Body)
	return Seen{Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header, Body: string(body)}
}

// Upstream is what Envoy guards. It answers 200 with the request that it saw as JSON (Reply.Seen reads it); a request
// for a WebSocket it upgrades, and then echoes bytes.
//
// It counts what should never have arrived. Authorised is a request that carries X-Allowed-By, which the rules of
// tests let the header mutator set and no client can bring along, or one whose path starts with /open/.
type Upstream struct {
	server *httptest.Server

	mu           sync.Mutex
	total        int
	unauthorised []string
}

// NewUpstream starts one. Close ends it.
func NewUpstream() *Upstream {
	u := &Upstream{}
	u.server = httptest.NewServer(u)
	return u
}

// Address is where it listens.
func (u *Upstream) Address() string { return u.server.Listener.Addr().String() }

// Close ends it, open connections included.
func (u *Upstream) Close() {
	u.server.CloseClientConnections()
	u.server.Close()
}

// Total is the number of requests that arrived.
func (u *Upstream) Total() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.total
}

// Unauthorised describes the requests that should not have arrived.
func (u *Upstream) Unauthorised() []string {
	u.mu.Lock()
	defer u.mu.Unlock()
	return slices.Clone(u.unauthorised)
}

func (u *Upstream) note(r *http.Request) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.total++
	if r.Header.Get("X-Allowed-By") == "" && !strings.HasPrefix(r.URL.Path, "/open/") {
		u.unauthorised = append(u.unauthorised, fmt.Sprintf("%s %s %v", r.Method, r.RequestURI, r.Header))
	}
}

func (u *Upstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	u.note(r)
	if strings.EqualFold(r.Header.Get("Upgrade"), "websocket") {
		echo(w)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(see(r))
}

func echo(w http.ResponseWriter) {
	conn, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	_, _ = io.Copy(conn, buffered)
}

// Seen is the request that the upstream saw, from its answer.
func (r Reply) Seen() (Seen, error) {
	var s Seen
	err := json.Unmarshal([]byte(r.Body), &s)
	return s, err
}
