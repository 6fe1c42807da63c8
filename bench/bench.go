package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"oathgate/bench/report"
	"oathgate/bench/subject"
	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// The names that -only knows beside those of workloads.
const (
	startName    = "start"
	halfLoadName = "half-load"
)

// exampleSetup is the one whose starts are repeated, that has more rounds, and that is measured at half load.
const (
	exampleSetup = "anonymous"
	exampleStart = 3 // starts
)

// How often, and for how long, is measured what the command line does not say.
const (
	manyRounds     = 5 // of the example, and with -all
	fewRounds      = 3
	defaultLength  = 2 * time.Second
	halfLoadLength = 3 * time.Second
)

// bench is a run under way.
type bench struct {
	options
	subjects []subject.Subject
	run      *report.Run
}

func run(ctx context.Context, o options) error {
	if runtime.NumCPU() < 2 {
		return errors.New("two cores are needed: one for the proxy, one for load generator and upstream")
	}
	if supervise.Root() == "" {
		return errors.New("run it in the project's folder: what it measures is built there")
	}
	envoy, err := supervise.Find(ctx, supervise.FindOptions{Log: os.Stderr})
	if err != nil {
		return err
	}
	b := &bench{options: o, run: &report.Run{Machine: machine(ctx, envoy)}}
	begin := time.Now()
	setups, err := b.setups()
	if err != nil {
		return err
	}
	upstream, err := subject.StartUpstream(ctx, envoy, setups)
	if err != nil {
		return err
	}
	defer upstream.Stop()
	b.subjects = subject.All(subject.Options{Envoy: envoy, Modules: o.modules, Upstream: upstream})
	b.describe()
	for _, setup := range setups {
		if err := b.setup(ctx, setup); err != nil {
			return err
		}
	}
	if err := b.run.Write(o.out); err != nil {
		return err
	}
	fmt.Printf("\n%s\n%s after %s\n", b.run.Summary(), o.out, time.Since(begin).Round(time.Second))
	return nil
}

// setups makes those of which something is wanted. Which these are is asked of setups that cost nothing: the tokens of
// the others take seconds.
func (b *bench) setups() ([]*workload.Setup, error) {
	wanted := map[string]bool{}
	for _, setup := range workload.Setups(workload.Options{Full: b.all, Tokens: 1}) {
		for _, s := range subject.All(subject.Options{Modules: b.modules, Upstream: &subject.Upstream{}}) {
			for _, w := range setup.Workloads {
				wanted[setup.Name] = wanted[setup.Name] || b.wants(setup, w.Name, s)
			}
			wanted[setup.Name] = wanted[setup.Name] || setup.Name == exampleSetup && b.wants(setup, startName, s)
		}
		wanted[setup.Name] = wanted[setup.Name] || b.wantsMatch(setup)
	}
	setups := workload.Setups(workload.Options{Full: b.all, Wanted: func(name string) bool { return wanted[name] }})
	if len(setups) == 0 {
		return nil, fmt.Errorf("-only %s is nothing of what there is: setup/workload/subject, as in anonymous/allowed/oathgate", b.only)
	}
	return setups, nil
}

func (b *bench) wants(setup *workload.Setup, workload string, s subject.Subject) bool {
	return b.only.MatchString(setup.Name + "/" + workload + "/" + s.Name())
}

func (b *bench) wantsMatch(setup *workload.Setup) bool {
	return setup.Name == matchSetup && b.only.MatchString(matchSetup+"/"+matchName)
}

// describe notes what each subject is, and says what is missing.
func (b *bench) describe() {
	for i, s := range b.subjects {
		d := report.Subject{Name: s.Name(), Title: s.Title(), Version: s.Version(), Missing: s.Missing()}
		// The builds of the filter follow the bare Envoy.
		if i > 0 && i <= len(b.modules) {
			if info, err := os.Stat(b.modules[i-1]); err == nil {
				d.Module = info.Size()
			}
		}
		if d.Missing != "" {
			fmt.Printf("%s is missing: %s\n", d.Title, d.Missing)
		}
		b.run.Subjects = append(b.run.Subjects, d)
	}
}

