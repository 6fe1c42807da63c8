package policy

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"oathgate/internal/source"
	"oathgate/rules"
)

const ruleText = `- match: {url: "http://a.test/<.*>", methods: [GET, post]}
  upstream: {url: "http://127.0.0.1:1"}
  authenticators: [{handler: noop}]
  authorizer: {handler: allow}
  mutators: [{handler: noop}]
`

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	file := write("rules.yaml", ruleText+strings.Replace(ruleText, "- match", "- id: two\n  match", 1)+ruleText)
	inline := base64.StdEncoding.EncodeToString([]byte(ruleText))
	config := write("a.yaml", `
authenticators: {noop: {enabled: true}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
oathgate: {role: decision}
access_rules: {repositories: ["file://`+file+`", "inline://`+inline+`"]}
`)
	p, problems := Load(source.Options{Files: []string{config}})
	if problems != nil {
		t.Fatal(problems)
	}
	// The listener of the role decision has other paths: what is asked here is the proxy.
	if p.Program.Decides() || p.Document.Options.Role != rules.RoleProxy {
		t.Error("the program is the decision API's")
	}
	want := []string{
		"rule #1 " + file + ":1:11", "two " + file + ":7:11", "rule #3 " + file + ":12:11", "rule #1 access_rules.repositories[1] (inline):1:11",
	}
	for i := range p.Rules {
		r := &p.Rules[i]
		if got := r.Name + " " + r.Place(); i >= len(want) || got != want[i] {
			t.Errorf("rule %d: %s", i, got)
		}
		if !r.HasMethod("POST") || !r.HasMethod("get") || r.HasMethod("PUT") || r.Pattern.String() != r.URL {
			t.Errorf("rule %d: methods %v, pattern %s", i, r.Methods, r.Pattern)
		}
	}
	if len(p.Rules) != len(want) {
		t.Errorf("%d rules", len(p.Rules))
	}
	if _, problems := Load(source.Options{Files: []string{filepath.Join(dir, "none.yaml")}}); len(problems) != 1 {
		t.Errorf("no file: %v", problems)
	}
}
