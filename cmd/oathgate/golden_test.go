package main

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/*.txt and *.json anew")

// oathgate runs the command in testdata.
func oathgate(t *testing.T, args ...string) (stdout, stderr string, ok bool) {
	t.Helper()
	t.Chdir("testdata")
	// Whoever runs the tests may have configured an Oathkeeper by its environment.
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); name != "PATH" && name != "HOME" {
			t.Setenv(name, value) // which puts it back in the end
			os.Unsetenv(name)
		}
	}
	var out, err bytes.Buffer
	c := command()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&err)
	ok = c.Execute() == nil
	return out.String(), err.String(), ok
}

func TestGolden(t *testing.T) {
	for _, c := range []struct {
		file string
		ok   bool
		args string // divided by |
	}{
		{"validate.txt", false, "validate|-c|site.yaml"},
		{"validate.txt", false, "--config|site.yaml|validate"},
		{"validate.json", false, "validate|--json|-c|site.yaml"},
		{"validate-wrong.txt", false, "validate|-c|wrong.yaml"},
		{"validate-wrong.json", false, "validate|-c|wrong.yaml|--json"},
		{"explain-session.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/7?token=hush|--header|X-Token: hush|--header|X-User: hush|--header|Accept: text/html"},
		{"explain-session.json", true, "explain|-c|site.yaml|--json|--url|http://app.test/users/7?token=hush|--header|X-Token: hush|--header|X-User: hush|--header|Accept: text/html"},
		{"explain-cookie.txt", true, "explain|-c|site.yaml|--url|https://APP.test:443/users/7/|--method|POST|--header|Cookie: session=hush"},
		{"explain-jwt.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/7|--header|Authorization: Bearer eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiJodXNoIn0.aHVzaA"},
		{"explain-introspection.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/7|--header|authorization: bearer hush"},
		{"explain-anonymous.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/7"},
		{"explain-body.txt", true, "explain|-c|site.yaml|--url|http://app.test/upload|--method|POST|--header|X-Key: mine"},
		{"explain-nobody.txt", true, "explain|-c|site.yaml|--url|http://app.test/denied/x|--header|Authorization: Basic hush|--header|Accept: text/html"},
		{"explain-priority.txt", true, "explain|-c|site.yaml|--url|http://app.test/denied"},
		{"explain-many.txt", true, "explain|-c|site.yaml|--url|http://app.test/open"},
		{"explain-open.txt", true, "explain|-c|site.yaml|--url|http://app.test/other"},
		{"explain-method.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/7|--method|DELETE"},
		{"explain-near.txt", true, "explain|-c|site.yaml|--url|http://app.test/users/x"},
		{"explain-host.json", true, "explain|-c|site.yaml|--json|--url|http://www.test/users/7"},
		{"explain-readings.txt", true, "explain|-c|site.yaml|--url|http://app.test/upload/%2e%2e/other"},
		{"explain-refused.txt", true, "explain|-c|site.yaml|--url|http://app.test/a%zz"},
	} {
		t.Run(c.file, func(t *testing.T) {
			stdout, stderr, ok := oathgate(t, strings.Split(c.args, "|")...)
			if stderr != "" || ok != c.ok {
				t.Errorf("%s ends well: %v\n%s", c.args, ok, stderr)
			}
			if strings.Contains(stdout, "hush") {
				t.Errorf("a secret is told:\n%s", stdout)
			}
			if *update {
				if err := os.WriteFile(c.file, []byte(stdout), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(c.file)
			if err != nil {
				t.Fatal(err)
			}
			if stdout != string(want) {
				t.Errorf("%s says\n%s\n%s has\n%s", c.args, stdout, c.file, want)
			}
		})
	}
}

// What cannot be done is said on standard error, and ends with an error.
func TestRefused(t *testing.T) {
	for args, want := range map[string]string{
		"explain|-c|site.yaml":                                 `required flag(s) "url" not set`,
		"explain|-c|site.yaml|--url|app.test/x":                "must begin with http:// or https://",
		"explain|-c|site.yaml|--url|http:///x":                 "must begin with http:// or https://",
		"explain|-c|site.yaml|--url|http://a/|--header|X":      "'Name: value'",
		"explain|-c|site.yaml|--url|http://a/|--header|X Y: 1": "'Name: value'",
		"explain|-c|wrong.yaml|--url|http://a/":                "wrong.yaml:6:17: serve.proxy.prot: unknown key",
		"explain|-c|none.yaml|--url|http://a/":                 "none.yaml: (document): does not exist",
		"rules|list":                                           "--endpoint",
		"rules|list|--endpoint|127.0.0.1:1":                    "is no URL",
		"rules|list|--endpoint|http://127.0.0.1:1|--page|0":    "count from 1",
		"rules|get|--endpoint|http://127.0.0.1:1":              "accepts 1 arg(s)",
		"rules|lst":                                    `unknown command "lst"`,
		"health|redy":                                  `unknown command "redy"`,
		"health|alive|-e|http://127.0.0.1:1":           "connection refused",
		"credentials|generate":                         `required flag(s) "alg" not set`,
		"credentials|generate|--alg|none":              "is not one of HS256",
		"credentials|generate|--alg|RS256|--bits|1024": "2048 to 8192 bits",
		"credentials|genrate":                          `unknown command "genrate"`,
		"validate|site.yaml":                           `unknown command "site.yaml"`,
		"explain|-c|site.yaml|--url|http://a/|-c|wrong.yaml|--method|GET|--json": "prot: unknown key",
	} {
		t.Run(args, func(t *testing.T) {
			stdout, stderr, ok := oathgate(t, strings.Split(args, "|")...)
			if ok || stdout != "" || !strings.Contains(stderr, want) || strings.Contains(stderr, "hush") {
				t.Errorf("ends well: %v; %s%s", ok, stdout, stderr)
			}
		})
	}
}

// Flags of oathkeeper serve are taken.
func TestServeFlags(t *testing.T) {
	stdout, stderr, ok := oathgate(t, "serve", "--disable-telemetry", "--sqa-opt-out=true", "-c", "wrong.yaml")
	if ok || stdout != "" || !strings.Contains(stderr, "serve.proxy.prot: unknown key") || !strings.Contains(stderr, "Error: the configuration is refused") {
		t.Errorf("%v %s %s", ok, stdout, stderr)
	}
}

func TestCredentials(t *testing.T) {
	stdout, stderr, ok := oathgate(t, "credentials", "generate", "--alg", "EdDSA", "--kid", "me")
	if !ok || stderr != "" || !strings.HasPrefix(stdout, "{\n  \"keys\": [\n") || !strings.Contains(stdout, `"kid": "me"`) || !strings.HasSuffix(stdout, "}\n") {
		t.Errorf("%v %s %s", ok, stdout, stderr)
	}
}
