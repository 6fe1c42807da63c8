package report

import (
	"fmt"
	"strings"
)

// Rate is the median of a subject's requests per second, 0 if there is none.
func Rate(series []Series, subject string) float64 {
	if s := find(series, subject); s != nil {
		f, _ := figure(of(s, rate))
		return f.Median
	}
	return 0
}

// Summary is the run in lines for a terminal: medians, with least and greatest for ratios.
func (r *Run) Summary() string {
	var b strings.Builder
	for _, setup := range r.Setups {
		for _, w := range setup.Workloads {
			fmt.Fprintf(&b, "%s/%s\n", setup.Name, w.Name)
			base, ours := find(w.Series, bare), find(w.Series, oathgate)
			for i := range w.Series {
				s := &w.Series[i]
				if len(s.Samples) == 0 {
					fmt.Fprintf(&b, "  %-18s failed: %s\n", s.Subject, oneLine(s.Failed))
					continue
				}
				fmt.Fprintf(&b, "  %-18s %7.0f requests/s  %s µs CPU", s.Subject, Rate(w.Series, s.Subject), median(s, cpu, 1))
				for _, to := range []*Series{base, ours} {
					if text := ratio(s, to); text != "" {
						fmt.Fprintf(&b, "  %s of %s", text, to.Subject)
					}
				}
				b.WriteByte('\n')
			}
		}
	}
	for _, t := range Targets() {
		if measured, verdict := t.Verdict(r); measured != "" {
			fmt.Fprintf(&b, "%s %s: %s, %s\n", t.Text, t.Wanted(), measured, strings.Trim(verdict, "*"))
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}
