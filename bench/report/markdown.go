package report

import (
	"fmt"
	"slices"
	"strings"
)

// Markdown is the run as text. plot is the file name of the plot, "" if there is none.
func (r *Run) Markdown(plot string) string {
	m := &markdown{run: r}
	m.head()
	m.targets()
	if plot != "" {
		m.printf("\n## Cost against number of rules\n\nCPU a request, the last rule of the mix matches.\n\n![CPU a request against number of rules](%s)\n", plot)
	}
	for i := range r.Setups {
		m.setup(&r.Setups[i])
	}
	m.halfLoad()
	m.starts()
	return m.text.String()
}

type markdown struct {
	run  *Run
	text strings.Builder
}

func (m *markdown) printf(format string, args ...any) { fmt.Fprintf(&m.text, format, args...) }

func (m *markdown) row(cells ...string) {
	for _, cell := range cells {
		m.printf("| %s ", strings.NewReplacer("|", "\\|", "\n", " ").Replace(cell))
	}
	m.printf("|\n")
}

// table begins one whose first left columns hold text.
func (m *markdown) table(left int, columns ...string) {
	m.printf("\n")
	m.row(columns...)
	for i := range columns {
		if i < left {
			m.printf("|---")
		} else {
			m.printf("|---:")
		}
	}
	m.printf("|\n")
}

func (m *markdown) head() {
	r := m.run
	m.printf("# Results of `make bench`\n\n")
	m.printf("%s, %d cores, Linux %s; %s; Envoy %s; %s, commit %s.\n", r.Machine.CPU, r.Machine.Cores, r.Machine.Kernel, r.Machine.Go, r.Machine.Envoy, r.Machine.Date, r.Machine.Commit)
	m.printf("Each proxy has one core, load generator and upstream the other; 16 connections.\n")
	m.printf("Figures are medians of the rounds with least and greatest; ratios are taken within a round. They carry over to another machine, the rest does not.\n")
	m.table(3, "subject", "what it is", "version")
	for _, s := range r.Subjects {
		version := s.Version
		if s.Missing != "" {
			version = "missing: " + s.Missing
		}
		m.row("`"+s.Name+"`", s.Title, version)
	}
}

func (m *markdown) targets() {
	m.printf("\n## Targets\n\nOathgate's figure, or its ratio to what is named.\n")
	m.table(4, "what", "target", "measured", "verdict")
	for _, t := range Targets() {
		measured, verdict := t.Verdict(m.run)
		m.row(t.Text, t.Wanted(), measured, verdict)
	}
}

func (m *markdown) title(name string) string {
	if s := m.run.subject(name); s != nil {
		return s.Title
	}
	return name
}

func (m *markdown) setup(s *Setup) {
	m.printf("\n## `%s`: %s\n", s.Name, s.Title)
	if len(s.Workloads) > 0 {
		m.printf("\n%d interleaved rounds of %g s.\n", s.Rounds, s.Seconds)
	}
	for _, w := range s.Workloads {
		m.printf("\n### `%s/%s`: %s (%d)\n", s.Name, w.Name, w.Title, w.Status)
		m.table(1, "", "requests/s", "of bare Envoy's", "Oathgate has × its", "p50 ms", "p99 ms", "CPU ms per 1,000", "RSS MiB")
		base, ours := find(w.Series, bare), find(w.Series, oathgate)
		for i := range w.Series {
			m.series(&w.Series[i], base, ours)
		}
		m.notes(w.Series)
	}
	if text := valuesText(s.Match); text != "" {
		m.printf("\nOutside Envoy a request is matched in %s µs, on average over all rules.\n", text)
	}
	for _, start := range s.Starts {
		if start.Failed != "" {
			m.printf("\n%s could not be measured: %s\n", m.title(start.Subject), oneLine(start.Failed))
		}
	}
}

