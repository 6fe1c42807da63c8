package template

import "unicode/utf8"

// Sprintf prints a format (package fmt). Widths and precisions are those of fmt;
// what would print more than MaxOutput bytes is refused.
func (p *printer) printf(format string, args []any) {
	next, reordered := 0, false
	for i := 0; i < len(format) && p.err == nil; {
		start := i
		for i < len(format) && format[i] != '%' {
			i++
		}
		p.str(format[start:i])
		if i >= len(format) {
			break
		}
		i++
		p.flags, p.wid, p.prec = flags{}, 0, 0
		for ; i < len(format); i++ {
			if !p.flag(format[i]) {
				break
			}
		}
		d := directive{format: format, i: i, next: next, count: len(args), good: true}
		d.index()
		p.width(&d, args)
		p.precision(&d, args)
		if !d.after {
			d.index()
		}
		i, next = d.i, d.next
		reordered = reordered || d.reordered
		if i >= len(format) {
			p.str("%!(NOVERB)")
			break
		}
		verb, size := utf8.DecodeRuneInString(format[i:])
		i += size
		switch {
		case verb == '%':
			p.byte('%')
		case !d.good:
			p.str("%!" + string(verb) + "(BADINDEX)")
		case next < 0 || next >= len(args):
			p.str("%!" + string(verb) + "(MISSING)")
		default:
			if verb == 'v' || verb == 'w' {
				p.sharpV, p.sharp = p.sharp, false
				p.plusV, p.plus = p.plus, false
			}
			p.arg(args[next], verb)
			next++
		}
	}
	if !reordered && next < len(args) {
		p.extra(args[next:])
	}
}

func (p *printer) flag(c byte) bool {
	switch c {
	case '#':
		p.sharp = true
	case '0':
		p.zero = true
	case '+':
		p.plus = true
	case '-':
		p.minus = true
	case ' ':
		p.space = true
	default:
		return false
	}
	return true
}

func (p *printer) width(d *directive, args []any) {
	if d.i < len(d.format) && d.format[d.i] == '*' {
		d.i++
		p.wid, p.widPresent = d.star(args)
		if !p.widPresent {
			p.str("%!(BADWIDTH)")
		}
		if p.wid < 0 {
			p.wid = -p.wid
			p.minus, p.zero = true, false
		}
		return
	}
	p.wid, p.widPresent = d.number()
	if d.after && p.widPresent {
		d.good = false
	}
}

func (p *printer) precision(d *directive, args []any) {
	if d.i+1 >= len(d.format) || d.format[d.i] != '.' {
		return
	}
	d.i++
	if d.after {
		d.good = false
	}
	d.index()
	if d.i < len(d.format) && d.format[d.i] == '*' {
		d.i++
		p.prec, p.precPresent = d.star(args)
		if p.prec < 0 {
			p.prec, p.precPresent = 0, false
		}
		if !p.precPresent {
			p.str("%!(BADPREC)")
		}
		return
	}
	p.prec, p.precPresent = d.number()
	if !p.precPresent {
		p.prec, p.precPresent = 0, true
	}
}

func (p *printer) extra(args []any) {
	p.flags, p.wid, p.prec = flags{}, 0, 0
	p.str("%!(EXTRA ")
	for i, v := range args {
		if i > 0 {
			p.str(", ")
		}
		if v = plain(v); v == nil {
			p.str("<nil>")
			continue
		}
		p.str(typeName(v))
		p.byte('=')
		p.arg(v, 'v')
	}
	p.byte(')')
}

// directive is what stands between a `%` and its verb.
type directive struct {
	format          string
	i               int  // where in format
	next, count     int  // the next argument, and how many there are
	after           bool // the last thing read was an index
	good, reordered bool
}

// tooLarge is fmt's bound of widths and precisions.
const tooLarge = 1e6

// number reads a decimal number.
func (d *directive) number() (n int, ok bool) {
	for d.i < len(d.format) && '0' <= d.format[d.i] && d.format[d.i] <= '9' {
		if n > tooLarge {
			d.i = len(d.format)
			return 0, false
		}
		n = n*10 + int(d.format[d.i]-'0')
		ok = true
		d.i++
	}
	return n, ok
}

// star takes a width or precision from the arguments.
func (d *directive) star(args []any) (n int, ok bool) {
	d.after = false
	if d.next >= len(args) {
		return 0, false
	}
	switch v := args[d.next].(type) {
	case int:
		n, ok = v, true
	case int64:
		n, ok = int(v), int64(int(v)) == v
	case uint8:
		n, ok = int(v), true
	}
	d.next++
	if n > tooLarge || n < -tooLarge {
		return 0, false
	}
	return n, ok
}

// index reads `[n]`.
func (d *directive) index() {
	d.after = false
	if d.i >= len(d.format) || d.format[d.i] != '[' {
		return
	}
	d.reordered = true
	rest := d.format[d.i:]
	for end := 1; end < len(rest) && len(rest) >= 3; end++ {
		if rest[end] != ']' {
			continue
		}
		n := directive{format: rest[:end], i: 1}
		index, ok := n.number()
		d.i += end + 1
		d.after = ok && n.i == end
		if d.after && index >= 1 && index <= d.count {
			d.next = index - 1
			return
		}
		d.good = false
		return
	}
	d.i++
	d.good = false
}
