package subject

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	"oathgate/internal/supervise"
)

// peer is a program to measure against, or why there is none.
type peer struct{ name, path, missing string }

// variables name the peers' binaries.
const (
	oathkeeperVariable = "OATHGATE_BENCH_OATHKEEPER"
	heimdallVariable   = "OATHGATE_BENCH_HEIMDALL"
)

// findPeer takes the binary that the variable names, else name.xz of ../shared/peers, unpacked under .tools.
func findPeer(name, variable string) *peer {
	path := os.Getenv(variable)
	var err error
	if path == "" {
		path, err = unpacked(name)
	}
	if err != nil {
		return &peer{missing: fmt.Sprintf("%v; set %s to the path of a binary", err, variable)}
	}
	if path, err = exec.LookPath(path); err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return &peer{missing: fmt.Sprintf("%s: %v", variable, err)}
	}
	return &peer{name: name, path: path}
}

// version tells one binary from another: builds from a checkout do not know theirs. It is "" if the peer is missing.
func (p *peer) version() string {
	if p.missing != "" {
		return ""
	}
	sum, err := sha256Of(p.path)
	if err != nil {
		return p.name
	}
	return fmt.Sprintf("%s, SHA-256 %.6x", p.name, sum)
}

// unpacked is the path of a peer that ../shared/peers has, unpacked if this was not done before.
func unpacked(name string) (string, error) {
	root := supervise.Root()
	packed := filepath.Join(root, "..", "shared", "peers", name+".xz")
	from, err := os.Stat(packed)
	if err != nil {
		return "", fmt.Errorf("no %s.xz in ../shared/peers", name)
	}
	path := filepath.Join(root, ".tools", "peers", name)
	if have, err := os.Stat(path); err == nil && !have.ModTime().Before(from.ModTime()) {
		return path, nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return "", err
	}
	out, err := os.CreateTemp(filepath.Dir(path), name+"-")
	if err != nil {
		return "", err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd := exec.Command("xz", "-dkc", packed)
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("xz, which unpacks %s: %w", name, err)
	}
	if err := out.Chmod(0o755); err != nil {
		return "", err
	}
	// A file that is open for writing cannot be run.
	if err := out.Close(); err != nil {
		return "", err
	}
	return path, os.Rename(out.Name(), path)
}

func sha256Of(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return h.Sum(nil), err
}
