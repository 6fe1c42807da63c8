package report

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples are rounds with these rates; the CPU time and p99 of a request are what the rate leaves of a second, in µs.
func samples(rates ...float64) (s []Sample) {
	for i, rate := range rates {
		s = append(s, Sample{Round: i + 1, Rate: rate, P50: 1e6 / rate, P99: 2e6 / rate, CPU: 1e6 / rate, RSS: 64})
	}
	return s
}

func run(workload string, series ...Series) *Run {
	r := &Run{
		Subjects: []Subject{
			{Name: bare, Title: "bare Envoy"},
			{Name: oathgate, Title: "Envoy with Oathgate", Module: 6_000_000},
			{Name: "oathkeeper", Title: "Oathkeeper"},
			{Name: "heimdall", Title: "heimdall", Missing: "set A_VARIABLE"},
		},
	}
	r.add(oneRule, 1, workload, series...)
	return r
}

func (r *Run) add(setup string, rules int, workload string, series ...Series) {
	r.Setups = append(r.Setups, Setup{
		Name: setup, Rules: rules,
		Workloads: []Workload{{Name: workload, Status: 200, Series: series}},
	})
}

func TestFigure(t *testing.T) {
	for text, values := range map[string][]float64{
		"":                 nil,
		"2.00":             {2},
		"2.00 (1.00–9.00)": {9, 1, 2},
		"2.50 (1.00–9.00)": {9, 1, 2, 3},
		"0.0123 (0–0.500)": {0.5, 0, 0.01234},
		"12345":            {12345.4},
		"-1.50":            {-1.5},
	} {
		f, ok := figure(values)
		got := ""
		if ok {
			got = f.text()
		}
		if got != text {
			t.Errorf("%v: %q, want %q", values, got, text)
		}
	}
}

// Ratios are those of rounds: the machine was half as fast in the second one, and the third has one of the two only.
func TestRatiosArePaired(t *testing.T) {
	ours := &Series{Subject: oathgate, Samples: samples(80, 40)}
	base := &Series{Subject: bare, Samples: samples(100, 50, 10)}
	if got := ratio(ours, base); got != "0.800" {
		t.Errorf("ratio %q", got)
	}
	base.Samples = base.Samples[1:]
	if got := ratio(ours, base); got != "0.800" {
		t.Errorf("without the first round: ratio %q", got)
	}
	if ratio(ours, nil) != "" || ratio(ours, ours) != "" {
		t.Error("a ratio to nothing, or to itself")
	}
}

func TestTarget(t *testing.T) {
	fast := Series{Subject: oathgate, Samples: samples(75, 76, 74)}
	base := Series{Subject: bare, Samples: samples(100, 100, 100)}
	slow := Series{Subject: "oathkeeper", Samples: samples(10, 10, 10)}
	broken := Series{Subject: "oathkeeper", Failed: "an answer of 500"}
	target := Target{Want: 0.72, Aim: 0.8, figure: faster(oneRule, allowed, bare)}
	against := Target{Want: 8, figure: faster(oneRule, allowed, "oathkeeper")}
	for name, tt := range map[string]struct {
		target            Target
		run               *Run
		measured, verdict string
	}{
		"met, aim missed": {target, run(allowed, base, fast), "0.750 (0.740–0.760)", "met; aim missed by 6.25 %"},
		"met": {
			Target{Want: 0.7, figure: target.figure}, run(allowed, base, fast), "0.750 (0.740–0.760)", "met",
		},
		"just met": {
			Target{Want: 0.75, figure: target.figure}, run(allowed, base, fast), "0.750 (0.740–0.760)", "met",
		},
		"missed":           {against, run(allowed, fast, slow), "7.50 (7.40–7.60)", "**missed by 6.25 %**"},
		"at most, met":     {Target{Want: 0.2, AtMost: true, figure: slower(oneRule, allowed, "oathkeeper")}, run(allowed, fast, slow), "0.133 (0.132–0.135)", "met"},
		"at most, missed":  {Target{Want: 0.1, AtMost: true, figure: slower(oneRule, allowed, "oathkeeper")}, run(allowed, fast, slow), "0.133 (0.132–0.135)", "**missed by 33.3 %**"},
		"missing":          {Target{figure: faster(oneRule, allowed, "heimdall")}, run(allowed, fast), "", "not measured: heimdall is missing: set A_VARIABLE"},
		"failed":           {against, run(allowed, fast, broken), "", "not measured: oathkeeper: an answer of 500"},
		"not run":          {against, run(allowed, fast), "", "not measured: oathkeeper was not run"},
		"workload not run": {against, run("denied", fast, slow), "", "not measured: anonymous/allowed was not run"},
		"without Oathgate": {against, run(allowed, slow), "", "not measured: oathgate was not run"},
		"no common round": {
			against, run(allowed, fast, Series{Subject: "oathkeeper", Samples: []Sample{{Round: 7, Rate: 1}}}), "", "not measured: no round was completed",
		},
		"elsewhere":    {Target{Elsewhere: "a benchmark"}, run(allowed), "", "see a benchmark"},
		"module":       {Target{Want: 6.5, Aim: 5.5, AtMost: true, Unit: " MB", figure: moduleSize}, run(allowed), "6.00 MB", "met; aim missed by 9.09 %"},
		"no half load": {Target{figure: addedAtHalfLoad}, run(allowed), "", "not measured: half load was not run"},
		"no start":     {Target{figure: ready}, run(allowed), "", "not measured: oathgate was not run"},
		"no setup":     {Target{figure: configure(mix + "1000")}, run(allowed), "", "not measured: rules-1000 was not run"},
	} {
		t.Run(name, func(t *testing.T) {
			measured, verdict := tt.target.Verdict(tt.run)
			if measured != tt.measured || verdict != tt.verdict {
				t.Errorf("%q, %q; want %q, %q", measured, verdict, tt.measured, tt.verdict)
			}
		})
	}
}

