package main

import (
	"context"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"

	"oathgate/bench/report"
	"oathgate/internal/supervise"
)

const unknown = "unknown"

// machine describes where this runs. What cannot be found out is "unknown".
func machine(ctx context.Context, envoy supervise.Binary) report.Machine {
	m := report.Machine{
		CPU: unknown, Cores: runtime.NumCPU(), Kernel: unknown, Go: runtime.Version(), Envoy: envoy.Version, Commit: unknown,
		Date: time.Now().UTC().Format(time.DateOnly),
	}
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				m.CPU = strings.TrimSpace(value)
				break
			}
		}
	}
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(release))
	}
	git := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty", "--abbrev=12")
	git.Dir = supervise.Root()
	if out, err := git.Output(); err == nil {
		m.Commit = strings.TrimSpace(string(out))
	}
	return m
}
