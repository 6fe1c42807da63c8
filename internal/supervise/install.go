package supervise

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// installer puts one Envoy release into dir.
type installer struct {
	root    string // the checkout, or ""
	dir     string // where everything that is installed lies
	version string
	log     io.Writer
}

func newInstaller(opt FindOptions, version string) (*installer, error) {
	root := opt.Root
	if root == "" && !opt.Cache {
		root = Root()
	}
	dir := filepath.Join(root, ".tools")
	if root == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		dir = filepath.Join(cache, "oathgate")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &installer{root: root, dir: dir, version: version, log: opt.Log}, nil
}

func (in *installer) say(format string, args ...any) {
	if in.log != nil {
		fmt.Fprintf(in.log, "envoy %s: "+format+"\n", append([]any{in.version}, args...)...)
	}
}

// note is the file that remembers where this release was installed: source and path.
func (in *installer) note() string {
	return filepath.Join(in.dir, "envoy-"+in.version+".found")
}

func (in *installer) remembered(ctx context.Context) (Binary, bool) {
	b, err := os.ReadFile(in.note())
	if err != nil {
		return Binary{}, false
	}
	source, path, ok := strings.Cut(strings.TrimSpace(string(b)), "\n")
	if !ok {
		return Binary{}, false
	}
	if v, err := versionOf(ctx, path); err != nil || v != in.version {
		return Binary{}, false
	}
	return Binary{Path: path, Version: in.version, Source: source}, true
}

func (in *installer) remember(bin Binary) error {
	return os.WriteFile(in.note(), []byte(bin.Source+"\n"+bin.Path+"\n"), 0o644)
}

// checked is bin's end: what was installed must run and be the release that was asked for.
func (in *installer) checked(ctx context.Context, path, source string) (Binary, error) {
	version, err := versionOf(ctx, path)
	if err != nil {
		return Binary{}, fmt.Errorf("%s: %w", source, err)
	}
	if version != in.version {
		return Binary{}, fmt.Errorf("%s supplied Envoy %s instead of %s", source, version, in.version)
	}
	return Binary{Path: path, Version: version, Source: source}, nil
}

// run runs a command for at most limit and returns its standard output. A failure carries the last line that the
// command printed.
func run(ctx context.Context, limit time.Duration, dir string, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.WaitDelay = time.Second
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return strings.TrimSpace(stdout.String()), nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return "", fmt.Errorf("no answer within %v", limit)
	}
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	if last := lines[len(lines)-1]; last != "" {
		return "", errors.New(last)
	}
	return "", err
}
