package source

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"oathgate/rules"
)

// recorded is what is of use here of a recorded case (shared/conformance/README.md).
type recorded struct {
	ID       string            `json:"id"`
	Kind     string            `json:"kind"`
	Rules    string            `json:"rules"`
	Config   string            `json:"config"`
	Env      map[string]string `json:"env"`
	Decision struct {
		Started bool `json:"started"`
	} `json:"expect_decision"`
}

var (
	servers = regexp.MustCompile(`@(UPSTREAM|SESSION|INTROSPECT|AUTHZ|HYDRATOR|JWKS|TOKEN|KETO|REPO|DEAD)@`)
	ports   = regexp.MustCompile(`@(PROXY|API|PROM)_PORT@`)
	hosts   = regexp.MustCompile(`@(PROXY|API)_HOST@`)
)

func (r *recorded) load(t *testing.T) (*Configuration, []rules.Problem) {
	t.Helper()
	keys, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "conformance", "keys"))
	if err != nil {
		t.Fatal(err)
	}
	ruleText := strings.ReplaceAll(servers.ReplaceAllString(r.Rules, "$1.test"), "@KEYS@", keys)
	config := hosts.ReplaceAllString(ports.ReplaceAllString(servers.ReplaceAllString(r.Config, "$1.test"), "4455"), "127.0.0.1")
	config = strings.NewReplacer("@RULES_FILE@", "DIR/rules", "@KEYS@", keys, "@INLINE_RULES@", base64.StdEncoding.EncodeToString([]byte(ruleText))).Replace(config)
	dir := folder(t, "a.yaml", config, "rules", ruleText)
	var environ []string
	for name, value := range r.Env {
		environ = append(environ, name+"="+value)
	}
	return Load(Options{Files: []string{filepath.Join(dir, "a.yaml")}, Environ: environ, Fetch: func(string) ([]byte, error) { return []byte("[]"), nil }})
}

// unlike are the recorded configurations that load though Oathkeeper refuses them, and those that are refused without
// naming a rule, and why.
var unlike = map[string]string{
	"cfg-enabled-without-config": "jwt may not be there yet, and then its configuration is not checked",
	"cfg-remote-ip-rejected":     "redirect may not be there yet",
	"err-json-disabled-fallback": "the fallback is no rule's",
	"cfg-fallback-unknown-ok":    "the fallback is checked at load",
	"cfg-repo-missing":           "a rule file that is not there is a mistake",
	"fmt-yaml-multi-doc":         "the further documents were meant for something",
}

// Every recorded configuration loads, or is refused and names the rule, or Oathkeeper does not start on it.
func TestRecordedConfigurations(t *testing.T) {
	f, err := os.Open(filepath.Join("..", "..", "..", "shared", "conformance", "cases.jsonl"))
	if err != nil {
		t.Skip("there are no recorded cases")
	}
	defer f.Close()
	loaded, refused := 0, 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		r := &recorded{}
		if err := json.Unmarshal(lines.Bytes(), r); err != nil {
			t.Fatal(err)
		}
		c, problems := r.load(t)
		starts := r.Kind != "startup" || r.Decision.Started
		named := true
		for _, p := range problems {
			named = named && p.Rule != ""
		}
		switch {
		case len(problems) == 0:
			loaded++
			if !starts && unlike[r.ID] == "" {
				t.Errorf("%s: Oathkeeper does not start on it", r.ID)
			}
			if len(c.Rules) == 0 && r.ID != "fmt-http-repo" && !strings.Contains(r.Rules, "[]") {
				t.Errorf("%s: the rules are missing: %s", r.ID, c.Document)
			}
		default:
			refused++
			if !named && starts && unlike[r.ID] == "" {
				t.Errorf("%s: no rule is named: %q", r.ID, problems)
			}
		}
	}
	if err := lines.Err(); err != nil || loaded < 300 {
		t.Errorf("%d only, %v", loaded, err)
	}
	t.Logf("%d loaded, %d refused", loaded, refused)
}
