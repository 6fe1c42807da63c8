package template

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// printer formats values as package fmt does. It refuses to print more than
// MaxOutput bytes.
type printer struct {
	buf   []byte
	err   error
	depth int
	flags
	wid, prec int
}

type flags struct {
	minus, plus, sharp, space, zero bool
	plusV, sharpV                   bool
	widPresent, precPresent         bool
}

//go:noinline
func (p *printer) full(n int) bool {
	if p.err == nil && (n < 0 || len(p.buf)+n > MaxOutput) {
		p.err = errOutput
	}
	return p.err != nil
}

//go:noinline
func (p *printer) str(s string) {
	if !p.full(len(s)) {
		p.buf = append(p.buf, s...)
	}
}

//go:noinline
func (p *printer) byte(c byte) {
	if !p.full(1) {
		p.buf = append(p.buf, c)
	}
}

// arg prints an operand.
func (p *printer) arg(v any, verb rune) {
	if p.err != nil {
		return
	}
	v = plain(v)
	if v == nil {
		switch verb {
		case 'T', 'v':
			p.pad("<nil>")
		default:
			p.bad(v, verb)
		}
		return
	}
	switch verb {
	case 'T':
		if !known(v) {
			p.err = noText(v)
			return
		}
		p.fmtS(typeName(v))
		return
	case 'w':
		p.bad(v, verb)
		return
	case 'p':
		if !isScalar(v) {
			p.err = constError("%p is refused: it prints a memory address")
			return
		}
		p.bad(v, verb)
		return
	}
	p.value(v, verb)
}

// known says that v is none of the Objects of other packages.
func known(v any) bool { return typeName(v) != "object" }

func noText(any) error {
	return constError("the value has no text: Oathkeeper prints the address of memory for it; name one of its fields, or use toJson")
}

func (p *printer) value(v any, verb rune) {
	if p.err != nil {
		return
	}
	switch v := v.(type) {
	case nil, absent:
		p.str("<nil>")
		return
	case bool:
		if verb != 't' && verb != 'v' {
			p.bad(v, verb)
		} else if v {
			p.pad("true")
		} else {
			p.pad("false")
		}
		return
	case int:
		p.integer(v, uint64(v), true, verb)
		return
	case int64:
		p.integer(v, uint64(v), true, verb)
		return
	case uint8:
		p.integer(v, uint64(v), false, verb)
		return
	case float64:
		p.float(v, verb)
		return
	case string:
		p.string(v, v, verb)
		return
	case *URL, *version, instant:
		switch verb {
		case 'v', 's', 'x', 'X', 'q':
			if !p.sharpV {
				p.string(v, v.(interface{ String() string }).String(), verb)
				return
			}
		}
		p.err = noText(v)
		return
	case nobody:
		p.string(v, "", verb)
		return
	}
	if p.depth++; p.depth > maxDepth {
		p.err = errDeep
		return
	}
	if n, ok := listLen(v); ok {
		p.list(v, n, verb)
	} else if _, ok := mapLen(v); ok {
		p.table(v, verb)
	} else {
		p.err = noText(v)
	}
	p.depth--
}

func (p *printer) list(v any, n int, verb rune) {
	if p.sharpV {
		p.str(typeName(v))
		if isNil(v) {
			p.str("(nil)")
			return
		}
		p.byte('{')
	} else {
		p.byte('[')
	}
	for i := 0; i < n && p.err == nil; i++ {
		p.separate(i)
		p.element(listAt(v, i), verb)
	}
	if p.sharpV {
		p.byte('}')
	} else {
		p.byte(']')
	}
}

func (p *printer) table(v any, verb rune) {
	if p.sharpV {
		p.str(typeName(v))
		if isNil(v) {
			p.str("(nil)")
			return
		}
		p.byte('{')
	} else {
		p.str("map[")
	}
	for i, key := range mapKeys(v) {
		if p.err != nil {
			return
		}
		p.separate(i)
		p.string(key, key, verb)
		p.byte(':')
		p.element(mapAt(v, key), verb)
	}
	if p.sharpV {
		p.byte('}')
	} else {
		p.byte(']')
	}
}

