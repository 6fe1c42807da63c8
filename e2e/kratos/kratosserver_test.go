package kratos

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
)

// startKratos builds e2e/kratosserver and runs it until the test ends.
func startKratos(t *testing.T, public, admin, baseURL string) {
	t.Helper()
	source := filepath.Join(harness.Root(), "e2e", "kratosserver")
	program := filepath.Join(harness.Root(), ".tools", "bin", "kratosserver")
	build := exec.Command("go", "build", "-tags", "sqlite,sqlite_omit_load_extension", "-o", program, ".")
	build.Dir, build.Env = source, append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}

	var log bytes.Buffer
	cmd := exec.Command(program)
	cmd.Dir = source
	cmd.Env = append(os.Environ(),
		"DSN=sqlite://"+filepath.Join(t.TempDir(), "kratos.sqlite")+"?_fk=true",
		"SERVE_PUBLIC_PORT="+public, "SERVE_PUBLIC_BASE_URL="+baseURL, "SERVE_ADMIN_PORT="+admin)
	cmd.Stdout, cmd.Stderr = &log, &log
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("kratosserver: %v", err)
		}
		if t.Failed() {
			t.Logf("Kratos said:\n%s", &log)
		}
	})
	ready(t, "127.0.0.1:"+admin, "/admin/health/ready")
}
