package source

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"oathgate/rules/program"
)

const whole = `{
	"serve": {
		"proxy": {"host": "::1", "port": 1, "timeout": {"read": "1s", "write": "1s", "idle": "1s"}, "trust_forwarded_headers": true,
			"cors": {"enabled": true, "allowed_origins": ["*"], "allowed_methods": ["GET"], "allowed_headers": ["A"], "exposed_headers": ["A"], "allow_credentials": true, "max_age": 1, "debug": true},
			"tls": {"key": {"path": "", "base64": ""}, "cert": {"path": "", "base64": ""}}},
		"api": {"host": "", "port": 2},
		"prometheus": {"port": 3, "host": "", "metrics_path": "/m", "metric_name_prefix": "p", "hide_request_paths": true, "collapse_request_paths": true}},
	"access_rules": {"matching_strategy": "regexp", "repositories": ["inline://W10="], "rules": [
		{"id": "a", "version": "v0.30.0", "match": {"url": "http://a.test/<.*>", "methods": ["GET"]}, "upstream": {"url": "http://up.test"},
		 "authenticators": [{"handler": "anonymous", "config": {"subject": "s"}}],
		 "authorizer": {"handler": "allow"}, "mutators": [{"handler": "noop"}], "errors": [{"handler": "json"}]},
		{"version": "v0.30.0", "authorizer": {"handler": "keto_engine_acp_ory", "config": {"required_action": "$1"}}, "match": {"full_method": "a"},
		 "authenticators": [{"handler": "noop"}], "mutators": [{"handler": "noop"}]}
	]},
	"authenticators": {"anonymous": {"enabled": true}, "noop": {"enabled": true}},
	"authorizers": {"allow": {"enabled": true}},
	"mutators": {"noop": {"enabled": true}, "header": {"enabled": true, "config": {"headers": {"A": "a"}}}},
	"errors": {"fallback": ["json"], "handlers": {"json": {"enabled": true, "config": {"verbose": true}}}},
	"log": {"level": "info", "format": "text", "leak_sensitive_values": true, "redaction_text": "x", "additional_redacted_headers": ["A"]},
	"tracing": {"provider": "otel", "service_name": "a", "deployment_environment": "a", "providers": {
		"jaeger": {"local_agent_address": "a:1", "sampling": {"server_url": "http://a", "trace_id_ratio": 1}},
		"zipkin": {"server_url": "http://a", "sampling": {"sampling_ratio": 1}},
		"otlp": {"server_url": "a:1", "insecure": true, "sampling": {"sampling_ratio": 1}, "authorization_header": "a"}}},
	"profiling": "cpu",
	"version": "v1.0.0",
	"oathgate": {"clusters": {"http://up.test": "up"}}
}`

// Whatever stands at whatever place: a document that the filter takes, or problems that each have a place.
func TestAnything(t *testing.T) {
	dir := folder(t, "none", "")
	name := filepath.Join(dir, "a.json")
	try := func(root any) bool {
		text, err := json.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		c, problems := Load(Options{Files: []string{name}})
		for _, p := range problems {
			if p.Document != name || p.Path == "" || p.Message == "" || p.Line == 0 {
				t.Errorf("a problem without a place: %q of %s", p, text)
			}
		}
		if len(problems) == 0 {
			if _, problems := program.Load(c.Document); len(problems) > 0 {
				t.Errorf("the filter refuses %s: %q", c.Document, problems)
			}
		}
		return len(problems) == 0
	}
	var root any
	if err := json.Unmarshal([]byte(whole), &root); err != nil {
		t.Fatal(err)
	}
	try(root)
	tries := 0
	var walk func(at any)
	each := func(old any, set func(any)) {
		for _, other := range []any{nil, true, -1.5, "", "x", []any{}, []any{1.0}, map[string]any{}, map[string]any{"y": nil}} {
			set(other)
			try(root)
			tries++
		}
		set(old)
		walk(old)
	}
	walk = func(at any) {
		switch at := at.(type) {
		case map[string]any:
			for key, old := range at {
				each(old, func(v any) { at[key] = v })
			}
		case []any:
			for i, old := range at {
				each(old, func(v any) { at[i] = v })
			}
		}
	}
	walk(root)
	if tries < 900 {
		t.Errorf("%d tries only", tries)
	}
}