//go:noinline
func (p *printer) separate(i int) {
	switch {
	case i == 0:
	case p.sharpV:
		p.str(", ")
	default:
		p.byte(' ')
	}
}

//go:noinline
func (p *printer) element(v any, verb rune) {
	if p.sharpV && plain(v) == nil {
		p.str("interface {}(nil)")
		return
	}
	p.value(v, verb)
}

// bad is what fmt prints for a verb that v does not have.
//
//go:noinline
func (p *printer) bad(v any, verb rune) {
	p.str("%!")
	p.str(string(verb))
	p.byte('(')
	if v == nil {
		p.str("<nil>")
	} else {
		p.str(typeName(v))
		p.byte('=')
		p.arg(v, 'v')
	}
	p.byte(')')
}

func (p *printer) padding(n int, zero bool) {
	if n <= 0 || p.full(n) {
		return
	}
	c := " "
	if zero && !p.minus {
		c = "0"
	}
	p.buf = append(p.buf, strings.Repeat(c, n)...)
}

// pad prints s to the width, with the padding that the flags say.
//
//go:noinline
func (p *printer) pad(s string) { p.padWith(s, p.zero) }

//go:noinline
func (p *printer) padWith(s string, zero bool) {
	if !p.widPresent || p.wid == 0 {
		p.str(s)
		return
	}
	n := p.wid - utf8.RuneCountInString(s)
	if p.minus {
		p.str(s)
		p.padding(n, zero)
	} else {
		p.padding(n, zero)
		p.str(s)
	}
}

func (p *printer) integer(v any, u uint64, signed bool, verb rune) {
	switch verb {
	case 'v':
		if p.sharpV && !signed {
			sharp := p.sharp
			p.sharp = true
			p.digits(u, 16, signed, 'x')
			p.sharp = sharp
			return
		}
		p.digits(u, 10, signed, verb)
	case 'd':
		p.digits(u, 10, signed, verb)
	case 'b':
		p.digits(u, 2, signed, verb)
	case 'o', 'O':
		p.digits(u, 8, signed, verb)
	case 'x', 'X':
		p.digits(u, 16, signed, verb)
	case 'c':
		p.pad(string(runeOf(u)))
	case 'q':
		if p.plus {
			p.pad(strconv.QuoteRuneToASCII(runeOf(u)))
		} else {
			p.pad(strconv.QuoteRune(runeOf(u)))
		}
	case 'U':
		p.unicode(u)
	default:
		p.bad(v, verb)
	}
}

func runeOf(u uint64) rune {
	if u > utf8.MaxRune {
		return utf8.RuneError
	}
	return rune(u)
}

func (p *printer) unicode(u uint64) {
	digits := strings.ToUpper(strconv.FormatUint(u, 16))
	width := 4
	if p.precPresent && p.prec > 4 {
		width = p.prec
	}
	if p.full(width) {
		return
	}
	s := "U+" + strings.Repeat("0", max(0, width-len(digits))) + digits
	if p.sharp && u <= utf8.MaxRune && strconv.IsPrint(rune(u)) {
		s += " '" + string(rune(u)) + "'"
	}
	p.padWith(s, false)
}

func (p *printer) digits(u uint64, base int, signed bool, verb rune) {
	negative := signed && int64(u) < 0
	if negative {
		u = -u
	}
	digits := strconv.FormatUint(u, base)
	if verb == 'X' {
		digits = strings.ToUpper(digits)
	}
	prec := 0
	if p.precPresent {
		if prec = p.prec; prec == 0 && u == 0 {
			p.padding(p.wid, false)
			return
		}
	} else if p.zero && !p.minus && p.widPresent {
		prec = p.wid
		if negative || p.plus || p.space {
			prec--
		}
	}
	if p.full(prec) {
		return
	}
	if n := prec - len(digits); n > 0 {
		digits = strings.Repeat("0", n) + digits
	}
	if p.sharp {
		switch {
		case base == 2:
			digits = "0b" + digits
		case base == 8 && digits[0] != '0':
			digits = "0" + digits
		case base == 16 && verb == 'X':
			digits = "0X" + digits
		case base == 16:
			digits = "0x" + digits
		}
	}
	if verb == 'O' {
		digits = "0o" + digits
	}
	switch {
	case negative:
		digits = "-" + digits
	case p.plus:
		digits = "+" + digits
	case p.space:
		digits = " " + digits
	}
	p.padWith(digits, false)
}

