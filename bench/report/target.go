package report

import (
	"fmt"
	"math"
)

// The names that targets and tables refer to; those of packages workload and subject.
const (
	bare     = "envoy"
	oathgate = "oathgate"
	// unfiltered is Envoy as the one with Oathgate is, without it.
	unfiltered = "envoy-unfiltered"

	oneRule = "anonymous"
	allowed = "allowed"
	last    = "last"
	// alike is 1,000 rules that differ in a path segment; those of the mix are in setups that begin with mix.
	alike = "paths-1000"
	mix   = "rules-"
)

// Target is a figure that Oathgate is to reach.
type Target struct {
	Text   string
	Want   float64
	Aim    float64 // better than Want; 0: none
	AtMost bool    // the figure is to be at most Want; else at least
	Unit   string

	// Elsewhere says what checks it if no run measures it; "": runs do.
	Elsewhere string
	// figure is what was measured, or why nothing was.
	figure func(*Run) (Figure, string)
}

// Targets are those of the project's design, section 4.
func Targets() []Target {
	return []Target{
		{Text: "requests/s of bare Envoy, 1 rule", Want: 0.72, Aim: 0.80, figure: faster(oneRule, allowed, bare)},
		{Text: "requests/s of the same Envoy without the filter, 1 rule", Want: 0.72, Aim: 0.80, figure: faster(oneRule, allowed, unfiltered)},
		{Text: "requests/s of its 1-rule figure, 1,000 rules of the mix, the last matches", Want: 0.95, figure: kept(mix+"1000", last)},
		{Text: "requests/s of its 1-rule figure, 10,000 rules of the mix, the last matches", Want: 0.95, figure: kept(mix+"10000", last)},
		{Text: "requests/s of Oathkeeper, 1 rule", Want: 5, figure: faster(oneRule, allowed, "oathkeeper")},
		{Text: "requests/s of Oathkeeper, 1,000 rules by paths", Want: 30, figure: faster(alike, last, "oathkeeper")},
		{Text: "requests/s of Oathkeeper, 1,000 rules of the mix", Want: 30, figure: faster(mix+"1000", last, "oathkeeper")},
		{Text: "p99 of Oathkeeper's, 1 rule", Want: 1, AtMost: true, figure: slower(oneRule, allowed, "oathkeeper")},
		{Text: "p99 of Oathkeeper's, 1,000 rules by paths", Want: 1, AtMost: true, figure: slower(alike, last, "oathkeeper")},
		{Text: "p99 of Oathkeeper's, 1,000 rules of the mix", Want: 1, AtMost: true, figure: slower(mix+"1000", last, "oathkeeper")},
		{Text: "requests/s of heimdall, 1 rule", Want: 2.5, figure: faster(oneRule, allowed, "heimdall")},
		{Text: "requests/s of heimdall, 1,000 rules by paths", Want: 2.5, figure: faster(alike, last, "heimdall")},
		{Text: "requests/s of heimdall, 1,000 rules of the mix", Want: 2.5, figure: faster(mix+"1000", last, "heimdall")},
		{Text: "requests/s of Envoy's jwt_authn, RS256, never seen", Want: 1.2, figure: faster("jwt-rs256", "unseen", "envoy-jwt")},
		{Text: "requests/s of Envoy's jwt_authn, RS256, repeated", Want: 2, figure: faster("jwt-rs256", "repeated", "envoy-jwt")},
		{Text: "requests/s of Envoy's jwt_authn, ES256, never seen", Want: 1.2, figure: faster("jwt-es256", "unseen", "envoy-jwt")},
		{Text: "requests/s of Envoy's jwt_authn, ES256, repeated", Want: 2, figure: faster("jwt-es256", "repeated", "envoy-jwt")},
		{Text: "requests/s of Envoy ext_authz → Oathkeeper, introspection miss", Want: 3, figure: faster("introspection", "miss", "envoy-oathkeeper")},
		{Text: "p99 added to bare Envoy's at half load", Want: 0.5, AtMost: true, Unit: " ms", figure: addedAtHalfLoad},
		{Text: "size of the module", Want: 6.5, Aim: 5.5, AtMost: true, Unit: " MB", figure: moduleSize},
		{Text: "ready with 1 rule", Want: 3.5, AtMost: true, Unit: " s", figure: ready},
		{Text: "native match, 10,000 rules of the mix", Want: 5, AtMost: true, Unit: " µs", figure: nativeMatch(mix + "10000")},
		{Text: "on_configure in Envoy, 1,000 rules of the mix", Want: 100, AtMost: true, Unit: " ms", figure: configure(mix + "1000")},
		{Text: "on_configure in Envoy, 10,000 rules of the mix", Want: 500, AtMost: true, Unit: " ms", figure: configure(mix + "10000")},
		{Text: "linear memory per worker at 1,000 rules", Want: 48, AtMost: true, Unit: " MiB", Elsewhere: "internal/closed, TestSwaps in make test-all"},
		{Text: "linear memory per worker at 10,000 rules", Want: 128, AtMost: true, Unit: " MiB", Elsewhere: "internal/closed, TestSwaps in make test-all"},
	}
}

// Wanted is the target's figure as text.
func (t Target) Wanted() string {
	sign := "≥"
	if t.AtMost {
		sign = "≤"
	}
	text := fmt.Sprintf("%s %g%s", sign, t.Want, t.Unit)
	if t.Aim != 0 {
		text += fmt.Sprintf(" (aim: %g)", t.Aim)
	}
	return text
}

