package harness

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// Endpoint is an address that speaks HTTP/1.1.
type Endpoint struct{ Address string }

// Reply is an answer with its body read.
type Reply struct {
	Status int
	Header http.Header
	Body   string
}

const answerLimit = 40 * time.Second

// Ask sends method and target with these header lines ("Name: value") and returns the answer. Without a Host line
// the host is app.test. A connection that ends without an answer fails the test.
func (e Endpoint) Ask(t testing.TB, method, target string, lines ...string) Reply {
	t.Helper()
	return e.Send(t, method, target, "", lines...)
}

// Get is Ask with GET.
func (e Endpoint) Get(t testing.TB, target string, lines ...string) Reply {
	t.Helper()
	return e.Ask(t, http.MethodGet, target, lines...)
}

// Send is Ask with a body.
func (e Endpoint) Send(t testing.TB, method, target, body string, lines ...string) Reply {
	t.Helper()
	reply, err := e.Raw(Message(method, target, body, lines...))
	if err != nil {
		t.Fatalf("%s %s: %v", method, target, err)
	}
	return reply
}

// Message is a request's bytes. Nothing in it is escaped, checked or normalised, so that it may be as wrong as a test
// wants: only a missing Host line is added, and for a body its length.
func Message(method, target, body string, lines ...string) string {
	var b strings.Builder
	b.WriteString(method + " " + target + " HTTP/1.1\r\n")
	hasHost := false
	for _, line := range lines {
		hasHost = hasHost || len(line) >= 5 && strings.EqualFold(line[:5], "host:")
		b.WriteString(line + "\r\n")
	}
	if !hasHost {
		b.WriteString("Host: app.test\r\n")
	}
	if body != "" {
		b.WriteString("Content-Length: " + strconv.Itoa(len(body)) + "\r\n")
	}
	b.WriteString("\r\n" + body)
	return b.String()
}

// Raw sends these bytes on a connection of their own and reads one answer.
func (e Endpoint) Raw(message string) (Reply, error) {
	conn, err := e.Dial()
	if err != nil {
		return Reply{}, err
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, message); err != nil {
		return Reply{}, err
	}
	method, _, _ := strings.Cut(message, " ")
	return Read(bufio.NewReader(conn), method)
}

// Dial opens a connection that gives up after 40 seconds.
func (e Endpoint) Dial() (net.Conn, error) {
	conn, err := net.DialTimeout("tcp", e.Address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(time.Now().Add(answerLimit))
}

// Read reads the answer to a request with this method. An answer that switches protocols ends with its headers.
func Read(r *bufio.Reader, method string) (Reply, error) {
	resp, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		return Reply{}, err
	}
	defer resp.Body.Close()
	reply := Reply{Status: resp.StatusCode, Header: resp.Header}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return reply, nil
	}
	body, err := io.ReadAll(resp.Body)
	reply.Body = string(body)
	return reply, err
}
