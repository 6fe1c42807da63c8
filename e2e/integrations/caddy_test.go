package integrations

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
)

var caddy = flag.Bool("caddy", false, "build Caddy (takes three minutes) and run the test with it")

func TestCaddy(t *testing.T) {
	if !*caddy {
		t.Skip("not run: make test-all runs it, with -caddy")
	}
	program := filepath.Join(harness.Root(), ".tools", "bin", "caddy")
	build := exec.Command("go", "build", "-o", program, "github.com/caddyserver/caddy/v2/cmd/caddy")
	build.Dir = filepath.Join(harness.Root(), "e2e", "integrations", "caddy")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	s := newSite(t, "caddy")
	cmd := exec.Command(program, "run", "--adapter", "caddyfile", "--config", s.file(t, "caddy", "Caddyfile"))
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "XDG_DATA_HOME="+s.dir, "XDG_CONFIG_HOME="+s.dir)
	s.startFront(t, cmd)
	s.attack(t, expected{down: 502, escapes: true})
}
