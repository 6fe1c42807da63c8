//go:build darwin || linux

package supervise

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestScratchSweepsWhatTheDeadLeft(t *testing.T) {
	parent := t.TempDir()
	t.Setenv("TMPDIR", parent)
	own, remove, err := Scratch()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(own); err != nil || info.Mode().Perm() != 0o700 {
		t.Fatalf("%v %v", info, err)
	}
	folder := func(name string, locked bool, age time.Duration) string {
		dir := filepath.Join(parent, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		files := []string{"secret.json"}
		if locked {
			files = append(files, scratchLock)
		}
		for _, f := range files {
			if err := os.WriteFile(filepath.Join(dir, f), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		old := time.Now().Add(-age)
		if err := os.Chtimes(dir, old, old); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(own, old, old); err != nil {
		t.Fatal(err)
	}
	for dir, stays := range map[string]bool{
		own: true,
		folder(scratchPrefix+"dead", true, time.Hour):        false,
		folder(scratchPrefix+"starting", true, time.Second):  true,
		folder(scratchPrefix+"not-ours", false, time.Hour):   true,
		folder("oathgate-something-else", true, 2*time.Hour): true,
	} {
		another, removeAnother, err := Scratch()
		if err != nil {
			t.Fatal(err)
		}
		removeAnother()
		if _, err := os.Stat(another); err == nil {
			t.Error("a folder is left")
		}
		if _, err := os.Stat(dir); (err == nil) != stays {
			t.Errorf("%s: %v", filepath.Base(dir), err)
		}
	}
	remove()
	if _, err := os.Stat(own); err == nil {
		t.Error("the own folder is left")
	}
}