func (p *printer) string(v any, s string, verb rune) {
	switch verb {
	case 'v':
		if p.sharpV {
			p.quote(s)
		} else {
			p.fmtS(s)
		}
	case 's':
		p.fmtS(s)
	case 'x', 'X':
		p.hex(s, verb)
	case 'q':
		p.quote(s)
	default:
		p.bad(v, verb)
	}
}

//go:noinline
func (p *printer) truncate(s string) string {
	if !p.precPresent {
		return s
	}
	n := p.prec
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

//go:noinline
func (p *printer) fmtS(s string) { p.pad(p.truncate(s)) }

//go:noinline
func (p *printer) quote(s string) {
	s = p.truncate(s)
	switch {
	case p.full(len(s)):
	case p.sharp && strconv.CanBackquote(s):
		p.pad("`" + s + "`")
	case p.plus:
		p.pad(strconv.QuoteToASCII(s))
	default:
		p.pad(strconv.Quote(s))
	}
}

func (p *printer) hex(s string, verb rune) {
	digits, x := "0123456789abcdef", "0x"
	if verb == 'X' {
		digits, x = "0123456789ABCDEF", "0X"
	}
	if p.precPresent && p.prec < len(s) {
		s = s[:p.prec]
	}
	if s == "" {
		if p.widPresent {
			p.padding(p.wid, p.zero)
		}
		return
	}
	if p.full(len(s) * 5) {
		return
	}
	var b []byte
	for i := range len(s) {
		if i > 0 && p.space {
			b = append(b, ' ')
		}
		if p.sharp && (i == 0 || p.space) {
			b = append(b, x...)
		}
		b = append(b, digits[s[i]>>4], digits[s[i]&15])
	}
	p.pad(string(b))
}

func (p *printer) float(v float64, verb rune) {
	prec := -1
	switch verb {
	case 'v':
		verb = 'g'
	case 'b', 'g', 'G', 'x', 'X':
	case 'f', 'e', 'E':
		prec = 6
	case 'F':
		verb, prec = 'f', 6
	default:
		p.bad(v, verb)
		return
	}
	if p.precPresent {
		prec = p.prec
	}
	if p.full(max(prec, 0)) {
		return
	}
	num := strconv.FormatFloat(v, byte(verb), prec, 64)
	sign := "+"
	if num[0] == '-' || num[0] == '+' {
		sign, num = num[:1], num[1:]
	}
	if p.space && sign == "+" && !p.plus {
		sign = " "
	}
	if math.IsInf(v, 0) || math.IsNaN(v) {
		// fmt shows the sign of an infinity, always, and that of NaN if asked.
		if math.IsNaN(v) && !p.space && !p.plus {
			sign = ""
		}
		p.padWith(sign+num, false)
		return
	}
	if p.sharp && verb != 'b' {
		num = sharpen(num, verb, prec)
	}
	if !p.plus && sign == "+" {
		p.pad(num)
		return
	}
	if p.zero && !p.minus && p.widPresent && p.wid > 1+len(num) {
		p.str(sign)
		p.padding(p.wid-1-len(num), true)
		p.str(num)
		return
	}
	p.pad(sign + num)
}

// sharpen is the # flag: a decimal point always, and trailing zeros.
func sharpen(num string, verb rune, prec int) string {
	digits := 0
	switch verb {
	case 'g', 'G', 'x':
		if digits = prec; digits == -1 {
			digits = 6
		}
	}
	tail, point, nonzero := "", false, false
	for i := 0; i < len(num); i++ {
		c := num[i]
		if c == 'p' || c == 'P' || (c == 'e' || c == 'E') && verb != 'x' && verb != 'X' {
			tail, num = num[i:], num[:i]
			break
		}
		if c == '.' {
			point = true
			continue
		}
		if c != '0' {
			nonzero = true
		}
		if nonzero {
			digits--
		}
	}
	if !point {
		if num == "0" {
			digits--
		}
		num += "."
	}
	if digits > 0 {
		num += strings.Repeat("0", digits)
	}
	return num + tail
}
