package template

import (
	"math"
	"strconv"
	"strings"
)

// decimalFunctions are Sprig's exact calculations with decimal fractions
// (numeric.go, shopspring/decimal).
var decimalFunctions = [...]function{
	{"add1f", "a", func(s *state, a []any) (any, error) {
		return calculate(s, a[0], []any{1}, func(x, y decimal) (decimal, error) { return x.plus(y), nil })
	}},
	{"addf", "a*", func(s *state, a []any) (any, error) {
		return calculate(s, 0, a, func(x, y decimal) (decimal, error) { return x.plus(y), nil })
	}},
	{"subf", "aa*", func(s *state, a []any) (any, error) {
		return calculate(s, a[0], a[1:], func(x, y decimal) (decimal, error) {
			y.negative = !y.negative
			return x.plus(y), nil
		})
	}},
	{"mulf", "aa*", func(s *state, a []any) (any, error) { return calculate(s, a[0], a[1:], decimal.times) }},
	{"divf", "aa*", func(s *state, a []any) (any, error) { return calculate(s, a[0], a[1:], decimal.by) }},
}

// calculate applies f to the numbers one after the other.
func calculate(s *state, first any, rest []any, f func(x, y decimal) (decimal, error)) (any, error) {
	x, err := toDecimal(first)
	if err != nil {
		return nil, err
	}
	for _, v := range rest {
		y, err := toDecimal(v)
		if err != nil {
			return nil, err
		}
		if err := s.work((len(x.digits) + len(y.digits)) / 8); err != nil {
			return nil, err
		}
		if x, err = f(x, y); err != nil {
			return nil, err
		}
		if len(x.digits) > maxDigits || x.exponent < -maxDigits || x.exponent > maxDigits {
			return nil, constError("a number has more than 2000 digits")
		}
	}
	return x.float(), nil
}

const maxDigits = 2000

// decimal is digits times a power of ten.
type decimal struct {
	negative bool
	// digits are values from 0 to 9, the first not 0; none are the number 0.
	digits   []byte
	exponent int
}

// toDecimal is the shortest decimal that stands for v as a float64.
func toDecimal(v any) (decimal, error) {
	f := toFloat64(v)
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return decimal{}, constError("the number is not finite")
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(math.Abs(f), 'e', -1, 64), "e")
	d := decimal{negative: f < 0}
	d.exponent, _ = strconv.Atoi(exponent)
	for i := range len(mantissa) {
		if c := mantissa[i]; c != '.' {
			d.digits = append(d.digits, c-'0')
		}
	}
	d.exponent -= len(d.digits) - 1
	return d.trimmed(), nil
}

// trimmed takes zeros off both ends.
func (d decimal) trimmed() decimal {
	for len(d.digits) > 0 && d.digits[0] == 0 {
		d.digits = d.digits[1:]
	}
	for n := len(d.digits); n > 0 && d.digits[n-1] == 0; n-- {
		d.digits = d.digits[:n-1]
		d.exponent++
	}
	if len(d.digits) == 0 {
		return decimal{}
	}
	return d
}

// float is the nearest float64.
func (d decimal) float() float64 {
	if len(d.digits) == 0 {
		return 0
	}
	b := make([]byte, 0, len(d.digits)+8)
	if d.negative {
		b = append(b, '-')
	}
	for _, n := range d.digits {
		b = append(b, '0'+n)
	}
	b = append(b, 'e')
	f, _ := strconv.ParseFloat(string(strconv.AppendInt(b, int64(d.exponent), 10)), 64)
	return f
}

// scaled is d with that exponent, not above its own, with room for a carry.
func (d decimal) scaled(exponent, size int) []byte {
	digits := make([]byte, size)
	end := size - (d.exponent - exponent)
	copy(digits[end-len(d.digits):end], d.digits)
	return digits
}

func (d decimal) plus(e decimal) decimal {
	switch {
	case len(d.digits) == 0:
		return e
	case len(e.digits) == 0:
		return d
	}
	exponent := min(d.exponent, e.exponent)
	size := 1 + max(len(d.digits)+d.exponent, len(e.digits)+e.exponent) - exponent
	x, y := d.scaled(exponent, size), e.scaled(exponent, size)
	if d.negative == e.negative {
		carry := byte(0)
		for i := size - 1; i >= 0; i-- {
			sum := x[i] + y[i] + carry
			carry = sum / 10
			x[i] = sum % 10
		}
		return decimal{d.negative, x, exponent}.trimmed()
	}
	negative := d.negative
	if string(x) < string(y) {
		x, y, negative = y, x, e.negative
	}
	subtract(x, y)
	return decimal{negative, x, exponent}.trimmed()
}

// subtract takes y from x in its place; both have one length, and x is not the
// smaller one.
func subtract(x, y []byte) {
	borrow := byte(0)
	for i := len(x) - 1; i >= 0; i-- {
		take := y[i] + borrow
		borrow = 0
		if x[i] < take {
			x[i] += 10
			borrow = 1
		}
		x[i] -= take
	}
}

func (d decimal) times(e decimal) (decimal, error) {
	if len(d.digits) == 0 || len(e.digits) == 0 {
		return decimal{}, nil
	}
	product := make([]byte, len(d.digits)+len(e.digits))
	for i := len(d.digits) - 1; i >= 0; i-- {
		carry := 0
		for j := len(e.digits) - 1; j >= 0; j-- {
			sum := int(product[i+j+1]) + int(d.digits[i])*int(e.digits[j]) + carry
			product[i+j+1] = byte(sum % 10)
			carry = sum / 10
		}
		product[i] = byte(carry)
	}
	return decimal{d.negative != e.negative, product, d.exponent + e.exponent}.trimmed(), nil
}

// by divides; 16 digits behind the point are kept, halves rounded up.
func (d decimal) by(e decimal) (decimal, error) {
	const places = 16
	if len(e.digits) == 0 {
		return decimal{}, constError("decimal division by 0")
	}
	if len(d.digits) == 0 {
		return decimal{}, nil
	}
	// Long division of d.digits, with as many zeros behind them as give one place
	// more than is kept, by e.digits.
	zeros := d.exponent - e.exponent + places + 1
	if len(d.digits)+zeros <= 0 {
		return decimal{}, nil
	}
	dividend := make([]byte, len(d.digits)+zeros)
	copy(dividend, d.digits)
	quotient := make([]byte, len(dividend))
	rest := make([]byte, len(e.digits)+1)
	divisor := append([]byte{0}, e.digits...)
	for i, digit := range dividend {
		copy(rest, rest[1:])
		rest[len(rest)-1] = digit
		for string(rest) >= string(divisor) {
			subtract(rest, divisor)
			quotient[i]++
		}
	}
	q := decimal{d.negative != e.negative, quotient, -places - 1}
	last := len(quotient) - 1
	half := quotient[last] >= 5
	quotient[last] = 0
	if q = q.trimmed(); half {
		q = q.plus(decimal{d.negative != e.negative, []byte{1}, -places})
	}
	return q, nil
}
