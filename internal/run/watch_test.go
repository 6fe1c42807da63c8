package run

import (
	"os"
	"path/filepath"
	"testing"
	"time"
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
	w := watch([]string{path, later})
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
	} {
		step.do()
		if got := w.changed(); got != step.changed {
			t.Errorf("%s: changed is %v", step.about, got)
		}
	}
	w.add([]string{later}, true)
	os.Remove(path)
	if w.changed() {
		t.Error("a file that is watched no more counts")
	}
}
