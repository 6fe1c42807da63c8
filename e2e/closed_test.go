package e2e

import (
	"bufio"
	"fmt"
	"io"
	"testing"

	"oathgate/e2e/harness"
)

var (
	// What is left when the filter is gone: a route that wants its word and its header, one that wants but one of them,
	// and under `routing: envoy` the RBAC filter.
	withoutFilter     = suite.Listen(harness.Listener{Name: "without-filter"})
	headerAlone       = suite.Listen(harness.Listener{Name: "header-alone", NoInterlock: true})
	wordAlone         = suite.Listen(harness.Listener{Name: "word-alone", HeaderGiven: "upstream"})
	interlockAlone    = suite.Listen(harness.Listener{Name: "interlock-alone", To: "upstream"})
	nothingInBetween  = suite.Listen(harness.Listener{Name: "nothing-in-between", To: "upstream", NoInterlock: true})
	everythingAllowed = suite.Listen(harness.Listener{Name: "stand-in", StandIn: "upstream"})
)

const upgrade = "Connection: Upgrade"

var webSocket = []string{upgrade, "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}

// Without the filter nothing reaches the upstream, whatever headers a client sends along.
func TestWithoutTheFilterNothingPasses(t *testing.T) {
	attempts := [][]string{
		nil,
		{"X-Oathgate-Cluster: upstream"},
		{"X-Oathgate-Cluster: upstream", "x-oathgate-cluster: upstream"},
		{"X-Forwarded-For: 127.0.0.1"},
		{"X-Allowed-By: me"},
		webSocket,
		append([]string{"X-Oathgate-Cluster: upstream"}, webSocket...),
	}
	for name, listener := range map[string]harness.Shared{
		"word and header": withoutFilter, "header alone": headerAlone, "word alone": wordAlone, "RBAC": interlockAlone,
	} {
		t.Run(name, func(t *testing.T) {
			before := suite.Upstream.Total()
			for i, headers := range attempts {
				for _, target := range []string{"/open/x", "/"} {
					if reply := listener.Get(t, target, headers...); reply.Status != 403 {
						t.Errorf("attempt %d, %s: %d %s", i, target, reply.Status, reply.Body)
					}
				}
			}
			if n := suite.Upstream.Total() - before; n != 0 {
				t.Errorf("the upstream saw %d requests", n)
			}
		})
	}
}

// The counter-checks: with neither filter nor interlock there is a way, and who says "allow" and where gets through both guards.
func TestTheWayIsThere(t *testing.T) {
	for name, listener := range map[string]harness.Shared{"nothing in between": nothingInBetween, "stand-in": everythingAllowed} {
		t.Run(name, func(t *testing.T) {
			reply := listener.Get(t, "/open/x?y=1", "X-Oathgate-Cluster: dead", "X-Mine: 1")
			seen, err := reply.Seen()
			if err != nil || reply.Status != 200 || seen.Target != "/open/x?y=1" || seen.Host != "app.test" {
				t.Fatalf("%d %s, %v", reply.Status, reply.Body, err)
			}
			if seen.Header["X-Oathgate-Cluster"] != nil || seen.Header["X-Mine"] == nil {
				t.Errorf("the upstream saw %v", seen.Header)
			}
		})
	}
}

func TestWebSocketsPassTheSameChain(t *testing.T) {
	conn, err := everythingAllowed.At(t).Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, harness.Message("GET", "/open/socket", "", webSocket...)); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	if reply, err := harness.Read(r, "GET"); err != nil || reply.Status != 101 {
		t.Fatalf("%d %s, %v", reply.Status, reply.Body, err)
	}
	fmt.Fprint(conn, "there and back")
	back := make([]byte, len("there and back"))
	if _, err := io.ReadFull(r, back); err != nil || string(back) != "there and back" {
		t.Errorf("%q, %v", back, err)
	}
}