// Verdict is what was measured, and what that means for the target.
func (t Target) Verdict(r *Run) (measured, verdict string) {
	if t.Elsewhere != "" {
		return "", "see " + t.Elsewhere
	}
	f, why := t.figure(r)
	if why != "" {
		return "", "not measured: " + why
	}
	measured = f.text() + t.Unit
	switch {
	case !t.reached(f.Median, t.Want):
		return measured, "**missed by " + t.short(f.Median, t.Want) + "**"
	case t.Aim != 0 && !t.reached(f.Median, t.Aim):
		return measured, "met; aim missed by " + t.short(f.Median, t.Aim)
	}
	return measured, "met"
}

func (t Target) reached(got, want float64) bool {
	if t.AtMost {
		return got <= want
	}
	return got >= want
}

// short is how far a figure is from what is wanted, in percent of that.
func (t Target) short(got, want float64) string {
	return number(math.Abs(got-want)/want*100) + " %"
}

// faster is Oathgate's requests per second divided by the other's.
func faster(setup, workload, other string) func(*Run) (Figure, string) {
	return compared(setup, workload, other, rate)
}

// slower is Oathgate's p99 divided by the other's.
func slower(setup, workload, other string) func(*Run) (Figure, string) {
	return compared(setup, workload, other, p99)
}

func compared(setup, workload, other string, value func(Sample) float64) func(*Run) (Figure, string) {
	return func(r *Run) (Figure, string) {
		ours, theirs, why := r.both(setup, workload, other)
		if why != "" {
			return Figure{}, why
		}
		return rounds(paired(ours, theirs, value, quotient))
	}
}

// kept is what is left of the 1-rule figure. The two were not measured in one round, so each counts in relation to the
// bare Envoy of its own.
func kept(setup, workload string) func(*Run) (Figure, string) {
	return func(r *Run) (Figure, string) {
		ours, base, why := r.both(setup, workload, bare)
		if why != "" {
			return Figure{}, why
		}
		one, oneBase, why := r.both(oneRule, allowed, bare)
		if why != "" {
			return Figure{}, why
		}
		reference, why := rounds(paired(one, oneBase, rate, quotient))
		if why != "" {
			return Figure{}, why
		}
		return rounds(paired(ours, base, rate, func(a, b float64) float64 { return a / b / reference.Median }))
	}
}

func addedAtHalfLoad(r *Run) (Figure, string) {
	if r.HalfLoad == nil {
		return Figure{}, "half load was not run"
	}
	ours, theirs, why := r.pair(r.HalfLoad.Series, oathgate, bare)
	if why != "" {
		return Figure{}, why
	}
	return rounds(paired(ours, theirs, p99, func(a, b float64) float64 { return difference(a, b) / 1000 }))
}

func moduleSize(r *Run) (Figure, string) {
	s := r.subject(oathgate)
	if s == nil || s.Module == 0 {
		return Figure{}, r.why(oathgate)
	}
	return rounds([]float64{float64(s.Module) / 1e6})
}

func ready(r *Run) (Figure, string) {
	return started(r, oneRule, func(s Starts) []float64 { return s.Ready })
}

// configure is how long the filter's VMs took in on_configure.
func configure(setup string) func(*Run) (Figure, string) {
	return func(r *Run) (Figure, string) {
		return started(r, setup, func(s Starts) []float64 { return s.Configure })
	}
}

// nativeMatch is how long a match takes outside Envoy.
func nativeMatch(setup string) func(*Run) (Figure, string) {
	return func(r *Run) (Figure, string) {
		s := r.setup(setup)
		if s == nil {
			return Figure{}, setup + " was not run"
		}
		return rounds(s.Match)
	}
}

// started is a figure of Oathgate's starts.
func started(r *Run, setup string, values func(Starts) []float64) (Figure, string) {
	s := r.setup(setup)
	if s == nil {
		return Figure{}, setup + " was not run"
	}
	for _, starts := range s.Starts {
		if starts.Subject == oathgate {
			return rounds(values(starts))
		}
	}
	return Figure{}, r.why(oathgate)
}

func rounds(values []float64) (Figure, string) {
	f, ok := figure(values)
	if !ok {
		return f, "no round was completed"
	}
	return f, ""
}

// both are Oathgate's series and another subject's in one workload, or why there is none.
func (r *Run) both(setup, workload, other string) (ours, theirs *Series, why string) {
	w := r.workload(setup, workload)
	if w == nil {
		return nil, nil, setup + "/" + workload + " was not run"
	}
	return r.pair(w.Series, oathgate, other)
}

func (r *Run) pair(series []Series, one, other string) (a, b *Series, why string) {
	if a = find(series, one); a == nil {
		return nil, nil, r.why(one)
	}
	if b = find(series, other); b == nil {
		return nil, nil, r.why(other)
	}
	for _, s := range []*Series{a, b} {
		if len(s.Samples) == 0 {
			return nil, nil, s.Subject + ": " + s.Failed
		}
	}
	return a, b, ""
}

// why says why there is nothing of a subject.
func (r *Run) why(name string) string {
	if s := r.subject(name); s != nil && s.Missing != "" {
		return s.Title + " is missing: " + s.Missing
	}
	return name + " was not run"
}
