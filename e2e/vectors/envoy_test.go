// Package vectors sends the table of paths, hosts and headers by which proxies were bypassed, byte for byte, through
// Envoy with its path options on and off. What is allowed there must be what the rules allow natively of the bytes that
// Envoy delivers: those that an upstream sees behind the same listener without the filter.
package vectors

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"path"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// rules: everything in /admin is denied, whatever leads there, and /anonymous has no room for credentials.
const rules = `
access_rules:
  rules:
    - {id: public, match: {url: "http://app.test/public/<.*>", methods: [GET, HEAD, POST, OPTIONS, TRACE, CONNECT]}, upstream: {url: "http://upstream.test"},
       authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: noop}]}
    - {id: exact, match: {url: "http://app.test/exact/<[a-z]+>", methods: [GET, POST]}, upstream: {url: "http://upstream.test"},
       authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: header, config: {headers: {X-User: "{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}"}}}]}
    - {id: strip, match: {url: "http://app.test/strip<(/.*)?>", methods: [GET, POST]}, upstream: {url: "http://upstream.test/base", strip_path: /strip, preserve_host: true},
       authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: header}]}
    - {id: anonymous, match: {url: "http://app.test/anonymous/<.*>", methods: [GET, POST]}, upstream: {url: "http://upstream.test"},
       authenticators: [{handler: anonymous}], authorizer: {handler: allow}, mutators: [{handler: header}]}
    - {id: secret, match: {url: "https://app.test/secret/<.*>", methods: [GET, POST]}, upstream: {url: "http://upstream.test"},
       authenticators: [{handler: noop}], authorizer: {handler: allow}, mutators: [{handler: noop}]}
    - {id: admin, match: {url: "http://app.test/admin<.*>", methods: [GET, HEAD, POST]}, upstream: {url: "http://upstream.test"},
       authenticators: [{handler: noop}], authorizer: {handler: deny}, mutators: [{handler: noop}]}
authenticators: {noop: {enabled: true}, anonymous: {enabled: true, config: {subject: guest}}}
authorizers: {allow: {enabled: true}, deny: {enabled: true}}
mutators: {noop: {enabled: true}, header: {enabled: true, config: {headers: {X-User: "{{ print .Subject }}"}}}}
`

// mirror answers each request with the bytes of its head.
func mirror(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go reflect(conn)
		}
	}()
	return l.Addr().String()
}

func reflect(conn net.Conn) {
	defer conn.Close()
	r := bufio.NewReader(conn)
	for {
		var head strings.Builder
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if line == "\r\n" {
				break
			}
			head.WriteString(line)
		}
		body := head.String()
		if strings.HasPrefix(body, "HEAD ") {
			// The only answer without a body: it says the head in a header.
			body = strings.ReplaceAll(body, "\r\n", "\\r\\n")
			if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nX-Head: %s\r\nContent-Length: 0\r\n\r\n", body); err != nil {
				return
			}
			continue
		}
		if _, err := fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body); err != nil {
			return
		}
	}
}

// send gives what the upstream saw of a vector, nil if it saw nothing.
func send(at harness.Endpoint, v vector) *corpus.Message {
	reply, err := at.Raw(v.wire())
	if err != nil || reply.Status != 200 {
		return nil
	}
	head := reply.Body
	if said := reply.Header.Get("X-Head"); said != "" {
		head = strings.ReplaceAll(said, "\\r\\n", "\r\n")
	}
	lines := strings.Split(strings.TrimSuffix(head, "\r\n"), "\r\n")
	start := strings.Split(lines[0], " ")
	m := &corpus.Message{Cluster: "upstream", Method: start[0], Target: strings.Join(start[1:len(start)-1], " ")}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		if name == "host" {
			m.Host = value
			continue
		}
		// Envoy leaves "trailers" in it, which corpus.Deliver does not; no rule may set it.
		if name != "te" {
			m.Headers = append(m.Headers, corpus.Header{Name: name, Value: value})
		}
	}
	return m
}

// natively gives what the upstream would see if rules alone judged what Envoy delivers, nil if nothing.
func natively(t *testing.T, judge corpus.Session, delivered *corpus.Message) *corpus.Message {
	t.Helper()
	r := &corpus.Request{Method: delivered.Method, Target: delivered.Target, Hosts: []string{delivered.Host}}
	for _, h := range delivered.Headers {
		// The router adds these behind all filters.
		if h.Name != "x-envoy-expected-rq-timeout-ms" {
			r.Headers = append(r.Headers, h)
		}
	}
	o, err := judge.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if len(o.Upstreams) == 0 {
		return nil
	}
	return &o.Upstreams[0]
}

