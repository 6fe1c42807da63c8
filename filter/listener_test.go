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
func TestSchemeIsTheConnections(t *testing.T) {
	text := strings.Replace(document, `"http://app.test/me"`, `"https://app.test/public/<.*>"`, 1)
	text = strings.Replace(text, `[{"handler": "cookie_session"}], "authorizer": {"handler": "allow"}`,
		`[{"handler": "anonymous"}], "authorizer": {"handler": "deny"}`, 1)
	text = strings.Replace(text, `"allow": {"enabled": true}`, `"allow": {"enabled": true}, "deny": {"enabled": true}`, 1)
	for _, c := range []struct {
		about, tls, proto string
		want              uint32 // 0: goes on
	}{
		{"plain", "", "http", 0},
		{"plain, whatever the client says", "", "https", 0},
		{"encrypted", "TLSv1.3", "https", 403},
		{"encrypted, whatever the client says", "TLSv1.3", "http", 403},
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
			for i := range headers {
				if headers[i][0] == ":scheme" {
					headers[i][1] = c.proto
				}
			}
			headers = append(headers, [2]string{"x-forwarded-proto", c.proto})
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
	cryptography(t, host)
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
