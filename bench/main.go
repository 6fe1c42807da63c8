// Command bench measures Envoy with Oathgate against the same Envoy without it,
// side by side in one run: `make bench`. Each Envoy has one worker on one core;
// the load generator (wrk) and the upstream are on the other. It prints requests
// per second for each round, and their ratio, which is what carries over to
// another machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"oathgate/internal/supervise"
)

func main() {
	rounds := flag.Int("rounds", 5, "rounds, each of which measures every Envoy once")
	length := flag.Duration("time", 4*time.Second, "time of one measurement")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *length); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// subject is one Envoy under measurement.
type subject struct {
	name string
	url  string
	rate []float64
}

func run(ctx context.Context, rounds int, length time.Duration) error {
	for _, tool := range []string{"wrk", "taskset"} {
		if _, err := exec.LookPath(tool); err != nil {
			return errors.New(tool + " is needed and not installed")
		}
	}
	dir, err := os.MkdirTemp("", "oathgate-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	envoy, err := supervise.Find(ctx, supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		return err
	}
	ports, err := freePorts(3)
	if err != nil {
		return err
	}
	module := filepath.Join(supervise.Root(), "dist", "oathgate.wasm")
	upstream, bare, filtered := ports[0], ports[1], ports[2]
	for _, c := range []struct {
		name, core, config string
	}{
		{"upstream", "1", upstreamConfig(dir, upstream)},
		{"bare", "0", bareConfig(dir, bare, upstream)},
		{"oathgate", "0", filterConfig(dir, filtered, upstream, module)},
	} {
		p, err := start(ctx, envoy.Path, dir, c.name, c.core, c.config)
		if err != nil {
			return err
		}
		defer p.Stop()
	}
	subjects := []*subject{
		{name: "bare Envoy", url: fmt.Sprintf("http://127.0.0.1:%d/svc/a", bare)},
		{name: "Envoy with Oathgate", url: fmt.Sprintf("http://127.0.0.1:%d/svc/a", filtered)},
	}
	fmt.Printf("Envoy %s, one worker; anonymous/allow/header, routing and interlock on; %d rounds of %s\n", envoy.Version, rounds, length)
	for round := range rounds {
		for _, s := range subjects {
			rate, err := wrk(ctx, s.url, length)
			if err != nil {
				return err
			}
			s.rate = append(s.rate, rate)
		}
		fmt.Printf("round %d: %.0f and %.0f requests/s, ratio %.3f\n", round+1,
			subjects[0].rate[round], subjects[1].rate[round], subjects[1].rate[round]/subjects[0].rate[round])
	}
	report(subjects)
	return nil
}

// start runs an Envoy bound to one core.
func start(ctx context.Context, envoy, dir, name, core, config string) (*supervise.Process, error) {
	path := filepath.Join(dir, name+".yaml")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		return nil, err
	}
	p, err := supervise.Start(ctx, supervise.Options{Envoy: envoy, Config: path, Dir: dir, Concurrency: 1})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if out, err := exec.CommandContext(ctx, "taskset", "-a", "-p", "-c", core, strconv.Itoa(p.Pid())).CombinedOutput(); err != nil {
		p.Stop()
		return nil, fmt.Errorf("taskset: %w: %s", err, out)
	}
	return p, nil
}

var (
	rateLine  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	errorLine = regexp.MustCompile(`(?m)^\s*(Non-2xx|Socket errors).*$`)
)

// wrk measures requests per second, all of which must be answered with 2xx.
func wrk(ctx context.Context, url string, length time.Duration) (float64, error) {
	seconds := strconv.Itoa(max(1, int(length.Seconds()))) + "s"
	out, err := exec.CommandContext(ctx, "taskset", "-c", "1", "wrk", "-t1", "-c16", "-d"+seconds, url).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if bad := errorLine.Find(out); bad != nil {
		return 0, fmt.Errorf("wrk %s: %s", url, bad)
	}
	m := rateLine.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("wrk: unexpected output: %s", out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// report prints the medians and the ratio with its spread.
func report(subjects []*subject) {
	base := subjects[0]
	for _, s := range subjects {
		ratios := make([]float64, len(s.rate))
		for i := range s.rate {
			ratios[i] = s.rate[i] / base.rate[i]
		}
		fmt.Printf("%-22s %8.0f requests/s  ratio %.3f (%.3f to %.3f)\n", s.name, median(s.rate), median(ratios), slices.Min(ratios), slices.Max(ratios))
	}
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
