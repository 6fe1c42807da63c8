package report

import "slices"

// Figure is the median of some rounds, and their least and greatest.
type Figure struct{ Median, Min, Max float64 }

// figure is false if there are no values.
func figure(values []float64) (Figure, bool) {
	if len(values) == 0 {
		return Figure{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return Figure{Median: (sorted[(n-1)/2] + sorted[n/2]) / 2, Min: sorted[0], Max: sorted[n-1]}, true
}

// of takes one value of each sample.
func of(s *Series, value func(Sample) float64) (values []float64) {
	for _, sample := range s.Samples {
		values = append(values, value(sample))
	}
	return values
}

func rate(s Sample) float64 { return s.Rate }
func p50(s Sample) float64  { return s.P50 }
func p99(s Sample) float64  { return s.P99 }
func cpu(s Sample) float64  { return s.CPU }
func rss(s Sample) float64  { return s.RSS }

// paired combines two series round by round: what slows the machine down for a while slows both. Rounds that one of them
// has not are left out.
func paired(a, b *Series, value func(Sample) float64, combine func(a, b float64) float64) (values []float64) {
	for _, x := range a.Samples {
		i := slices.IndexFunc(b.Samples, func(y Sample) bool { return y.Round == x.Round })
		if i >= 0 {
			values = append(values, combine(value(x), value(b.Samples[i])))
		}
	}
	return values
}

func quotient(a, b float64) float64   { return a / b }
func difference(a, b float64) float64 { return a - b }
