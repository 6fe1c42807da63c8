package e2e

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
)

// The module is the same, byte for byte, when it is built in another directory.
func TestModuleIsReproducible(t *testing.T) {
	module, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(module)
	if err != nil {
		t.Fatal(err)
	}
	elsewhere := filepath.Join(t.TempDir(), "another directory")
	copyProject(t, harness.Root(), elsewhere)
	build := exec.Command(filepath.Join(elsewhere, "build.sh"))
	// Everything is compiled anew: a cache would hand out what was built here.
	build.Env = append(os.Environ(), "GOCACHE="+t.TempDir())
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build.sh: %v\n%s", err, out)
	}
	got, err := os.ReadFile(filepath.Join(elsewhere, "dist", "oathgate.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes here, %d there, and they differ", len(want), len(got))
	}
}

// copyProject copies the project's files without what is built, installed or versioned.
func copyProject(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, name)
		switch {
		case d.IsDir() && (name == ".git" || name == ".tools" || name == "dist"):
			return filepath.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
}