func TestTargetOfRuleSets(t *testing.T) {
	r := run(allowed, Series{Subject: bare, Samples: samples(100, 100)}, Series{Subject: oathgate, Samples: samples(80, 80)})
	// The machine was slower by a fifth.
	r.add("rules-1000", 1000, last, Series{Subject: bare, Samples: samples(80, 80)}, Series{Subject: oathgate, Samples: samples(64, 32)})
	measured, verdict := Target{Want: 0.95, figure: kept("rules-1000", last)}.Verdict(r)
	if measured != "0.750 (0.500–1.00)" || verdict != "**missed by 21.1 %**" {
		t.Errorf("%q, %q", measured, verdict)
	}
}

func TestTargetAtHalfLoad(t *testing.T) {
	r := run(allowed)
	r.HalfLoad = &HalfLoad{Series: []Series{
		{Subject: oathgate, Samples: []Sample{{Round: 1, P99: 900}, {Round: 2, P99: 2900}}},
		{Subject: bare, Samples: []Sample{{Round: 1, P99: 500}, {Round: 2, P99: 2700}}},
	}}
	measured, verdict := Target{Want: 0.5, AtMost: true, Unit: " ms", figure: addedAtHalfLoad}.Verdict(r)
	if measured != "0.300 (0.200–0.400) ms" || verdict != "met" {
		t.Errorf("%q, %q", measured, verdict)
	}
}

