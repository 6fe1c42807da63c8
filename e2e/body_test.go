package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/http2"

	"oathgate/e2e/harness"
)

const bodyRules = `
access_rules:
  rules:
    - id: upload
      match: {url: "http://app.test/upload/<.*>", methods: [GET, POST, PUT]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: noop}]
      authorizer: {handler: remote}
      mutators: [{handler: header}]
    - id: late
      match: {url: "http://app.test/late/<.*>", methods: [POST]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: cookie_session, config: {check_session_url: "http://identity.test/late-session", preserve_path: true}}]
      authorizer: {handler: remote}
      mutators: [{handler: header}]
authorizers:
  remote: {enabled: true, config: {remote: "http://identity.test/body"}}
`

var (
	bodies   = suite.Listen(harness.Listener{Name: "bodies", Rules: bodyRules + withoutAuthorizers})
	bodies10 = suite.Listen(harness.Listener{
		Name: "bodies-http10", Rules: bodyRules + withoutAuthorizers,
		Manager: map[string]any{"http_protocol_options": map[string]any{"accept_http_10": true}},
	})
	// withoutAuthorizers is enabled, whose authorizers are bodyRules' own.
	withoutAuthorizers = strings.Replace(enabled, "authorizers:\n  allow: {enabled: true}\n  deny: {enabled: true}\n", "", 1)
)

// maxBody is the filter's limit, and the listeners' buffer.
const maxBody = 1 << 20

// judgesBodies lets in what ends in "ok", or is empty.
func judgesBodies() {
	suite.Identity.On("/body", func(w http.ResponseWriter, _ *http.Request, seen harness.Seen) {
		if seen.Body != "" && !strings.HasSuffix(seen.Body, "ok") {
			w.WriteHeader(http.StatusForbidden)
		}
	})
}

// A body reaches the authorizer and the upstream whole, however it comes, and neither if
// it does not come whole.
func TestBodies(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 4096) + "ok"
	full := strings.Repeat("x", maxBody-2) + "ok"
	length := func(n int) string { return fmt.Sprintf("Content-Length: %d\r\n", n) }
	const chunked = "Transfer-Encoding: chunked\r\n"
	for _, c := range []struct {
		name, start, headers string
		pieces               []string
		status               int
		body                 string
		old                  bool
	}{
		{name: "none", start: "POST /upload/a HTTP/1.1", status: 200},
		{name: "none of a GET", start: "GET /upload/a HTTP/1.1", status: 200},
		{name: "empty", start: "POST /upload/a HTTP/1.1", headers: length(0), status: 200},
		{name: "empty in chunks", start: "POST /upload/a HTTP/1.1", headers: chunked, pieces: []string{"0\r\n\r\n"}, status: 200},
		{name: "at once", start: "PUT /upload/a HTTP/1.1", headers: length(2), pieces: []string{"ok"}, status: 200, body: "ok"},
		{name: "in pieces", start: "POST /upload/a HTTP/1.1", headers: length(6), pieces: []string{"a", "bc", "d", "ok"}, status: 200, body: "abcdok"},
		{name: "refused in pieces", start: "POST /upload/a HTTP/1.1", headers: length(6), pieces: []string{"a", "bc", "d", "no"}, status: 403, body: "abcdno"},
		{name: "in chunks", start: "POST /upload/a HTTP/1.1", headers: chunked, pieces: []string{"3\r\nabc\r\n", "2;x=y\r\nok\r\n", "0\r\n\r\n"}, status: 200, body: "abcok"},
		{name: "in chunks, with trailers", start: "POST /upload/a HTTP/1.1", headers: chunked, pieces: []string{"2\r\nok\r\n", "0\r\nX-Trailer: t\r\n\r\n"}, status: 200, body: "ok"},
		{name: "long", start: "POST /upload/a HTTP/1.1", headers: length(len(long)), pieces: []string{long[:1], long[1:30000], long[30000:]}, status: 200, body: long},
		{name: "to the limit", start: "POST /upload/a HTTP/1.1", headers: length(len(full)), pieces: []string{full}, status: 200, body: full},
		{name: "over the limit", start: "POST /upload/a HTTP/1.1", headers: length(maxBody + 1), pieces: []string{full, "x"}, status: 413},
		{name: "over the limit in chunks", start: "POST /upload/a HTTP/1.1", headers: chunked, pieces: []string{"100000\r\n" + full + "\r\n", "2\r\nok\r\n"}, status: 413},
		{name: "HTTP/1.0", start: "POST /upload/a HTTP/1.0", headers: length(2), pieces: []string{"ok"}, status: 426},
		{name: "HTTP/1.0 where it is served", start: "POST /upload/a HTTP/1.0", headers: length(4), pieces: []string{"a", "bok"}, status: 200, body: "abok", old: true},
		{name: "HTTP/1.0, refused", start: "POST /upload/a HTTP/1.0", headers: length(2), pieces: []string{"no"}, status: 403, body: "no", old: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			judgesBodies()
			at, before := bodies, suite.Upstream.Total()
			if c.old {
				at = bodies10
			}
			conn, err := at.At(t).Dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			for _, piece := range append([]string{c.start + "\r\nHost: app.test\r\n" + c.headers + "\r\n"}, c.pieces...) {
				if _, err := io.WriteString(conn, piece); err != nil && c.status != 413 {
					t.Fatal(err)
				}
				// Apart in time, so that Envoy reads them apart.
				time.Sleep(20 * time.Millisecond)
			}
			reply, err := harness.Read(bufio.NewReader(conn), strings.Fields(c.start)[0])
			if err != nil || reply.Status != c.status {
				t.Fatalf("%d %.200s, %v, want %d", reply.Status, reply.Body, err, c.status)
			}
			asked := suite.Identity.Seen("/body")
			if wanted := c.status == 200 || c.status == 403; len(asked) != map[bool]int{true: 1}[wanted] || wanted && asked[0].Body != c.body {
				t.Errorf("the authorizer was asked %d times", len(asked))
			}
			if c.status != 200 {
				if n := suite.Upstream.Total() - before; n != 0 {
					t.Errorf("the upstream saw %d requests", n)
				}
				return
			}
			if seen, err := reply.Seen(); err != nil || seen.Body != c.body {
				t.Errorf("the upstream saw a body of %d bytes, want %d; %v", len(seen.Body), len(c.body), err)
			}
		})
	}
}

