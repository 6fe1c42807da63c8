package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// caseBackends are the upstreams and identity servers of the cases. They play the script of one request at a time.
type caseBackends struct {
	servers map[string]*httptest.Server

	mu           sync.Mutex
	script       *corpus.Script // nil between requests
	seen         *corpus.Observation
	denied       bool // whatever upstreams see now is unauthorised
	unauthorised int
}

func startBackends(t *testing.T) *caseBackends {
	b := &caseBackends{servers: map[string]*httptest.Server{}}
	for _, name := range corpus.Servers() {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.serve(name, w, r) }))
		t.Cleanup(func() { server.CloseClientConnections(); server.Close() })
		b.servers[name] = server
	}
	return b
}

func (b *caseBackends) addresses() map[string]string {
	m := map[string]string{}
	for name, server := range b.servers {
		m[name] = server.Listener.Addr().String()
	}
	return m
}

// begin plays the script of r. What backends see is added to the observation until end is called; denied says that
// upstreams must see nothing.
func (b *caseBackends) begin(r *corpus.Request, denied bool) *corpus.Observation {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script, b.seen, b.denied = corpus.NewScript(r, time.Now), &corpus.Observation{}, denied
	return b.seen
}

func (b *caseBackends) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.script, b.seen, b.denied = nil, &corpus.Observation{}, true
}

// unauthorise counts a request that should not have arrived.
func (b *caseBackends) unauthorise() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.unauthorised++
}

func (b *caseBackends) serve(name string, w http.ResponseWriter, r *http.Request) {
	m := messageOf(name, r)
	b.mu.Lock()
	if corpus.Upstream(name) && b.denied {
		b.unauthorised++
	}
	script := b.script
	if script == nil {
		b.mu.Unlock()
		w.WriteHeader(http.StatusTeapot)
		return
	}
	reply := script.Answer(b.seen, m)
	b.mu.Unlock()

	play := answers(reply)
	if reply.Delay > 0 {
		play = harness.Delay(reply.Delay, play)
	}
	play(w, r, harness.Seen{})
}

// answers gives a reply as a script of the harness.
func answers(reply corpus.Reply) harness.Script {
	switch reply.Fault {
	case corpus.Silent:
		return harness.Until(nil, nil)
	case corpus.Reset:
		return harness.Reset()
	case corpus.Cut:
		return harness.CutOff(reply.Status, reply.Body)
	case corpus.Garbage:
		return harness.Garbage()
	}
	return func(w http.ResponseWriter, _ *http.Request, _ harness.Seen) {
		// A header that is nil is one that the server does not make up.
		w.Header()["Content-Type"] = nil
		for _, h := range reply.Headers {
			w.Header().Add(h.Name, h.Value)
		}
		w.WriteHeader(reply.Status)
		_, _ = io.WriteString(w, reply.Body)
	}
}

// messageOf is a request as it arrived. Names are in order, since the server keeps none.
func messageOf(name string, r *http.Request) corpus.Message {
	body, _ := io.ReadAll(r.Body)
	m := corpus.Message{Cluster: name, Method: r.Method, Target: r.RequestURI, Host: r.Host, Body: string(body)}
	for header, values := range r.Header {
		for _, v := range values {
			m.Headers = append(m.Headers, corpus.Header{Name: strings.ToLower(header), Value: v})
		}
	}
	slices.SortStableFunc(m.Headers, func(a, b corpus.Header) int { return strings.Compare(a.Name, b.Name) })
	return m
}
