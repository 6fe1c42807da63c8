package syntax

import (
	"strconv"
	"strings"
)

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numeral gives the length of what may be a number at the start of s. Whether it is
// one, constant says.
func numeral(s string) int {
	n := sign(s)
	digits, exponents := "0123456789_", "eE"
	if n+1 < len(s) && s[n] == '0' {
		switch s[n+1] {
		case 'x', 'X':
			digits, exponents, n = "0123456789abcdefABCDEF_", "pP", n+2
		case 'o', 'O':
			digits, exponents, n = "01234567_", "", n+2
		case 'b', 'B':
			digits, exponents, n = "01_", "", n+2
		}
	}
	n += run(s[n:], digits)
	if n < len(s) && s[n] == '.' {
		n++
		n += run(s[n:], digits)
	}
	if n < len(s) && strings.IndexByte(exponents, s[n]) >= 0 {
		n++
		n += sign(s[n:])
		n += run(s[n:], "0123456789_")
	}
	return n
}

func sign(s string) int {
	if s != "" && (s[0] == '+' || s[0] == '-') {
		return 1
	}
	return 0
}

// run gives how many bytes at the start of s are of a set.
func run(s, set string) int {
	return len(s) - len(strings.TrimLeft(s, set))
}

// constant gives the value of a number, which the same text has in Go. What is
// written as an integer and does not fit 64 bits is refused.
func constant(s string) (c Constant, fault string) {
	// A sign hides the base here, as it does in text/template (exec.go, isHexInt).
	hexadecimal := len(s) > 2 && s[0] == '0' && (s[1] == 'x' || s[1] == 'X') && !strings.ContainsAny(s, "pP")
	real := strings.ContainsAny(s, ".eEpP")
	c.Real = real && !hexadecimal
	if i, err := strconv.ParseInt(s, 0, 64); err == nil {
		c.Int, c.IsInt, c.Float = i, true, float64(i)
		return c, ""
	}
	if u, err := strconv.ParseUint(s, 0, 64); err == nil {
		c.Float = float64(u)
		return c, ""
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !real {
		return c, "this is no number, or too large: " + s
	}
	c.Float = f
	if -1<<63 <= f && f < 1<<63 && f == float64(int64(f)) {
		c.Int, c.IsInt = int64(f), true
	}
	return c, ""
}

// character gives the value of 'c', which is its code point.
func character(s string) (c Constant, fault string) {
	r, _, rest, err := strconv.UnquoteChar(s[1:], '\'')
	if err != nil || rest != "'" {
		return c, "this is no character: " + s
	}
	return Constant{Int: int64(r), IsInt: true, Float: float64(r)}, ""
}
