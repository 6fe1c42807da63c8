package e2e

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// inEnvoy is the corpus's target that is a real Envoy: a listener for each case, one VM of the filter for all of them.
type inEnvoy struct {
	envoy    *harness.Envoy
	backends *caseBackends
	log      *caseLog
	t        testing.TB
}

// startCases starts an Envoy that has every case. A listener whose configuration is refused is left out by Envoy.
func startCases(t *testing.T, cases []corpus.Case) *inEnvoy {
	t.Helper()
	x := &inEnvoy{backends: startBackends(t), log: &caseLog{}, t: t}
	secure := transportSocket(t)
	var listeners []harness.Listener
	for i := range cases {
		c := &cases[i]
		listeners = append(listeners, listenerOf(c, secure, false))
		if c.Normalise && len(c.Refused) == 0 {
			listeners = append(listeners, listenerOf(c, secure, true))
		}
	}
	x.envoy = harness.Start(t, harness.Config{
		Listeners: listeners, Clusters: x.backends.addresses(), Concurrency: 1, Discover: true, Log: x.log,
		Ready: 3 * time.Minute,
	})
	return x
}

// listenerOf is the listener of a case. Envoy's own limits are above the filter's, so that those are what is seen.
func listenerOf(c *corpus.Case, secure map[string]any, normalise bool) harness.Listener {
	l := harness.Listener{
		Name: listenerName(c, normalise),
		// The root id stands before what the filter logs about its configuration.
		Plugin: map[string]any{"name": c.ID, "root_id": c.ID},
		Manager: map[string]any{
			"normalize_path": normalise, "merge_slashes": normalise, "generate_request_id": false,
			"max_request_headers_kb":       192,
			"common_http_protocol_options": map[string]any{"max_headers_count": 400},
		},
	}
	// Both ways in which Envoy hands a configuration to the filter: as raw bytes of a message, and as text.
	l.Configuration = map[string]any{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": string(c.Document)}
	if c.Config != nil {
		l.Configuration = map[string]any{"@type": "type.googleapis.com/google.protobuf.Struct", "value": c.Config}
	}
	if c.RoutedByEnvoy() {
		l.To = "upstream"
	}
	if c.TLS {
		l.Chain = map[string]any{"transport_socket": secure}
	}
	return l
}

func listenerName(c *corpus.Case, normalise bool) string {
	if normalise {
		return c.ID + ".normalised"
	}
	return c.ID
}

// Open implements corpus.Target.
func (x *inEnvoy) Open(c *corpus.Case) (corpus.Session, error) {
	return &caseInEnvoy{x: x, c: c, name: listenerName(c, false)}, nil
}

type caseInEnvoy struct {
	x    *inEnvoy
	c    *corpus.Case
	name string
}

func (s *caseInEnvoy) Close() error { return nil }

// Refused gives what the filter has logged about its configuration if Envoy does not have the listener.
func (s *caseInEnvoy) Refused() []string {
	if s.x.envoy.Has(s.name) {
		return nil
	}
	return s.x.log.of(s.c.ID)
}

// Do implements corpus.Session.
func (s *caseInEnvoy) Do(r *corpus.Request) (*corpus.Observation, error) {
	return s.send(r, r.Allow == nil || r.Envoy != nil)
}

// send sends a request; denied says that upstreams must see nothing of it.
func (s *caseInEnvoy) send(r *corpus.Request, denied bool) (*corpus.Observation, error) {
	time.Sleep(r.Advance)
	seen := s.x.backends.begin(r, denied)
	reply, err := s.ask(r)
	s.x.backends.end()
	if err != nil {
		return nil, err
	}
	seen.Status, seen.Body = reply.Status, reply.Body
	for name, values := range reply.Header {
		for _, v := range values {
			seen.Headers = append(seen.Headers, corpus.Header{Name: strings.ToLower(name), Value: v})
		}
	}
	return seen, nil
}

// ask sends the request's bytes on a connection of their own and reads the answer.
func (s *caseInEnvoy) ask(r *corpus.Request) (harness.Reply, error) {
	conn, err := s.x.envoy.Listener(s.x.t, s.name).Dial()
	if err != nil {
		return harness.Reply{}, err
	}
	defer conn.Close()
	if s.c.TLS {
		conn = tls.Client(conn, &tls.Config{InsecureSkipVerify: true})
	}
	// Envoy may answer before all of it is sent.
	if _, err := io.WriteString(conn, onTheWire(r)); err != nil && !isReset(err) {
		return harness.Reply{}, err
	}
	return harness.Read(bufio.NewReader(conn), r.Method)
}

func isReset(err error) bool {
	_, ok := err.(*net.OpError)
	return ok
}

// onTheWire is a request's bytes, as wrong as the case wants them. A body is sent with its length.
func onTheWire(r *corpus.Request) string {
	var b strings.Builder
	b.WriteString(r.Method + " " + r.Target + " HTTP/1.1\r\n")
	for _, host := range r.Hosts {
		b.WriteString("Host: " + host + "\r\n")
	}
	for _, h := range r.Headers {
		b.WriteString(h.Name + ": " + h.Value + "\r\n")
	}
	if r.Body != "" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(r.Body)) + "\r\n")
	}
	b.WriteString("\r\n" + r.Body)
	return b.String()
}

// caseLog is Envoy's log.
type caseLog struct{ harness.Log }

// of gives what the filter logged about the configuration of a root id, each message once. It is never nil.
func (l *caseLog) of(root string) []string {
	messages := []string{}
	for line := range strings.Lines(l.String()) {
		_, message, ok := strings.Cut(line, "wasm log "+root+" oathgate: ")
		if message = strings.TrimSpace(message); ok && !slices.Contains(messages, message) {
			messages = append(messages, message)
		}
	}
	return messages
}
