package source

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// No two keys share the name of a variable, and none is hidden by a section.
func TestVariablesAreUnambiguous(t *testing.T) {
	want := len(keys)/2 + len(serverKeys) + len(handlers)
	got := 0
	for name, v := range variables() {
		if v.kind != "object" {
			got++
		}
		if name != strings.ToUpper(strings.ReplaceAll(v.path, ".", "_")) {
			t.Errorf("%s for %s", name, v.path)
		}
	}
	if got != want {
		t.Errorf("%d names for %d keys", got, want)
	}
}

func TestEnvironment(t *testing.T) {
	dir := folder(t, "a.yaml", handlersOn+`
serve: {proxy: {port: 1, timeout: {read: 1s}}}
access_rules: {repositories: ["file://DIR/none.yaml"]}
log: {level: debug, format: json}
`, "rules.yaml", strings.ReplaceAll(one, "handler: noop}]\n  authorizer", "handler: anonymous}]\n  authorizer"), "more.yaml", "[]")
	c := load(t, dir, []string{
		"SERVE_PROXY_PORT=2", "serve_api_port=3", "SERVE_PROXY_HOST=", "SERVE_PROXY_TIMEOUT_IDLE=7s", "SERVE_API_CORS_ENABLED=1",
		"SERVE_API_CORS_ALLOWED_METHODS=GET", `SERVE_API_CORS_ALLOWED_ORIGINS=["https://a.test","https://b.test"]`,
		"ACCESS_RULES_REPOSITORIES=file://" + dir + "/rules.yaml,file://" + dir + "/more.yaml",
		"AUTHENTICATORS_ANONYMOUS_CONFIG_SUBJECT=from-env", "AUTHENTICATORS_NOOP_ENABLED=false",
		`MUTATORS_HEADER={"enabled": true, "config": {"headers": {"X-A": "a"}}}`, `MUTATORS_HEADER_CONFIG_HEADERS={"X-B": "b"}`,
		`LOG={"level": "error"}`, "LOG_LEVEL=warn", "PATH=/bin", "JWT=x", "=", "NONSENSE",
	}, "a.yaml")
	if c.Proxy.Port != 2 || c.API.Port != 3 || c.Proxy.Timeout.Idle != 7*time.Second || c.Proxy.Timeout.Read != time.Second {
		t.Errorf("%+v %+v", c.Proxy, c.API)
	}
	if !slices.Equal(c.API.CORS.AllowedMethods, []string{"GET"}) || !slices.Equal(c.API.CORS.AllowedOrigins, []string{"https://a.test", "https://b.test"}) {
		t.Errorf("%+v", c.API.CORS)
	}
	if c.Log.Level != "warn" || c.Log.Format != "json" || len(c.Rules) != 1 {
		t.Errorf("%+v", c)
	}
	for _, want := range []string{
		`"anonymous":{"enabled":true,"config":{"subject":"from-env"}}`, `"noop":{"enabled":false}`,
		`"header":{"enabled":true,"config":{"headers":{"X-A":"a","X-B":"b"}}}`,
	} {
		if !strings.Contains(string(c.Document), want) {
			t.Errorf("no %s in %s", want, c.Document)
		}
	}
}

// A list in an environment variable replaces the files', unless Oathkeeper would keep a part of the files'.
func TestLeftOver(t *testing.T) {
	const config = "errors: {fallback: [json, json]}"
	for value, ok := range map[string]bool{"json": false, "json,json": true, "json,json,json": true, "[]": false, `["json","json"]`: true} {
		got, _ := problemsOf(t, []string{"ERRORS_FALLBACK=" + value}, "a.yaml", config)
		if (len(got) == 0) != ok {
			t.Errorf("%s: %q", value, got)
		}
	}
}

func TestEnvironmentProblems(t *testing.T) {
	for variable, want := range map[string]string{
		"SERVE_PROXY_PORT=":                           "serve.proxy.port: must be a number",
		"SERVE_PROXY_PORT=tcp://10.0.0.1:80":          "serve.proxy.port: must be a number",
		"SERVE_PROXY_PORT=99999":                      "serve.proxy.port: must be a whole number from 0 to 65535",
		"AUTHENTICATORS_NOOP_ENABLED=yes":             "authenticators.noop.enabled: must be true or false",
		"LOG_LEVEL=":                                  "log.level: must be one of panic",
		"LOG=debug":                                   "log: must be an object in JSON",
		"ERRORS_FALLBACK=":                            "errors.fallback: must be strings with commas",
		"ERRORS_FALLBACK=[json":                       "errors.fallback: must be strings with commas between them, or a list in JSON",
		"MUTATORS_HEADER_CONFIG_HEADERS=secret":       "mutators.header.config.headers: must be an object or a list in JSON",
		"ACCESS_RULES_REPOSITORIES_0=file:///a":       "access_rules.repositories: the elements of a list have no variables here; set ACCESS_RULES_REPOSITORIES to",
		"ACCESS_RULES_REPOSITORIES=file:///no/secret": "access_rules.repositories[0]: the rule file",
		"VERSION=1.2":                                 "version: must be a version of Oathkeeper",
		"AUTHENTICATORS_BEARER_TOKEN_ENABLED=true":    "authenticators.bearer_token.config",
		"SERVE_API_TLS_KEY_BASE64=secret!":            "serve.api.tls.key.base64: is not standard base64",
	} {
		name, value, _ := strings.Cut(variable, "=")
		got, _ := problemsOf(t, []string{variable}, "a.yaml", "{}")
		if len(got) == 0 || !strings.HasPrefix(got[0], "environment variable "+name+": "+want) {
			t.Errorf("%s: %q", variable, got)
		}
		if value == "secret" && strings.Contains(strings.Join(got, ""), value) {
			t.Errorf("%s: a value in %q", variable, got)
		}
	}
}
