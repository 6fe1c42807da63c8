package e2e

import (
	"bufio"
	"io"
	"testing"
	"time"

	"oathgate/e2e/harness"
)

// faulty is a listener with the filter of e2e/faulty, with this plugin configuration.
func faulty(t *testing.T, name, configuration string) harness.Listener {
	t.Helper()
	return harness.Listener{
		Name: name, Module: harness.ModuleOf(t, "./e2e/faulty", ""), VM: name, StreamIdle: 3 * time.Second,
		Configuration: map[string]any{"@type": "type.googleapis.com/google.protobuf.StringValue", "value": configuration},
	}
}

// oneWorker starts an Envoy with one worker.
func oneWorker(t *testing.T, listeners ...harness.Listener) *harness.Envoy {
	t.Helper()
	return harness.Start(t, harness.Config{
		Listeners: listeners, Upstream: suite.Upstream, Identity: suite.Identity, Concurrency: 1,
	})
}

// A worker that refuses a configuration which the main thread took runs without the filter, and only the interlock
// keeps requests from the upstream.
func TestConfigurationRefusedByWorkersOnly(t *testing.T) {
	open := faulty(t, "open", "fails on workers")
	open.NoInterlock, open.To = true, "upstream"
	envoy := oneWorker(t, faulty(t, "interlocked", "fails on workers"), open)
	if reply := envoy.Listener(t, "open").Get(t, "/open/x"); reply.Status != 200 {
		t.Errorf("without interlock: %d %s", reply.Status, reply.Body)
	}
	at, before := envoy.Listener(t, "interlocked"), suite.Upstream.Total()
	for range 50 {
		if reply := at.Get(t, "/open/x", "X-Oathgate-Cluster: upstream"); reply.Status != 403 {
			t.Errorf("%d %s", reply.Status, reply.Body)
		}
	}
	if n := suite.Upstream.Total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
}

// A VM that dies takes along the requests that wait in it: they end within the stream's timeout without having
// reached the upstream, and the worker serves again on its own.
func TestVMDiesWithRequestsPaused(t *testing.T) {
	at := oneWorker(t, faulty(t, "faulty", "")).Listener(t, "faulty")
	suite.Identity.On("/faulty/pause", harness.Until(make(chan struct{}), nil))
	if reply := at.Get(t, "/open/before"); reply.Status != 200 {
		t.Fatalf("before: %d %s", reply.Status, reply.Body)
	}
	var paused []*bufio.Reader
	for range 3 {
		conn, err := at.Dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, harness.Message("GET", "/open/paused", "", "X-Fault: pause")); err != nil {
			t.Fatal(err)
		}
		paused = append(paused, bufio.NewReader(conn))
	}
	harness.Eventually(t, "three callouts are under way", func() bool { return len(suite.Identity.Seen("/faulty/pause")) == 3 })
	before, began := suite.Upstream.Total(), time.Now()

	if reply := at.Get(t, "/open/trap", "X-Fault: trap"); reply.Status < 400 {
		t.Errorf("the request that ended the VM: %d %s", reply.Status, reply.Body)
	}
	for _, r := range paused {
		reply, err := harness.Read(r, "GET")
		if err == nil && reply.Status < 400 {
			t.Errorf("a paused request: %d %s", reply.Status, reply.Body)
		}
		t.Logf("a paused request ended after %v: %d, %v", time.Since(began).Round(time.Millisecond), reply.Status, err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the paused requests took %v", took)
	}
	if n := suite.Upstream.Total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
	harness.Eventually(t, "the worker serves again", func() bool { return at.Get(t, "/open/again").Status == 200 })
}

// Without FAIL_RELOAD the worker stays dead: closed, but of no use. It shows that the test above tests something.
func TestVMDiesForGoodWithoutReload(t *testing.T) {
	listener := faulty(t, "faulty", "")
	listener.Plugin = map[string]any{"failure_policy": "FAIL_CLOSED"}
	at := oneWorker(t, listener).Listener(t, "faulty")
	if reply := at.Get(t, "/open/before"); reply.Status != 200 {
		t.Fatalf("before: %d %s", reply.Status, reply.Body)
	}
	at.Get(t, "/open/trap", "X-Fault: trap")
	before := suite.Upstream.Total()
	for range 15 {
		if reply := at.Get(t, "/open/after"); reply.Status < 400 {
			t.Errorf("after: %d %s", reply.Status, reply.Body)
		}
		time.Sleep(200 * time.Millisecond)
	}
	if n := suite.Upstream.Total() - before; n != 0 {
		t.Errorf("the upstream saw %d requests", n)
	}
}