// A body that has come before anybody asks for it, while the session was checked.
func TestBodyDuringACallout(t *testing.T) {
	judgesBodies()
	at := bodies.At(t)
	suite.Identity.On("/late-session", harness.Delay(200*time.Millisecond, harness.JSON(200, map[string]any{"subject": "alice"})))
	long := strings.Repeat("y", 300_000) + "ok"
	reply := at.Send(t, "POST", "/late/a", long, "Cookie: s=1")
	if seen, err := reply.Seen(); reply.Status != 200 || err != nil || seen.Body != long {
		t.Errorf("%d, the upstream saw %d bytes; %v", reply.Status, len(seen.Body), err)
	}
	if asked := suite.Identity.Seen("/body"); len(asked) != 1 || asked[0].Body != long {
		t.Errorf("the authorizer was asked %d times", len(asked))
	}
	if reply := at.Send(t, "POST", "/late/a", "no", "Cookie: s=1"); reply.Status != 403 {
		t.Errorf("%d", reply.Status)
	}
}

// A client that waits for 100 Continue is told to go on, and judged by what it sends then.
func TestBodyAfterContinue(t *testing.T) {
	for body, want := range map[string]int{"ok": 200, "no": 403} {
		judgesBodies()
		conn, err := bodies.At(t).Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		_, _ = io.WriteString(conn, "POST /upload/a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
		if line, err := r.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
			t.Fatalf("%q, %v", line, err)
		}
		if _, err := r.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, body)
		if reply, err := harness.Read(r, "POST"); err != nil || reply.Status != want {
			t.Errorf("%s: %d, %v, want %d", body, reply.Status, err, want)
		}
	}
}

// A client that goes away in the middle of its body, or while that is judged, leaves
// nothing behind: nobody sees its request, and the next client is served.
func TestClientGoneDuringItsBody(t *testing.T) {
	before := suite.Upstream.Total()
	judgesBodies()
	for range 10 {
		conn, err := bodies.At(t).Dial()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, "POST /upload/a HTTP/1.1\r\nHost: app.test\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 50_000))
		conn.Close()
	}
	if reply := bodies.At(t).Send(t, "POST", "/upload/a", "ok"); reply.Status != 200 {
		t.Errorf("afterwards: %d", reply.Status)
	}
	if asked := suite.Identity.Seen("/body"); len(asked) != 1 {
		t.Errorf("the authorizer was asked %d times", len(asked))
	}

	asked, release := make(chan struct{}, 10), make(chan struct{})
	suite.Identity.On("/body", func(http.ResponseWriter, *http.Request, harness.Seen) {
		asked <- struct{}{}
		<-release
	})
	for range 10 {
		conn, err := bodies.At(t).Dial()
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(conn, harness.Message("POST", "/upload/a", "ok"))
		<-asked
		conn.Close()
	}
	close(release)
	judgesBodies()
	if reply := bodies.At(t).Send(t, "POST", "/upload/a", "ok"); reply.Status != 200 {
		t.Errorf("afterwards: %d", reply.Status)
	}
	if n := suite.Upstream.Total() - before; n != 2 {
		t.Errorf("the upstream saw %d requests, want 2", n)
	}
}

