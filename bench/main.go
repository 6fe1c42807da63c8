// Command bench measures Envoy with Oathgate against the same Envoy without it,
// side by side in one run: `make bench`. Each Envoy has one worker on one core;
// the load generator (wrk) and the upstream are on the other. It prints requests
// per second for each round, and their ratio, which is what carries over to
// another machine.
package main

import (
	"bytes"
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
	"strings"
	"time"

	"oathgate/internal/supervise"
)

func main() {
	rounds := flag.Int("rounds", 5, "rounds, each of which measures every Envoy once")
	length := flag.Duration("time", 4*time.Second, "time of one measurement")
	modules := []string{filepath.Join(supervise.Root(), "dist", "oathgate.wasm")}
	flag.Func("module", "another build of the filter to measure in the same run (may be repeated)", func(path string) error {
		absolute, err := filepath.Abs(path)
		modules = append(modules, absolute)
		return err
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *length, modules); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

// subject is one Envoy under measurement.
type subject struct {
	name string
	url  string
	pid  int
	// rate is requests per second, cpu microseconds of CPU a request, by round.
	rate, cpu []float64
}

func run(ctx context.Context, rounds int, length time.Duration, modules []string) error {
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
	ports, err := freePorts(2 + len(modules))
	if err != nil {
		return err
	}
	upstream, bare := ports[0], ports[1]
	type configuration struct{ name, core, text string }
	configurations := []configuration{
		{"upstream", "1", upstreamConfig(dir, upstream)},
		{"bare", "0", bareConfig(dir, bare, upstream)},
	}
	subjects := []*subject{{name: "bare Envoy", url: serviceURL(bare)}}
	for i, module := range modules {
		name, port := "oathgate-"+strconv.Itoa(i), ports[2+i]
		configurations = append(configurations, configuration{name, "0", filterConfig(dir, name, port, upstream, module)})
		subjects = append(subjects, &subject{name: "with " + filepath.Base(module), url: serviceURL(port)})
	}
	for i, c := range configurations {
		p, err := start(ctx, envoy.Path, dir, c.name, c.core, c.text)
		if err != nil {
			return err
		}
		defer p.Stop()
		if i > 0 {
			subjects[i-1].pid = p.Pid()
		}
	}
	fmt.Printf("Envoy %s, one worker; anonymous/allow/header, routing and interlock on; %d rounds of %s\n", envoy.Version, rounds, length)
	for round := range rounds {
		for _, s := range subjects {
			if err := s.measure(ctx, length); err != nil {
				return err
			}
		}
		fmt.Printf("round %d:", round+1)
		for _, s := range subjects {
			fmt.Printf("  %.0f/s %.1f µs", s.rate[round], s.cpu[round])
		}
		fmt.Println()
	}
	report(subjects)
	return nil
}

func serviceURL(port int) string { return fmt.Sprintf("http://127.0.0.1:%d/svc/a", port) }

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

// measure adds one round.
func (s *subject) measure(ctx context.Context, length time.Duration) error {
	before, err := cpuTime(s.pid)
	if err != nil {
		return err
	}
	rate, requests, err := wrk(ctx, s.url, length)
	if err != nil {
		return err
	}
	after, err := cpuTime(s.pid)
	if err != nil {
		return err
	}
	s.rate = append(s.rate, rate)
	s.cpu = append(s.cpu, float64((after-before).Microseconds())/requests)
	return nil
}

// cpuTime is the CPU time that a process has used, in clock ticks of 10 ms
// (proc(5), fields utime and stime).
func cpuTime(pid int) (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
	if len(fields) < 13 {
		return 0, errors.New("/proc/PID/stat cannot be read")
	}
	user, err := strconv.Atoi(fields[11])
	if err != nil {
		return 0, err
	}
	system, err := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond, err
}

var (
	totalLine = regexp.MustCompile(`(\d+) requests in`)
	rateLine  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	errorLine = regexp.MustCompile(`(?m)^\s*(Non-2xx|Socket errors).*$`)
)

// wrk measures requests per second, all of which must be answered with 2xx.
func wrk(ctx context.Context, url string, length time.Duration) (rate, requests float64, err error) {
	seconds := strconv.Itoa(max(1, int(length.Seconds()))) + "s"
	out, err := exec.CommandContext(ctx, "taskset", "-c", "1", "wrk", "-t1", "-c16", "-d"+seconds, url).CombinedOutput()
	if err != nil {
		return 0, 0, fmt.Errorf("wrk: %w: %s", err, out)
	}
	if bad := errorLine.Find(out); bad != nil {
		return 0, 0, fmt.Errorf("wrk %s: %s", url, bad)
	}
	perSecond, total := rateLine.FindSubmatch(out), totalLine.FindSubmatch(out)
	if perSecond == nil || total == nil {
		return 0, 0, fmt.Errorf("wrk: unexpected output: %s", out)
	}
	if rate, err = strconv.ParseFloat(string(perSecond[1]), 64); err == nil {
		requests, err = strconv.ParseFloat(string(total[1]), 64)
	}
	return rate, requests, err
}

// report prints the medians and the ratio with its spread.
func report(subjects []*subject) {
	base := subjects[0]
	for _, s := range subjects {
		ratios := make([]float64, len(s.rate))
		for i := range s.rate {
			ratios[i] = s.rate[i] / base.rate[i]
		}
		fmt.Printf("%-24s %7.0f requests/s  ratio %.3f (%.3f to %.3f)  %5.1f µs CPU a request\n",
			s.name, median(s.rate), median(ratios), slices.Min(ratios), slices.Max(ratios), median(s.cpu))
	}
}

func median(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
