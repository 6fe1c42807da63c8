package main

import (
	"io"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

const bodyDocument = `{
  "access_rules": {"rules": [
    {"id": "upload", "match": {"url": "http://app.test/<.*>", "methods": ["POST"]}, "upstream": {"url": "http://127.0.0.1:9000"},
     "authenticators": [{"handler": "noop"}], "authorizer": {"handler": "remote"}, "mutators": [{"handler": "noop"}]}
  ]},
  "authenticators": {"noop": {"enabled": true}},
  "authorizers": {"remote": {"enabled": true, "config": {"remote": "http://127.0.0.1:9001/check"}}},
  "mutators": {"noop": {"enabled": true}}
}`

// quiet keeps the emulator from writing every callout's body to the log.
func quiet(t *testing.T) {
	log.SetOutput(io.Discard)
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
}

func post(t *testing.T) (proxytest.HostEmulator, uint32) {
	t.Helper()
	quiet(t)
	host, _ := emulate(t, bodyDocument)
	id := host.InitializeHttpContext()
	headers := get("/a")
	headers[0][1] = "POST"
	if action := host.CallOnRequestHeaders(id, headers, false); action != types.ActionPause {
		t.Fatal("went on before its body was judged")
	}
	return host, id
}

// The body is asked about when all of it is there, however it comes.
func TestBodyIsHandedOn(t *testing.T) {
	for name, pieces := range map[string][]string{
		"at once": {"body"}, "in pieces": {"b", "", "ody"}, "with an empty end": {"body", ""}, "empty": {""},
		"to the limit": {strings.Repeat("x", maxRequestBody-1), "x"},
	} {
		t.Run(name, func(t *testing.T) {
			host, id := post(t)
			for i, piece := range pieces {
				if calls := host.GetCalloutAttributesFromContext(id); len(calls) != 0 {
					t.Fatalf("asked after %d pieces", i)
				}
				if host.CallOnRequestBody(id, []byte(piece), i == len(pieces)-1) != types.ActionPause {
					t.Fatal("went on")
				}
			}
			calls := host.GetCalloutAttributesFromContext(id)
			if len(calls) != 1 || string(calls[0].Body) != strings.Join(pieces, "") {
				t.Fatalf("%d callouts", len(calls))
			}
			host.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", "200"}}, nil, nil)
			if host.GetCurrentHttpStreamAction(id) != types.ActionContinue {
				t.Error("stopped")
			}
			host.CompleteHttpContext(id)
		})
	}
}

// A body over the limit is refused as soon as that is known, and nobody is asked.
func TestBodyOverTheLimit(t *testing.T) {
	host, id := post(t)
	host.CallOnRequestBody(id, make([]byte, maxRequestBody), false)
	if r := host.GetSentLocalResponse(id); r != nil {
		t.Fatalf("answered %d at the limit", r.StatusCode)
	}
	if host.CallOnRequestBody(id, []byte("x"), false) != types.ActionPause {
		t.Error("went on")
	}
	if r := host.GetSentLocalResponse(id); r == nil || r.StatusCode != 413 {
		t.Errorf("answered %+v", r)
	}
	if calls := host.GetCalloutAttributesFromContext(id); len(calls) != 0 {
		t.Errorf("%d callouts", len(calls))
	}
	host.CompleteHttpContext(id)
}

// A worker keeps 16 MiB of bodies and callouts at most, and takes more once those are
// gone: each body counts twice while its callout is under way.
func TestBodiesInFlight(t *testing.T) {
	quiet(t)
	host, _ := emulate(t, bodyDocument)
	start := func() uint32 {
		id := host.InitializeHttpContext()
		headers := get("/a")
		headers[0][1] = "POST"
		host.CallOnRequestHeaders(id, headers, false)
		host.CallOnRequestBody(id, make([]byte, maxRequestBody), true)
		return id
	}
	const most = maxInFlightBytes / maxRequestBody / 2
	var ids []uint32
	for range most {
		id := start()
		if r := host.GetSentLocalResponse(id); r != nil {
			t.Fatalf("request %d: %d", len(ids), r.StatusCode)
		}
		ids = append(ids, id)
	}
	over := start()
	if r := host.GetSentLocalResponse(over); r == nil || r.StatusCode != 503 {
		t.Fatalf("one more: %+v", r)
	}
	host.CompleteHttpContext(over)
	for i, status := range []string{"403", "200"} {
		calls := host.GetCalloutAttributesFromContext(ids[i])
		host.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", status}}, nil, nil)
	}
	for range 2 {
		if r := host.GetSentLocalResponse(start()); r != nil {
			t.Fatalf("after two have ended: %d", r.StatusCode)
		}
	}
	if r := host.GetSentLocalResponse(start()); r == nil || r.StatusCode != 503 {
		t.Fatalf("one more: %+v", r)
	}
}
