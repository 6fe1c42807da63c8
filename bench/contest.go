package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"oathgate/bench/load"
	"oathgate/bench/report"
	"oathgate/bench/subject"
	"oathgate/bench/workload"
)

const (
	connections = 16
	warmup      = 500 * time.Millisecond
	loadCore    = 1
)

// contest is the subjects that run at the same time, in one setup. One is measured at a time; the others wait idle.
type contest struct {
	running map[string]*subject.Running // by name
	rounds  int
	length  time.Duration // of one measurement
}

// contest makes one without subjects. The command line's length goes before the one here.
func (b *bench) contest(rounds int, length time.Duration) *contest {
	if b.length != 0 {
		length = b.length
	}
	return &contest{running: map[string]*subject.Running{}, rounds: rounds, length: length}
}

func (c *contest) stop() {
	for _, r := range c.running {
		r.Stop()
	}
}

// start starts a subject that many times and leaves the last one running. Its error is the context's.
func (c *contest) start(ctx context.Context, setup *workload.Setup, s subject.Subject, times int) (report.Starts, error) {
	starts := report.Starts{Subject: s.Name()}
	for i := range times {
		r, err := s.Start(ctx, setup)
		if err != nil {
			if ctx.Err() != nil {
				return starts, ctx.Err()
			}
			starts.Failed = err.Error()
			fmt.Printf("  %s cannot be measured: %v\n", s.Name(), err)
			return starts, nil
		}
		starts.Ready = append(starts.Ready, r.ReadyAfter().Seconds())
		starts.CPU = append(starts.CPU, r.ReadyCPU().Seconds())
		for _, took := range r.Configured() {
			starts.Configure = append(starts.Configure, float64(took.Milliseconds()))
		}
		fmt.Printf("  %-17s ready after %.2f s, %.2f s of CPU\n", s.Name(), r.ReadyAfter().Seconds(), r.ReadyCPU().Seconds())
		if i < times-1 {
			r.Stop()
		} else {
			c.running[s.Name()] = r
		}
	}
	return starts, nil
}

// measure measures the entrants that run, once a round, at a rate (0: as fast as they answer). Every second round goes
// backwards. One that fails is left out from then on. The error is the context's.
func (c *contest) measure(ctx context.Context, w *workload.Workload, rate float64, entrants []subject.Subject) ([]report.Series, error) {
	var series []report.Series
	for _, s := range entrants {
		if c.running[s.Name()] != nil {
			series = append(series, report.Series{Subject: s.Name()})
		}
	}
	order := make([]int, len(series))
	for i := range order {
		order[i] = i
	}
	for round := range c.rounds {
		for _, i := range order {
			s := &series[i]
			if s.Failed != "" {
				continue
			}
			sample, err := c.sample(ctx, w, rate, c.running[s.Subject])
			if ctx.Err() != nil {
				return nil, ctx.Err()
			}
			if err != nil {
				s.Failed = err.Error()
				fmt.Printf("  %s failed: %v\n", s.Subject, err)
				continue
			}
			sample.Round = round + 1
			s.Samples = append(s.Samples, sample)
		}
		slices.Reverse(order)
		c.progress(w, rate, round, series)
	}
	return series, nil
}

// sample is one measurement.
func (c *contest) sample(ctx context.Context, w *workload.Workload, rate float64, r *subject.Running) (report.Sample, error) {
	var used []time.Duration // CPU time as counting begins, and as it ends
	result, err := load.Run(ctx, load.Options{
		Address: r.Address(), Pool: w.Pool, Status: w.Status, Connections: connections,
		Warmup: warmup, Duration: c.length, Rate: rate, Core: loadCore,
		Mark: func() error {
			cpu, err := r.CPU()
			used = append(used, cpu)
			return err
		},
	})
	if err != nil {
		return report.Sample{}, err
	}
	rss, err := r.RSS()
	return report.Sample{
		Rate: float64(result.Requests) / result.Elapsed.Seconds(),
		P50:  microseconds(result.P50), P99: microseconds(result.P99), Max: microseconds(result.Max),
		CPU:        microseconds(used[1]-used[0]) / float64(result.Requests),
		RSS:        float64(rss) / (1 << 20),
		Reconnects: result.Reconnects, Wrapped: result.Wrapped,
	}, err
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// progress prints one round: requests per second and CPU a request.
func (c *contest) progress(w *workload.Workload, rate float64, round int, series []report.Series) {
	if len(series) == 0 {
		return
	}
	var text strings.Builder
	for _, s := range series {
		if n := len(s.Samples); n > 0 && s.Samples[n-1].Round == round+1 {
			fmt.Fprintf(&text, "  %s %.0f/s %.1f µs", s.Subject, s.Samples[n-1].Rate, s.Samples[n-1].CPU)
		}
	}
	name := w.Name
	if rate > 0 {
		name = halfLoadName
	}
	fmt.Printf("  %s, round %d:%s\n", name, round+1, text.String())
}