// A request that follows on the same connection is another one, whatever became of the
// first.
func TestRequestBehindABody(t *testing.T) {
	for body, want := range map[string]int{"ok": 200, "no": 403} {
		judgesBodies()
		conn, err := bodies.At(t).Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		r := bufio.NewReader(conn)
		_, _ = io.WriteString(conn, harness.Message("POST", "/upload/first", body)+harness.Message("GET", "/upload/second", ""))
		if reply, err := harness.Read(r, "POST"); err != nil || reply.Status != want {
			t.Errorf("%s: %d, %v, want %d", body, reply.Status, err, want)
		}
		reply, err := harness.Read(r, "GET")
		if seen, _ := reply.Seen(); err != nil || reply.Status != 200 || seen.Target != "/upload/second" || seen.Body != "" {
			t.Errorf("behind %s: %d %+v, %v", body, reply.Status, seen, err)
		}
	}
}

// A WebSocket has no body that could be judged, and none that could be hidden behind it.
func TestUpgradeOfAJudgedRequest(t *testing.T) {
	if strings.HasPrefix(suite.Envoy.Binary.Version, "1.36.") {
		t.Skip("Envoy 1.36 hands on nothing that a client sends over a WebSocket whose request had to wait (COMPATIBILITY.md)")
	}
	judgesBodies()
	conn, err := bodies.At(t).Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	_, _ = io.WriteString(conn, harness.Message("GET", "/upload/socket", "", webSocket...))
	if reply, err := harness.Read(r, "GET"); err != nil || reply.Status != 101 {
		t.Fatalf("%d, %v", reply.Status, err)
	}
	_, _ = io.WriteString(conn, "ping")
	got := make([]byte, 4)
	if _, err := io.ReadFull(r, got); err != nil || string(got) != "ping" {
		t.Errorf("%q, %v", got, err)
	}
	if asked := suite.Identity.Seen("/body"); len(asked) != 1 || asked[0].Body != "" {
		t.Errorf("the authorizer was asked %d times", len(asked))
	}
	before := suite.Upstream.Total()
	for _, framing := range []string{"Content-Length: 2", "Transfer-Encoding: chunked"} {
		message := harness.Message("POST", "/upload/socket", "", append([]string{framing}, webSocket...)...) + "no"
		if reply, err := bodies.At(t).Raw(message); err == nil && reply.Status < 400 {
			t.Errorf("%s: %d", framing, reply.Status)
		}
	}
	if n := suite.Upstream.Total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
}

// trailing is a body that ends with a trailer.
type trailing struct {
	io.Reader
	request *http.Request
}

func (b *trailing) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		b.request.Trailer.Set("X-Trailer", "t")
	}
	return n, err
}

// Over HTTP/2 trailers end a body, and it is judged all the same.
func TestBodyEndsWithTrailers(t *testing.T) {
	address := bodies.At(t).Address
	transport := &http2.Transport{AllowHTTP: true, DialTLSContext: func(ctx context.Context, _, _ string, _ *tls.Config) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "tcp", address)
	}}
	defer transport.CloseIdleConnections()
	long := strings.Repeat("z", 200_000)
	for end, want := range map[string]int{"ok": 200, "no": 403} {
		judgesBodies()
		r, err := http.NewRequestWithContext(t.Context(), "POST", "http://app.test/upload/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Trailer = http.Header{"X-Trailer": nil}
		r.Body, r.ContentLength = io.NopCloser(&trailing{strings.NewReader(long + end), r}), -1
		resp, err := transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if asked := suite.Identity.Seen("/body"); resp.StatusCode != want || len(asked) != 1 || asked[0].Body != long+end {
			t.Errorf("%s: %d, the authorizer was asked %d times", end, resp.StatusCode, len(asked))
		}
	}
}