func TestMarkdown(t *testing.T) {
	r := run(
		allowed,
		Series{Subject: bare, Samples: samples(100, 100)},
		Series{Subject: oathgate, Samples: samples(80, 70)},
		Series{Subject: "oathkeeper", Samples: []Sample{{Round: 1, Rate: 10, Reconnects: 2}, {Round: 2, Rate: 10, Reconnects: 3, Wrapped: true}}, Failed: "an answer of 500:\n\"HTTP\""},
		Series{Subject: "envoy-rbac", Failed: "no answer for 10s"},
	)
	r.Setups[0].Starts = []Starts{
		{Subject: oathgate, Ready: []float64{2, 3, 2.5}, CPU: []float64{3, 3, 3}, Configure: []float64{4, 6}},
		{Subject: "envoy-heimdall", Failed: "it ended"},
	}
	r.Setups[0].Rounds, r.Setups[0].Seconds, r.Setups[0].Match = 2, 1.5, []float64{3, 1, 2}
	r.HalfLoad = &HalfLoad{Rate: 40, Rounds: 7, Seconds: 3, Series: []Series{
		{Subject: bare, Samples: []Sample{{Round: 1, P50: 200, P99: 500, CPU: 50}}},
		{Subject: oathgate, Samples: []Sample{{Round: 1, P50: 300, P99: 900, CPU: 70}}},
	}}
	text := r.Markdown("rules.svg")
	for _, want := range []string{
		"| `heimdall` | heimdall | missing: set A_VARIABLE |",
		"| Envoy with Oathgate | 75.0 (70.0–80.0) | 0.750 (0.700–0.800) |  |",
		"| Oathkeeper | 10.0 | 0.100 | 7.50 (7.00–8.00) |",
		"| envoy-rbac | failed |",
		"envoy-rbac failed after 0 rounds: no answer for 10s",
		"Oathkeeper failed after 2 rounds: an answer of 500: \"HTTP\"",
		"Oathkeeper closed 5 connections.",
		"The pool was through, and began anew, for `oathkeeper`.",
		"envoy-heimdall could not be measured: it ended",
		"| Envoy with Oathgate | 2.50 (2.00–3.00); 3.00 |",
		"| Envoy with Oathgate: on_configure, ms | 5.00 (4.00–6.00) |",
		"The module is 6.00 MB.",
		"2 interleaved rounds of 1.5 s.",
		"matched in 2.00 (1.00–3.00) µs",
		"40 requests a second",
		"7 interleaved rounds of 3 s, with no other proxy alive",
		"| bare Envoy | 0.200 | 0.500 |  |  | 50.0 |",
		"| Envoy with Oathgate | 0.300 | 0.900 | 0.100 | 0.400 | 70.0 |",
		"(rules.svg)",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestSummary(t *testing.T) {
	got := run(
		allowed,
		Series{Subject: bare, Samples: samples(100, 100)},
		Series{Subject: oathgate, Samples: samples(80, 80)},
		Series{Subject: "oathgate-1", Samples: samples(60, 64)},
		Series{Subject: "oathkeeper", Failed: "no answer for 10s"},
	).Summary()
	want := `anonymous/allowed
  envoy                  100 requests/s  10000 µs CPU  1.25 of oathgate
  oathgate                80 requests/s  12500 µs CPU  0.800 of envoy
  oathgate-1              62 requests/s  16146 (15625–16667) µs CPU  0.620 (0.600–0.640) of envoy  0.775 (0.750–0.800) of oathgate
  oathkeeper         failed: no answer for 10s
requests/s of bare Envoy, 1 rule ≥ 0.72 (aim: 0.8): 0.800, met
size of the module ≤ 6.5 MB (aim: 5.5): 6.00 MB, met; aim missed by 9.09 %`
	if got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestPlot(t *testing.T) {
	r := run(allowed, Series{Subject: oathgate, Samples: samples(20_000)}, Series{Subject: "oathkeeper", Samples: samples(1000)})
	if r.Plot() != "" {
		t.Error("a plot of one number of rules")
	}
	r.add("rules-1000", 1000, last, Series{Subject: oathgate, Samples: samples(20_000)}, Series{Subject: "oathkeeper", Samples: samples(100)})
	r.add(alike, 1000, last, Series{Subject: oathgate, Samples: samples(1)})
	r.Subjects[2].Title = "<Oathkeeper & co>"
	plot := r.Plot()
	for d := xml.NewDecoder(strings.NewReader(plot)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	// From 10 to 10,000 µs and 1 to 1,000 rules: 50 µs are 0.233 of the height from the bottom, 1,000 and 10,000 µs two
	// thirds and all of it.
	for _, want := range []string{`points="70.0,326.8 610.0,326.8"`, `points="70.0,153.3 610.0,20.0"`, "&lt;Oathkeeper &amp; co&gt;", ">1<", ">10,000<"} {
		if !strings.Contains(plot, want) {
			t.Errorf("no %s in\n%s", want, plot)
		}
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	r := run(allowed, Series{Subject: oathgate, Samples: samples(1000)})
	r.add("rules-1000", 1000, last, Series{Subject: oathgate, Samples: samples(1000)})
	for _, plot := range []bool{true, false} {
		if !plot {
			r.Setups = r.Setups[:1]
		}
		if err := r.Write(dir); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, jsonFile))
		if err != nil {
			t.Fatal(err)
		}
		var read Run
		if err := json.Unmarshal(text, &read); err != nil || len(read.Setups) != len(r.Setups) || read.Setups[0].Workloads[0].Series[0].Samples[0] != r.Setups[0].Workloads[0].Series[0].Samples[0] {
			t.Errorf("error %v, %s", err, text)
		}
		markdown, err := os.ReadFile(filepath.Join(dir, markdownFile))
		if err != nil || strings.Contains(string(markdown), plotFile) != plot {
			t.Errorf("error %v, %s", err, markdown)
		}
		if _, err := os.Stat(filepath.Join(dir, plotFile)); (err == nil) != plot {
			t.Errorf("plot: %v, want it: %v", err, plot)
		}
	}
}
