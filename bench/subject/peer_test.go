package subject

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const peerVariable = "OATHGATE_BENCH_PEER"

func TestFindPeer(t *testing.T) {
	for _, c := range []struct{ name, value, missing string }{
		{"a program", "sh", ""},
		{"nothing", filepath.Join(t.TempDir(), "none"), peerVariable + ": exec: "},
		{"no variable and no archive", "", "no peer.xz in ../shared/peers; set " + peerVariable},
	} {
		t.Setenv(peerVariable, c.value)
		p := findPeer("peer", peerVariable)
		if !strings.HasPrefix(p.missing, c.missing) || (p.missing == "") != (c.missing == "") {
			t.Errorf("%s: missing is %q", c.name, p.missing)
		}
		if found := p.missing == ""; filepath.IsAbs(p.path) != found || strings.HasPrefix(p.version(), "peer, SHA-256 ") != found {
			t.Errorf("%s: path %q, version %q", c.name, p.path, p.version())
		}
	}
}

// An archive is unpacked once, and again when a newer one is there.
func TestUnpacked(t *testing.T) {
	if _, err := exec.LookPath("xz"); err != nil {
		t.Skip("not run: xz, which unpacks peers, is not installed")
	}
	base := t.TempDir()
	root, peers := filepath.Join(base, "checkout"), filepath.Join(base, "shared", "peers")
	for _, dir := range []string{root, peers} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "go.mod"), []byte("module oathgate\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	pack := func(text string) {
		t.Helper()
		cmd := exec.Command("xz", "-c")
		cmd.Stdin = strings.NewReader(text)
		packed, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(peers, "peer.xz"), packed, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	unpack := func() string {
		t.Helper()
		path, err := unpacked("peer")
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o755 {
			t.Fatalf("%v, %v", info, err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(bytes.TrimSpace(text))
	}
	pack("first")
	if got := unpack(); got != "first" {
		t.Errorf("unpacked %q", got)
	}
	path := filepath.Join(root, ".tools", "peers", "peer")
	if err := os.WriteFile(path, []byte("kept"), 0o755); err != nil {
		t.Fatal(err)
	}
	if got := unpack(); got != "kept" {
		t.Errorf("unpacked again: %q", got)
	}
	pack("second")
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	newer := info.ModTime().Add(time.Second)
	if err := os.Chtimes(filepath.Join(peers, "peer.xz"), newer, newer); err != nil {
		t.Fatal(err)
	}
	if got := unpack(); got != "second" {
		t.Errorf("unpacked %q of the newer archive", got)
	}
}
