package conformance

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"oathgate/internal/conformance"
	"oathgate/internal/corpus"
)

// backends are the stub backends on sockets, shared by the cases: one request of one case is under way at a time. They
// read what arrives as it is, without net/http, which refuses some of it and sorts the rest.
type backends struct {
	addresses map[string]string // by the stub's name

	mu     sync.Mutex
	script *corpus.Script // of the request that is under way, or of the last one: a callout may outlive it
	seen   *corpus.Observation
	over   bool     // no request is under way
	stray  []string // what upstreams saw then
}

func startBackends(t *testing.T) *backends {
	b := &backends{addresses: map[string]string{}}
	for _, name := range conformance.Stubbed() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		b.addresses[name] = listener.Addr().String()
		go func() {
			for {
				conn, err := listener.Accept()
				if err != nil {
					return
				}
				go b.serve(name, conn)
			}
		}()
	}
	return b
}

// during lets the backends play the script of r while ask runs, and returns what they saw.
func (b *backends) during(r *corpus.Request, ask func() error) (*corpus.Observation, error) {
	o := &corpus.Observation{}
	b.mu.Lock()
	b.script, b.seen, b.over = corpus.NewScript(r, time.Now), o, false
	b.mu.Unlock()
	err := ask()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seen, b.over = &corpus.Observation{}, true
	return o, err
}

// answer notes a request and gives its reply.
func (b *backends) answer(m *corpus.Message) (reply corpus.Reply, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.over && corpus.Upstream(m.Cluster) {
		b.stray = append(b.stray, m.Method+" "+m.Target)
	}
	if b.script == nil {
		return reply, false
	}
	return b.script.Answer(b.seen, *m), true
}

// serve answers the requests of one connection.
func (b *backends) serve(name string, conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	for {
		m, err := readMessage(in)
		if err != nil {
			return
		}
		m.Cluster = name
		reply, ok := b.answer(m)
		time.Sleep(reply.Delay)
		switch {
		case !ok || reply.Fault != "":
			return
		case m.Values("upgrade") != nil && reply.Body == conformance.Echo:
			talk(conn, in, m.Values("upgrade")[0])
			return
		}
		if _, err := conn.Write(replyBytes(m, &reply)); err != nil {
			return
		}
	}
}

// talk upgrades a connection and echoes what comes on it.
func talk(conn net.Conn, in io.Reader, protocol string) {
	fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: %s\r\nConnection: Upgrade\r\nX-Upstream: ws\r\n\r\n", protocol)
	buffer := make([]byte, 65536)
	for {
		n, err := in.Read(buffer)
		if err != nil {
			return
		}
		_, _ = conn.Write(append([]byte("echo:"), buffer[:n]...))
	}
}

func replyBytes(m *corpus.Message, r *corpus.Reply) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d Stub\r\n", r.Status)
	sized := r.Status == 204 || r.Status == 304
	for _, h := range r.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", h.Name, h.Value)
		sized = sized || h.Name == "content-length"
	}
	if !sized {
		fmt.Fprintf(&b, "content-length: %d\r\n", len(r.Body))
	}
	b.WriteString("\r\n")
	if r.Status != 204 && r.Status != 304 && m.Method != "HEAD" {
		b.WriteString(r.Body)
	}
	return b.Bytes()
}

// readMessage reads one request of HTTP/1.1.
func readMessage(in *bufio.Reader) (*corpus.Message, error) {
	first, err := readLine(in)
	if err != nil {
		return nil, err
	}
	words := strings.Split(first, " ")
	if len(words) != 3 {
		return nil, fmt.Errorf("%q is no request", first)
	}
	m := &corpus.Message{Method: words[0], Target: words[1]}
	length, chunked := 0, false
	for {
		line, err := readLine(in)
		if err != nil {
			return nil, err
		}
		if line == "" {
			break
		}
		name, value, _ := strings.Cut(line, ":")
		name, value = strings.ToLower(name), strings.Trim(value, " \t")
		switch name {
		case "host":
			m.Host = value
			continue
		case "content-length":
			if length, err = strconv.Atoi(value); err != nil {
				return nil, err
			}
		case "transfer-encoding":
			chunked = strings.EqualFold(value, "chunked")
		}
		m.Headers = append(m.Headers, corpus.Header{Name: name, Value: value})
	}
	var body []byte
	if chunked {
		if body, err = io.ReadAll(httputil.NewChunkedReader(in)); err == nil {
			err = trailers(in)
		}
	} else {
		body = make([]byte, length)
		_, err = io.ReadFull(in, body)
	}
	m.Body = string(body)
	return m, err
}

func trailers(in *bufio.Reader) error {
	for {
		if line, err := readLine(in); err != nil || line == "" {
			return err
		}
	}
}

func readLine(in *bufio.Reader) (string, error) {
	line, err := in.ReadString('\n')
	return strings.TrimRight(line, "\r\n"), err
}