func (m *markdown) series(s, base, ours *Series) {
	if len(s.Samples) == 0 {
		m.row(m.title(s.Subject), "failed", "", "", "", "", "", "")
		return
	}
	m.row(m.title(s.Subject), median(s, rate, 1), ratio(s, base), ratio(ours, s),
		median(s, p50, 1000), median(s, p99, 1000), median(s, cpu, 1), median(s, rss, 1))
}

// notes says what a series' figures do not.
func (m *markdown) notes(series []Series) {
	var again []string
	for _, s := range series {
		reconnects, wrapped := 0, false
		for _, sample := range s.Samples {
			reconnects += sample.Reconnects
			wrapped = wrapped || sample.Wrapped
		}
		if s.Failed != "" {
			m.printf("\n%s failed after %d rounds: %s\n", m.title(s.Subject), len(s.Samples), oneLine(s.Failed))
		}
		if reconnects > 0 {
			m.printf("\n%s closed %d connections.\n", m.title(s.Subject), reconnects)
		}
		if wrapped {
			again = append(again, "`"+s.Subject+"`")
		}
	}
	if again != nil {
		m.printf("\nThe pool was through, and began anew, for %s.\n", strings.Join(again, ", "))
	}
}

func (m *markdown) halfLoad() {
	h := m.run.HalfLoad
	if h == nil {
		return
	}
	m.printf("\n## Half load\n\n%.0f requests a second, half of what Oathgate does at most; latencies from the time a request is due. %d interleaved rounds of %g s, with no other proxy alive.\n", h.Rate, h.Rounds, h.Seconds)
	m.table(1, "", "p50 ms", "p99 ms", "added p50 ms", "added p99 ms", "CPU ms per 1,000")
	base := find(h.Series, bare)
	for i := range h.Series {
		s := &h.Series[i]
		added := func(value func(Sample) float64) string {
			if base == nil || base == s {
				return ""
			}
			return valuesText(paired(s, base, value, func(a, b float64) float64 { return difference(a, b) / 1000 }))
		}
		m.row(m.title(s.Subject), median(s, p50, 1000), median(s, p99, 1000), added(p50), added(p99), median(s, cpu, 1))
	}
	m.notes(h.Series)
}

func (m *markdown) starts() {
	m.printf("\n## Start\n\nFrom the start of the first program to the first right answer, on all cores: seconds, and seconds of CPU until then.\n")
	columns := []string{""}
	for _, s := range m.run.Setups {
		columns = append(columns, "`"+s.Name+"`")
	}
	m.table(1, columns...)
	for _, subject := range m.run.Subjects {
		m.started(subject.Title, subject.Name, func(s Starts) string {
			if len(s.Ready) == 0 {
				return ""
			}
			return valuesText(s.Ready) + "; " + valuesText(s.CPU)
		})
		m.started(subject.Title+": on_configure, ms", subject.Name, func(s Starts) string { return valuesText(s.Configure) })
	}
	if s := m.run.subject(oathgate); s != nil && s.Module > 0 {
		m.printf("\nThe module is %.2f MB.\n", float64(s.Module)/1e6)
	}
}

// started is a row of what starts of one subject show, a column for each setup, if there is anything.
func (m *markdown) started(title, name string, text func(Starts) string) {
	cells := []string{title}
	for _, s := range m.run.Setups {
		cell := ""
		if i := slices.IndexFunc(s.Starts, func(starts Starts) bool { return starts.Subject == name }); i >= 0 {
			cell = text(s.Starts[i])
		}
		cells = append(cells, cell)
	}
	if strings.Join(cells[1:], "") != "" {
		m.row(cells...)
	}
}

func median(s *Series, value func(Sample) float64, unit float64) string {
	return valuesText(of(s, func(sample Sample) float64 { return value(sample) / unit }))
}

// ratio is requests per second of a in those of b, "" if one is not there or both are the same.
func ratio(a, b *Series) string {
	if a == nil || b == nil || a == b {
		return ""
	}
	return valuesText(paired(a, b, rate, quotient))
}

func valuesText(values []float64) string {
	f, ok := figure(values)
	if !ok {
		return ""
	}
	return f.text()
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(text), " ")
}