// leads says where the most credulous server takes a target to: decoded until nothing is left, with every slash of any
// kind, and without parameters.
func leads(target string) string {
	p, _, _ := strings.Cut(target, "?")
	for range 5 {
		p = decoded(p)
	}
	p = strings.NewReplacer(`\`, "/", "\xc0\xae", ".", "\xe0\x80\xae", ".", "\xc0\xaf", "/", "\x00", "").Replace(p)
	segments := strings.Split(p, "/")
	for i, s := range segments {
		segments[i], _, _ = strings.Cut(s, ";")
	}
	return strings.ToLower(path.Clean("/" + strings.Join(segments, "/")))
}

func decoded(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		var c byte
		if s[i] == '%' && i+2 < len(s) {
			if n, err := fmt.Sscanf(s[i+1:i+3], "%02x", &c); n == 1 && err == nil {
				b.WriteByte(c)
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestVectors(t *testing.T) {
	upstream := mirror(t)
	listener := func(name string, on bool) harness.Listener {
		return harness.Listener{Name: name, Manager: map[string]any{
			"normalize_path": on, "merge_slashes": on, "generate_request_id": false, "max_request_headers_kb": 192,
			"common_http_protocol_options": map[string]any{"max_headers_count": 200}, "http_protocol_options": map[string]any{"allow_custom_methods": true},
		}}
	}
	var listeners []harness.Listener
	for name, on := range map[string]bool{"on": true, "off": false} {
		guarded, open := listener("guarded-"+name, on), listener("open-"+name, on)
		guarded.Rules, open.StandIn = rules, "upstream"
		listeners = append(listeners, guarded, open)
	}
	envoy := harness.Start(t, harness.Config{Listeners: listeners, Clusters: map[string]string{"upstream": upstream}, Ready: 3 * time.Minute})
	document := nativeDocument(t)

	vectors := all()
	for _, name := range []string{"on", "off"} {
		t.Run("path options "+name, func(t *testing.T) {
			began := time.Now()
			judge, err := corpus.Native{}.Open(&corpus.Case{Document: document})
			if err != nil || len(judge.Refused()) > 0 {
				t.Fatal(err, judge.Refused())
			}
			seen := everything(envoy.Listener(t, "guarded-"+name), vectors)
			delivered := everything(envoy.Listener(t, "open-"+name), vectors)
			allowed, reached := 0, 0
			for i, v := range vectors {
				got := seen[i]
				if got != nil {
					allowed++
				}
				if delivered[i] == nil {
					if got != nil {
						t.Errorf("%s: allowed, and not delivered without the filter: %s", v, got.Target)
					}
					continue
				}
				reached++
				want := natively(t, judge, delivered[i])
				if (want == nil) != (got == nil) {
					t.Errorf("%s: delivered as %q of %q: allowed in Envoy: %v, natively: %v", v, delivered[i].Target, delivered[i].Host, got != nil, want != nil)
					continue
				}
				if got == nil {
					continue
				}
				for _, p := range corpus.Differ(&corpus.Request{}, &corpus.Observation{Upstreams: []corpus.Message{*want}}, &corpus.Observation{Upstreams: []corpus.Message{*got}}) {
					t.Errorf("%s: compared with natively: %s", v, p)
				}
				if at := leads(got.Target); strings.HasPrefix(at, "/admin") {
					t.Errorf("%s: UNAUTHORISED: %q leads to %s", v, got.Target, at)
				}
			}
			t.Logf("%d requests, %d delivered without the filter, %d allowed with it; %v", len(vectors), reached, allowed, time.Since(began).Round(100*time.Millisecond))
			if allowed < 100 || allowed > reached/2 {
				t.Errorf("%d of %d allowed: the table shows nothing", allowed, reached)
			}
		})
	}
	if n := 2 * len(vectors); n < 2000 {
		t.Errorf("only %d requests", n)
	}
	if err := envoy.Err(); err != nil {
		t.Error(err)
	}
	if n := envoy.Stat(t, "oathgate.panics"); n != 0 {
		t.Errorf("the filter panicked %d times", n)
	}
}

// everything sends all vectors, eight at a time, each on a connection of its own.
func everything(at harness.Endpoint, vectors []vector) []*corpus.Message {
	seen := make([]*corpus.Message, len(vectors))
	next := make(chan int)
	var busy sync.WaitGroup
	for range 8 {
		busy.Go(func() {
			for i := range next {
				seen[i] = send(at, vectors[i])
			}
		})
	}
	for i := range vectors {
		next <- i
	}
	close(next)
	busy.Wait()
	return seen
}

// nativeDocument is the rules as the filter gets them.
func nativeDocument(t *testing.T) []byte {
	t.Helper()
	var root map[string]any
	if err := yaml.NewDecoder(strings.NewReader(rules)).Decode(&root); err != nil && err != io.EOF {
		t.Fatal(err)
	}
	root["oathgate"] = map[string]any{
		"clusters": map[string]any{"http://upstream.test": "upstream"}, "routing_header": corpus.RoutingHeader, "peer_state": corpus.PeerState,
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
