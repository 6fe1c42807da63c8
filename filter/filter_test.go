package main

import (
	"strings"
	"testing"

	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/proxytest"
	"github.com/tetratelabs/proxy-wasm-go-sdk/proxywasm/types"
)

// What the filter decides is tested on wazero and in Envoy (internal/corpus,
// e2e). Here the SDK's own emulator drives it once through each outcome.

const document = `{
  "access_rules": {"rules": [
    {"id": "public", "match": {"url": "http://app.test/public/<.*>", "methods": ["GET"]},
     "upstream": {"url": "http://127.0.0.1:9000/base"},
     "authenticators": [{"handler": "anonymous"}], "authorizer": {"handler": "allow"},
     "mutators": [{"handler": "header", "config": {"headers": {"X-User": "{{ print .Subject }}"}}}]},
    {"id": "session", "match": {"url": "http://app.test/me", "methods": ["GET"]},
     "upstream": {"url": "http://127.0.0.1:9000"},
     "authenticators": [{"handler": "cookie_session"}], "authorizer": {"handler": "allow"},
     "mutators": [{"handler": "noop"}]}
  ]},
  "authenticators": {
    "anonymous": {"enabled": true},
    "cookie_session": {"enabled": true, "config": {"check_session_url": "http://127.0.0.1:9001/whoami", "preserve_path": true}}
  },
  "authorizers": {"allow": {"enabled": true}},
  "mutators": {"header": {"enabled": true, "config": {"headers": {}}}, "noop": {"enabled": true}}
}`

func emulate(t *testing.T, configuration string) (proxytest.HostEmulator, types.OnPluginStartStatus) {
	t.Helper()
	host, reset := proxytest.NewHostEmulator(proxytest.NewEmulatorOption().
		WithVMContext(newVM()).
		WithPluginConfiguration([]byte(configuration)))
	t.Cleanup(reset)
	cryptography(t, host)
	return host, host.StartPlugin()
}

func get(path string, more ...[2]string) [][2]string {
	return append([][2]string{{":method", "GET"}, {":scheme", "http"}, {":authority", "app.test"}, {":path", path}}, more...)
}

func header(headers [][2]string, name string) string {
	for _, h := range headers {
		if h[0] == name {
			return h[1]
		}
	}
	return ""
}

func TestAllowed(t *testing.T) {
	host, status := emulate(t, document)
	if status != types.OnPluginStartStatusOK {
		t.Fatal(host.GetErrorLogs())
	}
	if logs := strings.Join(host.GetInfoLogs(), "\n"); !strings.Contains(logs, "oathgate: 2 rules in force, read in ") {
		t.Errorf("the log does not say what is in force: %q", logs)
	}
	id := host.InitializeHttpContext()
	if action := host.CallOnRequestHeaders(id, get("/public/a?q=1", [2]string{"x-user", "root"}), true); action != types.ActionContinue {
		t.Fatalf("stopped: %+v", host.GetSentLocalResponse(id))
	}
	headers := host.GetCurrentRequestHeaders(id)
	for name, want := range map[string]string{
		"x-user": "anonymous", ":authority": "127.0.0.1:9000", ":path": "/base/public/a?q=1",
		"x-oathgate-cluster": "oathgate_http_127.0.0.1_9000",
	} {
		if got := header(headers, name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if v, err := host.GetProperty([]string{"oathgate.decision"}); err != nil || string(v) != "allow" {
		t.Errorf("the interlock is not released: %q %v", v, err)
	}
	if logs := host.GetInfoLogs(); len(logs) != 1 {
		t.Errorf("a request is logged: %q", logs)
	}
	host.Tick()
	if n, err := host.GetCounterMetric("oathgate.allowed"); err != nil || n != 1 {
		t.Errorf("allowed: %d %v", n, err)
	}
	host.CompleteHttpContext(id)
}

func TestDenied(t *testing.T) {
	host, _ := emulate(t, document)
	id := host.InitializeHttpContext()
	if action := host.CallOnRequestHeaders(id, get("/private"), true); action != types.ActionPause {
		t.Fatal("went on")
	}
	r := host.GetSentLocalResponse(id)
	if r == nil || r.StatusCode != 404 || !strings.Contains(string(r.Data), "could not be found") {
		t.Fatalf("response: %+v", r)
	}
	if _, err := host.GetProperty([]string{"oathgate.decision"}); err == nil {
		t.Error("the interlock was released")
	}
	host.CompleteHttpContext(id)
}

func TestCallout(t *testing.T) {
	for _, c := range []struct {
		status string
		body   string
		want   types.Action
	}{
		{"200", `{"subject":"alice"}`, types.ActionContinue},
		{"401", `{}`, types.ActionPause},
	} {
		t.Run(c.status, func(t *testing.T) {
			host, _ := emulate(t, document)
			id := host.InitializeHttpContext()
			if action := host.CallOnRequestHeaders(id, get("/me", [2]string{"cookie", "session=1"}), true); action != types.ActionPause {
				t.Fatal("went on before the session was checked")
			}
			calls := host.GetCalloutAttributesFromContext(id)
			if len(calls) != 1 || calls[0].Upstream != "oathgate_http_127.0.0.1_9001" || header(calls[0].Headers, ":path") != "/whoami" {
				t.Fatalf("callouts: %+v", calls)
			}
			host.CallOnHttpCallResponse(calls[0].CalloutID, [][2]string{{":status", c.status}}, nil, []byte(c.body))
			if got := host.GetCurrentHttpStreamAction(id); got != c.want {
				t.Errorf("%s: action %v, want %v", c.status, got, c.want)
			}
			host.CompleteHttpContext(id)
		})
	}
}

func TestRefusedConfiguration(t *testing.T) {
	host, status := emulate(t, strings.Replace(document, `"cookie_session"}`, `"cookie"}`, 1))
	if status != types.OnPluginStartStatusFailed {
		t.Fatal("accepted")
	}
	logs := strings.Join(host.GetErrorLogs(), "\n")
	for _, want := range []string{`rule "session"`, "access_rules.rules[1].authenticators[0]"} {
		if !strings.Contains(logs, want) {
			t.Errorf("the log does not say %s: %s", want, logs)
		}
	}
	if logs := strings.Join(host.GetInfoLogs(), "\n"); strings.Contains(logs, "in force") {
		t.Errorf("the log says that it is in force: %q", logs)
	}
	id := host.InitializeHttpContext()
	if action := host.CallOnRequestHeaders(id, get("/public/a"), true); action != types.ActionPause {
		t.Fatal("a request went on without a program")
	}
}

func TestEmptyConfigurationIsRefused(t *testing.T) {
	if _, status := emulate(t, ""); status != types.OnPluginStartStatusFailed {
		t.Fatal("accepted")
	}
}
