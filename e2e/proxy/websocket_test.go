package proxy

import (
	"io"
	"strings"
	"testing"

	"oathgate/e2e/harness"
)

var webSocket = []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="}

// An allowed upgrade is a connection on which bytes go both ways, also those that were sent before it was allowed.
func TestWebSocket(t *testing.T) {
	for _, o := range []*oathgate{plain, secure} {
		for _, path := range []string{"/plain/socket", "/secure/socket", "/session/socket"} {
			for _, early := range []string{"", "early"} {
				t.Run(o.scheme()+path+early, func(t *testing.T) {
					conn, r := o.raw(t)
					lines := append([]string{"Cookie: session=slow", "X-User: root"}, webSocket...)
					_, _ = io.WriteString(conn, harness.Message("GET", path, "", lines...)+early)
					reply, err := harness.Read(r, "GET")
					if err != nil || reply.Status != 101 || reply.Header.Get("X-From") != "" && path == "" {
						t.Fatalf("%d, %v", reply.Status, err)
					}
					sent := early
					for _, piece := range []string{"ping", strings.Repeat("0123456789", 30_000), "\x00\xff"} {
						if _, err := io.WriteString(conn, piece); err != nil {
							t.Fatal(err)
						}
						sent += piece
						got := make([]byte, len(sent))
						if _, err := io.ReadFull(r, got); err != nil || string(got) != sent {
							t.Fatalf("%.20q for %.20q, %v", got, sent, err)
						}
						sent = ""
					}
				})
			}
		}
	}
}

// What follows a refused upgrade reaches no upstream.
func TestRefusedWebSocket(t *testing.T) {
	before := backends.total()
	for _, o := range []*oathgate{plain, secure} {
		for path, want := range map[string]int{"/session/socket": 401, "/denied/socket": 403, "/none/socket": 404, "/login/socket": 302} {
			conn, r := o.raw(t)
			_, _ = io.WriteString(conn, harness.Message("GET", path, "", webSocket...)+"early"+harness.Message("GET", "/plain/smuggled", ""))
			reply, err := harness.Read(r, "GET")
			if err != nil || reply.Status != want {
				t.Errorf("%s: %d, %v, want %d", path, reply.Status, err, want)
			}
			if reply.Header.Get("Upgrade") != "" {
				t.Errorf("%s: %v", path, reply.Header)
			}
		}
		for _, upgrade := range []string{"h2c", "tcp", "WebSocket, h2c", "connect-udp"} {
			conn, r := o.raw(t)
			_, _ = io.WriteString(conn, harness.Message("GET", "/denied/a", "", "Connection: Upgrade, HTTP2-Settings", "Upgrade: "+upgrade, "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"))
			if reply, err := harness.Read(r, "GET"); err == nil && reply.Status < 400 {
				t.Errorf("%s: %d", upgrade, reply.Status)
			}
		}
	}
	if n := backends.total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
}
