package report

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strconv"
	"strings"
)

// point is the cost of a request with a number of rules.
type point struct{ rules, cost float64 }

// line is one subject in the plot.
type line struct {
	title  string
	points []point
}

// lines are the subjects that were measured with at least two numbers of rules, several being of the mix.
func (r *Run) lines() (lines []line) {
	for _, subject := range r.Subjects {
		l := line{title: subject.Title}
		for _, setup := range r.Setups {
			var w *Workload
			switch {
			case setup.Name == oneRule:
				w = r.workload(oneRule, allowed)
			case strings.HasPrefix(setup.Name, mix):
				w = r.workload(setup.Name, last)
			}
			if w == nil {
				continue
			}
			if s := find(w.Series, subject.Name); s != nil {
				if f, ok := figure(of(s, cpu)); ok && f.Median > 0 {
					l.points = append(l.points, point{float64(setup.Rules), f.Median})
				}
			}
		}
		if len(l.points) > 1 {
			slices.SortFunc(l.points, func(a, b point) int { return int(a.rules - b.rules) })
			lines = append(lines, l)
		}
	}
	return lines
}

// The plot's measures, in pixels.
const (
	plotWidth, plotHeight = 860, 480
	areaLeft, areaTop     = 70, 20
	areaWidth, areaHeight = 540, 400
)

var colours = []string{"#1b1b1b", "#d1341f", "#1f6fd1", "#2a9d4a", "#8a4fc7", "#d18a1f", "#0f8b8d", "#b03a7a", "#6b705c"}

// Plot is CPU a request against number of rules as SVG, both axes logarithmic, or "" if fewer than two numbers of rules
// were measured.
func (r *Run) Plot() string {
	lines := r.lines()
	if len(lines) == 0 {
		return ""
	}
	x, y := axis{}, axis{}
	for _, l := range lines {
		for _, p := range l.points {
			x.include(p.rules)
			y.include(p.cost)
		}
	}
	x.place(areaLeft, areaLeft+areaWidth)
	y.place(areaTop+areaHeight, areaTop)

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight, plotWidth, plotHeight)
	b.WriteString(`<rect width="100%" height="100%" fill="#ffffff"/>` + "\n")
	for _, v := range x.decades() {
		fmt.Fprintf(&b, `<path d="M%.1f %d V%d" stroke="#dddddd"/><text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n",
			x.at(v), areaTop, areaTop+areaHeight, x.at(v), areaTop+areaHeight+18, label(v))
	}
	for _, v := range y.decades() {
		fmt.Fprintf(&b, `<path d="M%d %.1f H%d" stroke="#dddddd"/><text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n",
			areaLeft, y.at(v), areaLeft+areaWidth, areaLeft-8, y.at(v)+4, label(v))
	}
	fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="middle">access rules</text>`+"\n", areaLeft+areaWidth/2, plotHeight-16)
	fmt.Fprintf(&b, `<text transform="translate(18 %d) rotate(-90)" text-anchor="middle">CPU a request, µs</text>`+"\n", areaTop+areaHeight/2)
	for i, l := range lines {
		colour := colours[i%len(colours)]
		var path []string
		for _, p := range l.points {
			path = append(path, fmt.Sprintf("%.1f,%.1f", x.at(p.rules), y.at(p.cost)))
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3.5" fill="%s"/>`+"\n", x.at(p.rules), y.at(p.cost), colour)
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(path, " "), colour)
		at := areaTop + 14 + 20*i
		fmt.Fprintf(&b, `<path d="M%d %d h18" stroke="%s" stroke-width="3"/><text x="%d" y="%d">%s</text>`+"\n",
			areaLeft+areaWidth+16, at-4, colour, areaLeft+areaWidth+40, at, html.EscapeString(l.title))
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// label is a power of ten with its digits in groups.
func label(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	for i := len(text) - 3; i > 0 && v >= 1000; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// axis places values on a logarithmic scale of whole decades. Only values above 0 may be included.
type axis struct {
	low, high  float64 // decades
	set        bool
	begin, end float64 // pixels
}

func (a *axis) include(v float64) {
	low, high := math.Floor(math.Log10(v)), math.Ceil(math.Log10(v))
	if !a.set {
		a.low, a.high, a.set = low, high, true
	}
	a.low, a.high = min(a.low, low), max(a.high, high)
}

func (a *axis) place(begin, end float64) {
	a.high = max(a.high, a.low+1)
	a.begin, a.end = begin, end
}

func (a *axis) at(v float64) float64 {
	return a.begin + (math.Log10(v)-a.low)/(a.high-a.low)*(a.end-a.begin)
}

func (a *axis) decades() (values []float64) {
	for d := a.low; d <= a.high; d++ {
		values = append(values, math.Pow(10, d))
	}
	return values
}
