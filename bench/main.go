// Command bench measures Oathgate side by side with what does the same job, in one run on one machine: `make bench`, and
// `make bench-all` for the full matrix. README.md says how to read what it writes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"time"

	"oathgate/internal/supervise"
)

// options are the command line's.
type options struct {
	all     bool
	rounds  int           // 0: see roundsOf
	length  time.Duration // of one measurement; 0: what suits it
	only    *regexp.Regexp
	out     string
	modules []string
}

func main() {
	o, err := parse(os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err = run(ctx, o)
	if err != nil && ctx.Err() != nil {
		err = errors.New("interrupted, nothing is written")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func parse(args []string) (options, error) {
	o := options{
		only:    regexp.MustCompile(""),
		modules: []string{filepath.Join(supervise.Root(), "dist", "oathgate.wasm")},
	}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.BoolVar(&o.all, "all", false, "the full matrix: 10 and 100 rules too, and every position of the rule that matches")
	flags.IntVar(&o.rounds, "rounds", 0, "rounds, each of which measures every subject of a workload once (default 3, of the first setup and with -all 5)")
	flags.DurationVar(&o.length, "time", 0, "time of one measurement (default 2s, at half load 3s)")
	flags.Func("only", "`REGEXP` of setup/workload/subject, as in anonymous/allowed/oathgate: what to measure", func(text string) (err error) {
		o.only, err = regexp.Compile(text)
		return err
	})
	flags.StringVar(&o.out, "out", filepath.Join(supervise.Root(), "dist", "bench"), "`folder` for results.json, results.md and rules.svg")
	flags.Func("module", "`file` of another build of the filter to measure in the same run (may be repeated)", func(path string) error {
		absolute, err := filepath.Abs(path)
		o.modules = append(o.modules, absolute)
		return err
	})
	return o, flags.Parse(args)
}