// setup measures one setup: all its workloads side by side, then what is measured alone.
func (b *bench) setup(ctx context.Context, setup *workload.Setup) error {
	fmt.Printf("\n%s: %s\n", setup.Name, setup.Title)
	b.run.Setups = append(b.run.Setups, report.Setup{Name: setup.Name, Title: setup.Title, Rules: setup.Rules})
	found := &b.run.Setups[len(b.run.Setups)-1]
	if err := b.sideBySide(ctx, setup, found); err != nil {
		return err
	}
	if setup.Name == exampleSetup && len(found.Workloads) > 0 {
		return b.halfLoad(ctx, setup, found.Workloads[0].Series)
	}
	if b.wantsMatch(setup) {
		took, err := nativeMatch(setup.Access, b.roundsOf(setup), matchTime)
		if err != nil {
			return err
		}
		found.Match = took
		fmt.Printf("  native match, rounds: %.2f µs\n", took)
	}
	return nil
}

// sideBySide starts every subject with one setup, measures all its workloads, and stops them. What goes wrong with one
// subject is noted and the others go on; an error is the end of the run.
func (b *bench) sideBySide(ctx context.Context, setup *workload.Setup, found *report.Setup) error {
	contest := b.contest(b.roundsOf(setup), defaultLength)
	found.Rounds, found.Seconds = contest.rounds, contest.length.Seconds()
	defer contest.stop()
	for _, s := range b.subjects {
		if !b.starts(setup, s) {
			continue
		}
		starts, err := contest.start(ctx, setup, s, b.repeats(setup, s))
		if err != nil {
			return err
		}
		found.Starts = append(found.Starts, starts)
	}
	for i := range setup.Workloads {
		w := &setup.Workloads[i]
		series, err := contest.measure(ctx, w, 0, b.entrants(setup, w))
		if err != nil {
			return err
		}
		if len(series) > 0 {
			found.Workloads = append(found.Workloads, report.Workload{Name: w.Name, Title: w.Title, Status: w.Status, Series: series})
		}
	}
	return nil
}

// starts reports whether a subject has anything to do in a setup.
func (b *bench) starts(setup *workload.Setup, s subject.Subject) bool {
	if s.Missing() != "" {
		return false
	}
	for i := range setup.Workloads {
		w := &setup.Workloads[i]
		if s.Serves(setup, w) && (b.wants(setup, w.Name, s) || setup.Name == exampleSetup && b.wants(setup, startName, s)) {
			return true
		}
	}
	return false
}

// roundsOf is how many rounds a setup has.
func (b *bench) roundsOf(setup *workload.Setup) int {
	switch {
	case b.rounds != 0:
		return b.rounds
	case b.all || setup.Name == exampleSetup:
		return manyRounds
	default:
		return fewRounds
	}
}

func (b *bench) repeats(setup *workload.Setup, s subject.Subject) int {
	if setup.Name == exampleSetup && b.wants(setup, startName, s) {
		return exampleStart
	}
	return 1
}

// entrants are the subjects that are measured with a workload.
func (b *bench) entrants(setup *workload.Setup, w *workload.Workload) (entrants []subject.Subject) {
	for _, s := range b.subjects {
		if s.Serves(setup, w) && b.wants(setup, w.Name, s) {
			entrants = append(entrants, s)
		}
	}
	return entrants
}

// halfLoad measures the bare Envoy and those with Oathgate, which are the first subjects, at half of the rate that
// Oathgate has had. No other subject is alive: a p99 shows whatever wakes up.
func (b *bench) halfLoad(ctx context.Context, setup *workload.Setup, full []report.Series) error {
	most := report.Rate(full, b.subjects[1].Name())
	if most == 0 {
		return nil
	}
	contest := b.contest(b.roundsOf(setup), halfLoadLength)
	defer contest.stop()
	var entrants []subject.Subject
	for _, s := range b.subjects[:1+len(b.modules)] {
		if s.Missing() != "" || !b.wants(setup, halfLoadName, s) {
			continue
		}
		if _, err := contest.start(ctx, setup, s, 1); err != nil {
			return err
		}
		entrants = append(entrants, s)
	}
	if len(entrants) == 0 {
		return nil
	}
	series, err := contest.measure(ctx, &setup.Workloads[0], most/2, entrants)
	b.run.HalfLoad = &report.HalfLoad{Rate: most / 2, Rounds: contest.rounds, Seconds: contest.length.Seconds(), Series: series}
	return err
}
