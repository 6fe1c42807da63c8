package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// What looks like gRPC is answered with 200 by Envoy, whatever the filter says: a refusal must be no answer at all.
func TestDecisionOfGRPC(t *testing.T) {
	all, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	var c corpus.Case
	for _, one := range all {
		if one.ID == "decision-verdicts" {
			c = one
		}
	}
	target := startCases(t, []corpus.Case{c})
	session, err := target.Open(&c)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		contentType, path string
		status            int // 0: none
	}{
		{"application/grpc", "/decisions/open", 200},
		{"application/grpc", "/decisions/no", 0},
		{"application/grpc+proto", "/decisions/no", 0},
		{"application/grpc", "/decisions/none", 0},
		{"application/grpc", "/nope", 0},
		{"application/grpc-web", "/decisions/no", 403},
		{"APPLICATION/GRPC", "/decisions/no", 403},
		{"application/grpc;a=b", "/decisions/no", 0},
	} {
		status := 0
		o, err := session.Do(&corpus.Request{
			Method: "GET", Target: test.path, Hosts: []string{"app.test"}, Deny: 403,
			Headers: []corpus.Header{{Name: "Content-Type", Value: test.contentType}},
		})
		if err == nil {
			status = o.Status
		}
		if status != test.status {
			t.Errorf("%s of %s: %d, want %d (%v)", test.path, test.contentType, status, test.status, err)
		}
		if status == 200 && !slices.Contains(o.Headers, corpus.Header{Name: "grpc-status", Value: "0"}) {
			t.Errorf("%s of %s: %v", test.path, test.contentType, o.Headers)
		}
	}
}

// What the filter notes of a decision stands in Envoy's access log.
func TestAccessLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "access.log")
	format := `"%FILTER_STATE(wasm.oathgate.rule_id:PLAIN)%" "%FILTER_STATE(wasm.oathgate.subject:PLAIN)%" "%FILTER_STATE(wasm.oathgate.reason:PLAIN)%"` + "\n"
	rule := map[string]any{
		"id": "open", "match": map[string]any{"url": "http://app.test/open", "methods": []any{"GET"}},
		"authenticators": []any{map[string]any{"handler": "anonymous", "config": map[string]any{"subject": "a\n\"b"}}},
		"authorizer":     map[string]any{"handler": "allow"}, "mutators": []any{map[string]any{"handler": "noop"}},
	}
	enabled := map[string]any{"enabled": true}
	envoy := harness.Start(t, harness.Config{Concurrency: 1, Listeners: []harness.Listener{{
		Name: "api",
		Configuration: map[string]any{"@type": "type.googleapis.com/google.protobuf.Struct", "value": map[string]any{
			"oathgate":     map[string]any{"role": "decision", "access_log": true},
			"access_rules": map[string]any{"rules": []any{rule}}, "authenticators": map[string]any{"anonymous": enabled},
			"authorizers": map[string]any{"allow": enabled}, "mutators": map[string]any{"noop": enabled},
		}},
		Manager: map[string]any{"access_log": []any{map[string]any{"name": "envoy.access_loggers.file", "typed_config": map[string]any{
			"@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", "path": log,
			"log_format": map[string]any{"text_format_source": map[string]any{"inline_string": format}},
		}}}},
	}}})
	for _, path := range []string{"/decisions/open", "/decisions/none"} {
		envoy.Listener(t, "api").Get(t, path, "Host: app.test")
	}
	want := `"open" "a\x0a\"b" "allowed"` + "\n" + `"-" "-" "no_rule"` + "\n"
	var text []byte
	for range 100 {
		if text, _ = os.ReadFile(log); strings.Count(string(text), "\n") >= 2 {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if string(text) != want {
		t.Errorf("%s\nwant\n%s", text, want)
	}
}

// Without the filter, too, nobody may take Envoy's refusal of what looks like gRPC for leave: a Lua filter in front
// sees to that.
func TestGRPCWithoutTheFilter(t *testing.T) {
	const code = `function envoy_on_response(handle)
  local status = handle:headers():get("grpc-status")
  if status ~= nil and status ~= "0" then
    handle:headers():replace(":status", "403")
  end
end`
	const types = "type.googleapis.com/envoy.extensions.filters.http."
	filter := func(name, message string, more map[string]any) map[string]any {
		more["@type"] = types + message
		return map[string]any{"name": name, "typed_config": more}
	}
	lua := filter("lua", "lua.v3.Lua", map[string]any{"default_source_code": map[string]any{"inline_string": code}})
	router := filter("router", "router.v3.Router", map[string]any{})
	envoy := harness.Start(t, harness.Config{Concurrency: 1, Listeners: []harness.Listener{
		{Name: "bare", Manager: map[string]any{"http_filters": []any{router}}},
		{Name: "guarded", Manager: map[string]any{"http_filters": []any{lua, router}}},
	}})
	for name, want := range map[string]int{"bare": 200, "guarded": 403} {
		if reply := envoy.Listener(t, name).Get(t, "/decisions/a", "Content-Type: application/grpc"); reply.Status != want {
			t.Errorf("%s: %d, want %d", name, reply.Status, want)
		}
	}
}
