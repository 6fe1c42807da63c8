package report

import (
	"math"
	"strconv"
)

// text is the median, and the spread if there is one, with as many digits as tell rounds apart.
func (f Figure) text() string {
	text := number(f.Median)
	if f.Min != f.Max {
		text += " (" + number(f.Min) + "–" + number(f.Max) + ")"
	}
	return text
}

// number has three significant digits, and all those before the point.
func number(x float64) string {
	if x == 0 {
		return "0"
	}
	digits := 2 - int(math.Floor(math.Log10(math.Abs(x))))
	return strconv.FormatFloat(x, 'f', max(0, min(digits, 4)), 64)
}
