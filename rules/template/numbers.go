package template

import (
	"math"
	"strconv"
	"strings"
)

// numberFunctions are Sprig's functions for numbers (numeric.go).
var numberFunctions = [...]function{
	{"atoi", "s", func(_ *state, a []any) (any, error) {
		n, _ := strconv.Atoi(a[0].(string))
		return n, nil
	}},
	{"int", "a", func(_ *state, a []any) (any, error) { return int(toInt64(a[0])), nil }},
	{"int64", "a", func(_ *state, a []any) (any, error) { return toInt64(a[0]), nil }},
	{"float64", "a", func(_ *state, a []any) (any, error) { return toFloat64(a[0]), nil }},
	{"toDecimal", "a", func(_ *state, a []any) (any, error) {
		s, err := text(a[0])
		if err != nil {
			return nil, err
		}
		n, err := strconv.ParseInt(s, 8, 64)
		if err != nil {
			n = 0
		}
		return n, nil
	}},
	{"add1", "a", func(_ *state, a []any) (any, error) { return toInt64(a[0]) + 1, nil }},
	{"add", "a*", func(_ *state, a []any) (any, error) {
		return fold(0, a, func(x, y int64) int64 { return x + y }), nil
	}},
	{"sub", "aa", func(_ *state, a []any) (any, error) { return toInt64(a[0]) - toInt64(a[1]), nil }},
	{"div", "aa", func(_ *state, a []any) (any, error) {
		if toInt64(a[1]) == 0 {
			return nil, constError("integer divide by zero")
		}
		return toInt64(a[0]) / toInt64(a[1]), nil
	}},
	{"mod", "aa", func(_ *state, a []any) (any, error) {
		if toInt64(a[1]) == 0 {
			return nil, constError("integer divide by zero")
		}
		return toInt64(a[0]) % toInt64(a[1]), nil
	}},
	{"mul", "aa*", func(_ *state, a []any) (any, error) {
		return fold(1, a, func(x, y int64) int64 { return x * y }), nil
	}},
	{"max", "aa*", maximum},
	{"biggest", "aa*", maximum},
	{"min", "aa*", func(_ *state, a []any) (any, error) {
		return fold(toInt64(a[0]), a[1:], func(x, y int64) int64 { return min(x, y) }), nil
	}},
	{"maxf", "aa*", func(_ *state, a []any) (any, error) { return foldFloat(a, math.Max), nil }},
	{"minf", "aa*", func(_ *state, a []any) (any, error) { return foldFloat(a, math.Min), nil }},
	{"floor", "a", func(_ *state, a []any) (any, error) { return math.Floor(toFloat64(a[0])), nil }},
	{"ceil", "a", func(_ *state, a []any) (any, error) { return math.Ceil(toFloat64(a[0])), nil }},
	{"round", "aif*", round},
	{"until", "i", func(s *state, a []any) (any, error) {
		n := a[0].(int)
		if n < 0 {
			return untilStep(s, 0, n, -1)
		}
		return untilStep(s, 0, n, 1)
	}},
	{"untilStep", "iii", func(s *state, a []any) (any, error) {
		return untilStep(s, a[0].(int), a[1].(int), a[2].(int))
	}},
	{"seq", "i*", seq},
}

// toInt64 is cast.ToInt64: 0 for what is no number. A float64 out of range is
// the smallest int64, as on amd64.
//
//go:noinline
func toInt64(v any) int64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
	case float64:
		if !(v >= math.MinInt64 && v < math.MaxInt64) {
			return math.MinInt64
		}
		return int64(v)
	case string:
		n, err := strconv.ParseInt(withoutZeroDecimals(v), 0, 64)
		if err != nil {
			return 0
		}
		return n
	}
	n, _ := integer(v)
	return n
}

// withoutZeroDecimals cuts a decimal point and the zeros behind it.
func withoutZeroDecimals(s string) string {
	trimmed := strings.TrimRight(s, "0")
	if rest, ok := strings.CutSuffix(trimmed, "."); ok && trimmed != s {
		return rest
	}
	return s
}

// toFloat64 is cast.ToFloat64.
//
//go:noinline
func toFloat64(v any) float64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
	case float64:
		return v
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err != nil {
			return 0
		}
		return f
	}
	n, _ := integer(v)
	return float64(n)
}

func fold(start int64, a []any, f func(x, y int64) int64) int64 {
	for _, v := range a {
		start = f(start, toInt64(v))
	}
	return start
}

func foldFloat(a []any, f func(x, y float64) float64) float64 {
	x := toFloat64(a[0])
	for _, v := range a[1:] {
		x = f(x, toFloat64(v))
	}
	return x
}

func maximum(_ *state, a []any) (any, error) {
	return fold(toInt64(a[0]), a[1:], func(x, y int64) int64 { return max(x, y) }), nil
}

// round rounds half up, or from the third argument up.
func round(_ *state, a []any) (any, error) {
	up := 0.5
	if len(a) > 2 {
		up = a[2].(float64)
	}
	pow := math.Pow(10, float64(a[1].(int)))
	digit := pow * toFloat64(a[0])
	if _, fraction := math.Modf(digit); fraction >= up {
		return math.Ceil(digit) / pow, nil
	}
	return math.Floor(digit) / pow, nil
}

func untilStep(s *state, start, stop, step int) ([]int, error) {
	list := []int{}
	if stop < start && step >= 0 || stop >= start && step <= 0 {
		return list, nil
	}
	for i := start; stop < start && i > stop || stop >= start && i < stop; {
		if list = append(list, i); len(list) > maxItems {
			return nil, errItems
		}
		next := i + step
		if (next > i) != (step > 0) {
			return nil, constError("the step is too large")
		}
		i = next
	}
	return list, s.items(len(list))
}

// seq is the numbers of a range, with spaces: end, or start and end, or start,
// step and end.
func seq(s *state, a []any) (any, error) {
	n := make([]int, len(a))
	for i, v := range a {
		n[i] = v.(int)
	}
	start, end, step := 1, 0, 0
	switch len(n) {
	case 1:
		end = n[0]
	case 2:
		start, end = n[0], n[1]
	case 3:
		start, step, end = n[0], n[1], n[2]
	default:
		return "", nil
	}
	increment := 1
	if end < start {
		if increment = -1; step > 0 {
			return "", nil
		}
	}
	if len(n) < 3 {
		step = increment
	}
	if past := end + increment; (past > end) != (increment > 0) {
		return nil, constError("the range is too large")
	}
	list, err := untilStep(s, start, end+increment, step)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = strconv.Itoa(v)
	}
	return strings.Join(texts, " "), nil
}
