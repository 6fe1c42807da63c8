package main

import (
	"strings"
	"testing"
	"time"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// The rule for https is another one than that for http: whoever is wrong about the
// connection lets something through.
func TestPeerHeader(t *testing.T) {
	text := strings.Replace(document, `"access_rules"`, `"oathgate": {"peer_header": "x-peer"}, "access_rules"`, 1)
	text = strings.Replace(text, `"http://app.test/me"`, `"https://app.test/public/<.*>"`, 1)
	text = strings.Replace(text, `[{"handler": "cookie_session"}], "authorizer": {"handler": "allow"}`,
		`[{"handler": "anonymous"}], "authorizer": {"handler": "deny"}`, 1)
	text = strings.Replace(text, `"allow": {"enabled": true}`, `"allow": {"enabled": true}, "deny": {"enabled": true}`, 1)
	for _, c := range []struct {
		about, tls string
		peers      []string
		want       uint32 // 0: goes on
	}{
		{"plain", "", []string{"10.0.0.1 -"}, 0},
		{"encrypted", "", []string{"10.0.0.1 TLSv1.3"}, 403},
		{"no header, plain", "", nil, 0},
		{"no header, encrypted", "TLSv1.3", nil, 403},
		{"no version, encrypted", "TLSv1.3", []string{"10.0.0.1"}, 403},
		{"no version, plain", "", []string{"10.0.0.1"}, 0},
		{"a client's copy before the listener's", "", []string{"10.0.0.1 -", "192.0.2.1 TLSv1.3"}, 500},
		{"joined with a client's copy", "", []string{"10.0.0.1 -,192.0.2.1 TLSv1.3"}, 500},
	} {
		t.Run(c.about, func(t *testing.T) {
			host, status := emulate(t, text)
			if status != types.OnPluginStartStatusOK {
				t.Fatal(host.GetErrorLogs())
			}
			if c.tls != "" {
				if err := host.SetProperty([]string{"connection", "tls_version"}, []byte(c.tls)); err != nil {
					t.Fatal(err)
				}
			}
			headers := get("/public/a")
			for _, peer := range c.peers {
				headers = append(headers, [2]string{"x-peer", peer})
			}
			id := host.InitializeHttpContext()
			action := host.CallOnRequestHeaders(id, headers, true)
			got := uint32(0)
			if r := host.GetSentLocalResponse(id); r != nil {
				got = r.StatusCode
			}
			if got != c.want || (action == types.ActionContinue) != (c.want == 0) {
				t.Errorf("%d %v, want %d", got, action, c.want)
			}
		})
	}
}

// The timer stays on as long as a request waits for a time, also for one that was
// set while the tick was resuming requests.
func TestTicksGoOnWhileARequestWaits(t *testing.T) {
	v := newVM()
	host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().WithVMContext(v).WithPluginConfiguration([]byte(document)))
	defer reset()
	if host.StartPlugin() != types.OnPluginStartStatusOK {
		t.Fatal(host.GetErrorLogs())
	}
	p := v.NewPluginContext(1).(*plugin)
	now := time.Unix(1000, 0)
	v.worker.Now = func() time.Time { return now }
	// What a request does that is resumed and sleeps again is to set its time anew.
	s := &stream{plugin: p, vm: v, id: 7, until: now, waited: true}
	v.streams[s.id] = s
	p.ticking = true
	p.OnTick()
	if !p.ticking {
		t.Error("no tick will resume the request")
	}
	s.end(gone)
	p.OnTick()
	if p.ticking {
		t.Error("the timer runs for nobody")
	}
}
