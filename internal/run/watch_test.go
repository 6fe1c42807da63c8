package run

import (
	"crypto/sha256"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"oathgate/internal/source"
)

func TestWatcher(t *testing.T) {
	dir := t.TempDir()
	path, later := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(path, "1")
	w := watch(&source.Configuration{Files: []string{path, later}})
	for _, step := range []struct {
		about   string
		do      func()
		changed bool
	}{
		{"nothing", func() {}, false},
		{"as many bytes, the same time", func() {
			info, _ := os.Stat(path)
			write(path, "2")
			os.Chtimes(path, info.ModTime(), info.ModTime())
		}, true},
		{"written anew as it was", func() { write(path, "2") }, false},
		{"another file of the same text", func() { write(later+"x", "2"); os.Rename(later+"x", path) }, false},
		{"another file", func() { write(later+"x", "3"); os.Rename(later+"x", path) }, true},
		{"an old file", func() {
			write(later+"x", "4")
			os.Chtimes(later+"x", time.Time{}, time.Unix(1, 0))
			os.Rename(later+"x", path)
		}, true},
		{"one that was not there", func() { write(later, "") }, true},
		{"one that is no more", func() { os.Remove(path) }, true},
		{"a folder in its place", func() { os.Mkdir(path, 0o700) }, true},
		{"nothing again", func() {}, false},
		{"a named pipe, which nobody writes to", func() { os.Remove(path); mkfifo(t, path) }, false},
		{"a file that is longer than any that is read", func() { os.Remove(path); write(path, strings.Repeat("x", 5<<20)) }, true},
	} {
		step.do()
		if got := w.changed(); got != step.changed {
			t.Errorf("%s: changed is %v", step.about, got)
		}
	}
	w.loaded(&source.Configuration{Files: []string{later}}, true)
	os.Remove(path)
	if w.changed() {
		t.Error("a file that is watched no more counts")
	}
}

// What changes after it was read, and before anybody watches, is a change.
func TestWatcherKnowsWhatWasRead(t *testing.T) {
	dir := t.TempDir()
	path, missing := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	read := map[string]source.Digest{path: sha256.Sum256([]byte("1")), missing: {}}
	configuration := &source.Configuration{Files: []string{path, missing}, Read: read}
	for _, c := range []struct {
		a, b    string
		changed bool
	}{{"1", "", false}, {"2", "", true}, {"1", "1", true}} {
		for path, text := range map[string]string{path: c.a, missing: c.b} {
			os.Remove(path)
			if text != "" {
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
		if got := watch(configuration).changed(); got != c.changed {
			t.Errorf("%q, %q: changed is %v", c.a, c.b, got)
		}
		w := watch(&source.Configuration{})
		if w.loaded(configuration, false); w.changed() != c.changed {
			t.Errorf("%q, %q, watched later: changed is not %v", c.a, c.b, c.changed)
		}
	}
}

func mkfifo(t *testing.T, path string) {
	t.Helper()
	if err := exec.Command("mkfifo", path).Run(); err != nil {
		t.Skip("not run: no named pipes here")
	}
}
