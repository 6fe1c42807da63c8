package e2e

import (
	"io"
	"net"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// Each rule asks another place of the identity server, which fails in its own way.
var faults = suite.Listen(harness.Listener{Name: "identity-faults", Rules: `
access_rules:
  rules:
    - id: session
      match: {url: "http://app.test/session/<.*>", methods: [GET]}
      upstream: {url: "http://upstream.test"}
      # The session is asked for at the request's own path.
      authenticators: [{handler: cookie_session}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: dead
      match: {url: "http://app.test/dead/<.*>", methods: [GET]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: cookie_session, config: {check_session_url: "http://dead.test/session"}}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
    - id: empty
      match: {url: "http://app.test/empty/<.*>", methods: [GET]}
      upstream: {url: "http://upstream.test"}
      authenticators: [{handler: cookie_session, config: {check_session_url: "http://empty.test/session"}}]
      authorizer: {handler: allow}
      mutators: [{handler: header}]
` + enabled})

// An identity server that fails, in whatever way, lets nobody in; afterwards the same worker serves on.
func TestIdentityServerFails(t *testing.T) {
	session := map[string]any{"subject": "alice"}
	for path, script := range map[string]harness.Script{
		"/session/reset":   harness.Reset(),
		"/session/garbage": harness.Garbage(),
		"/session/cut-off": harness.CutOff(200, `{"subject":"alice"`),
		"/session/slow":    harness.Delay(10*time.Second, harness.JSON(200, session)),
		"/session/text":    harness.Text(200, `subject: alice`),
		"/session/twice":   harness.Text(200, `{"subject":"alice","subject":"root"}`),
		"/session/broken":  harness.JSON(500, session),
		"/session/created": harness.JSON(201, session),
		"/session/moved":   harness.JSON(302, session),
		"/session/good":    harness.JSON(200, session),
	} {
		suite.Identity.On(path, script)
	}
	for target, want := range map[string]int{
		"/session/reset": 403, "/session/garbage": 403, "/session/cut-off": 403, "/session/slow": 403,
		"/dead/x": 403, "/empty/x": 403,
		"/session/text": 403, "/session/twice": 403,
		"/session/broken": 401, "/session/created": 401, "/session/moved": 401,
	} {
		t.Run(target, func(t *testing.T) {
			began, before := time.Now(), suite.Upstream.Total()
			if reply := faults.Get(t, target, "Cookie: session=1"); reply.Status != want {
				t.Errorf("%d %s, want %d", reply.Status, reply.Body, want)
			}
			if took := time.Since(began); took > 6*time.Second {
				t.Errorf("the answer took %v", took)
			}
			if suite.Upstream.Total() != before {
				t.Error("the upstream saw it")
			}
			if reply := faults.Get(t, "/session/good", "Cookie: session=1"); reply.Status != 200 {
				t.Errorf("afterwards: %d %s", reply.Status, reply.Body)
			}
		})
	}
}

// A client that goes away while its session is asked for leaves nothing behind: the answer that comes late opens no
// way, and the next client is served.
func TestClientGoneDuringACallout(t *testing.T) {
	const clients = 20
	gate := make(chan struct{})
	suite.Identity.On("/session/gone", harness.Until(gate, harness.JSON(200, map[string]any{"subject": "alice"})))
	suite.Identity.On("/session/good", harness.JSON(200, map[string]any{"subject": "alice"}))
	before := suite.Upstream.Total()
	var conns []net.Conn
	for range clients {
		conn, err := faults.At(t).Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		conns = append(conns, conn)
		if _, err := io.WriteString(conn, harness.Message("GET", "/session/gone", "", "Cookie: session=1")); err != nil {
			t.Fatal(err)
		}
	}
	harness.Eventually(t, "all callouts are under way", func() bool { return len(suite.Identity.Seen("/session/gone")) == clients })
	for _, conn := range conns {
		conn.Close()
	}
	harness.Eventually(t, "Envoy has seen the clients go", func() bool {
		return suite.Envoy.Stat(t, "http.identity-faults.downstream_cx_active") == 0
	})
	close(gate)
	if reply := faults.Get(t, "/session/good", "Cookie: session=1"); reply.Status != 200 {
		t.Errorf("the next client: %d %s", reply.Status, reply.Body)
	}
	if n := suite.Upstream.Total() - before; n != 1 {
		t.Errorf("the upstream saw %d requests, want the next client's alone", n)
	}
}
