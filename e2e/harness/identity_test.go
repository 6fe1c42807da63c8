package harness

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestScripts(t *testing.T) {
	id := NewIdentity()
	defer id.Close()
	at := Endpoint{Address: id.Address()}

	tokens := Introspection(map[string]map[string]any{"good": {"sub": "alice"}})
	for _, c := range []struct {
		name, body string
		script     Script
		status     int
		answer     string
	}{
		{"nothing scripted", "", nil, 404, "404 page not found\n"},
		{"json", "", JSON(http.StatusTeapot, map[string]any{"a": 1}), 418, "{\"a\":1}\n"},
		{"text", "", Text(200, "{{"), 200, "{{"},
		{"a known token", "token=good", tokens, 200, "{\"active\":true,\"sub\":\"alice\"}\n"},
		{"an unknown token", "token=bad", tokens, 200, "{\"active\":false}\n"},
		{"delayed", "", Delay(20*time.Millisecond, Text(200, "late")), 200, "late"},
	} {
		t.Run(c.name, func(t *testing.T) {
			id.On("/x", c.script)
			reply := at.Send(t, "POST", "/x", c.body, "Host: id")
			if reply.Status != c.status || reply.Body != c.answer {
				t.Errorf("%d %q", reply.Status, reply.Body)
			}
			if seen := id.Seen("/x"); len(seen) != 1 || seen[0].Body != c.body || seen[0].Host != "id" {
				t.Errorf("seen: %v", seen)
			}
		})
	}
}

func TestScriptsThatBreakTheConnection(t *testing.T) {
	id := NewIdentity()
	defer id.Close()
	at := Endpoint{Address: id.Address()}
	for problem, script := range map[string]Script{
		"connection reset": Reset(),
		"malformed HTTP":   Garbage(),
		"unexpected EOF":   CutOff(200, `{"active":true`),
	} {
		id.On("/x", script)
		if reply, err := at.Raw(Message("GET", "/x", "")); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v, %v", problem, reply, err)
		}
	}
}

func TestUntilWaitsForItsGate(t *testing.T) {
	id := NewIdentity()
	defer id.Close()
	gate := make(chan struct{})
	id.On("/x", Until(gate, Text(200, "open")))
	answered := make(chan Reply)
	go func() {
		reply, _ := Endpoint{Address: id.Address()}.Raw(Message("GET", "/x", ""))
		answered <- reply
	}()
	select {
	case reply := <-answered:
		t.Fatalf("it did not wait: %v", reply)
	case <-time.After(50 * time.Millisecond):
	}
	close(gate)
	if reply := <-answered; reply.Body != "open" {
		t.Errorf("%v", reply)
	}
}

func TestUpstreamCountsWhatNoRuleLetIn(t *testing.T) {
	up := NewUpstream()
	defer up.Close()
	at := Endpoint{Address: up.Address()}
	at.Get(t, "/open/x")
	at.Get(t, "/x", "X-Allowed-By: rule")
	at.Get(t, "/x")
	at.Get(t, "/opening")
	if got := up.Unauthorised(); up.Total() != 4 || len(got) != 2 {
		t.Errorf("%d requests, unauthorised: %v", up.Total(), got)
	}
}
