package proxy

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"testing"
	"time"

	"golang.org/x/net/http2"
)

var quiet = log.New(io.Discard, "", 0)

// h2 speaks HTTP/2 with a proxy.
func (o *oathgate) h2(t *testing.T) http.RoundTripper {
	t.Helper()
	transport := &http2.Transport{
		AllowHTTP: true, TLSClientConfig: o.tls("h2"),
		DialTLSContext: func(ctx context.Context, _, _ string, secret *tls.Config) (net.Conn, error) {
			conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", o.Address)
			if err != nil || o != secure {
				return conn, err
			}
			wrapped := tls.Client(conn, secret)
			return wrapped, wrapped.HandshakeContext(ctx)
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

// h1 speaks HTTP/1.1 with a proxy.
func (o *oathgate) h1(t *testing.T) http.RoundTripper {
	t.Helper()
	transport := &http.Transport{
		ExpectContinueTimeout: 30 * time.Second,
		DialContext:           func(ctx context.Context, _, _ string) (net.Conn, error) { return o.connect(ctx, "http/1.1") },
		DialTLSContext:        func(ctx context.Context, _, _ string) (net.Conn, error) { return o.connect(ctx, "http/1.1") },
	}
	t.Cleanup(transport.CloseIdleConnections)
	return transport
}

func (o *oathgate) tls(protocol string) *tls.Config {
	return &tls.Config{RootCAs: backends.authority.Pool(), ServerName: "app.test", NextProtos: []string{protocol}}
}

// connect opens a connection, over TLS where that is spoken, that gives up after 40 seconds.
func (o *oathgate) connect(ctx context.Context, protocol string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: 10 * time.Second}).DialContext(ctx, "tcp", o.Address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(time.Now().Add(40 * time.Second)); err != nil || o != secure {
		return conn, err
	}
	wrapped := tls.Client(conn, o.tls(protocol))
	return wrapped, wrapped.HandshakeContext(ctx)
}

// raw is a connection over which a test writes HTTP/1.1 itself.
func (o *oathgate) raw(t *testing.T) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := o.connect(t.Context(), "http/1.1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn, bufio.NewReader(conn)
}

func (o *oathgate) scheme() string {
	if o == secure {
		return "https"
	}
	return "http"
}

// everyWay runs a test over HTTP/1.1 and HTTP/2, in clear text and over TLS.
func everyWay(t *testing.T, f func(t *testing.T, base string, client http.RoundTripper)) {
	t.Helper()
	for _, o := range []*oathgate{plain, secure} {
		base := o.scheme() + "://app.test"
		t.Run(o.scheme()+" HTTP/1.1", func(t *testing.T) { f(t, base, o.h1(t)) })
		t.Run(o.scheme()+" HTTP/2", func(t *testing.T) { f(t, base, o.h2(t)) })
	}
}

// ask sends a request; a context that is over after 40 seconds goes with it.
func ask(t *testing.T, client http.RoundTripper, method, url string, body io.Reader, change ...func(*http.Request)) *http.Response {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range change {
		f(r)
	}
	resp, err := client.RoundTrip(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// saw is what an upstream saw of the request that it answered.
func saw(t *testing.T, resp *http.Response) (a arrived) {
	t.Helper()
	if resp.StatusCode != 200 {
		t.Fatalf("answered with %d", resp.StatusCode)
	}
	if err := json.NewDecoder(resp.Body).Decode(&a); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	return a
}

func header(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}
