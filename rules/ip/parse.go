package ip

import "strings"

// Parse reads an address: four decimal numbers, or IPv6's groups (RFC 4291, 2.2). No
// zone, no port, no brackets, no leading zeros in a decimal number.
func Parse(s string) (a Addr, ok bool) {
	if strings.IndexByte(s, ':') >= 0 {
		return parse6(s)
	}
	v4, ok := parse4(s)
	if !ok {
		return Addr{}, false
	}
	return Addr{lo: mapped<<32 | uint64(v4), family: 4}, true
}

// ParsePrefix reads a network in CIDR notation (10.0.0.0/8, fd00::/8), whichever of
// its addresses it is written with.
func ParsePrefix(s string) (p Prefix, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return Prefix{}, false
	}
	a, ok := Parse(s[:i])
	n, rest := decimal(s[i+1:])
	if !ok || rest != "" {
		return Prefix{}, false
	}
	if a.family == 4 {
		n += 96
	}
	if n < 0 || n > 128 || a.family == 4 && n < 96 {
		return Prefix{}, false
	}
	return Prefix{a, uint8(n)}, true
}

func parse4(s string) (v4 uint32, ok bool) {
	for i := range 4 {
		if i > 0 {
			if s == "" || s[0] != '.' {
				return 0, false
			}
			s = s[1:]
		}
		var n int
		if n, s = decimal(s); n < 0 || n > 255 {
			return 0, false
		}
		v4 = v4<<8 | uint32(n)
	}
	return v4, s == ""
}

// decimal reads a number of at most three digits without leading zeros, and gives -1
// if s does not begin with one.
func decimal(s string) (n int, rest string) {
	i := 0
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		if i == 3 || i > 0 && s[0] == '0' {
			return -1, s
		}
		n = n*10 + int(s[i]-'0')
	}
	if i == 0 {
		return -1, s
	}
	return n, s[i:]
}

func parse6(s string) (Addr, bool) {
	var groups [8]uint16
	n, gap := 0, -1 // how many groups were read, and before which one :: stands
	if strings.HasPrefix(s, "::") {
		gap, s = 0, s[2:]
	}
	for s != "" && n < len(groups) {
		group, digits := hexadecimal(s)
		if digits == 0 {
			return Addr{}, false
		}
		if digits < len(s) && s[digits] == '.' {
			v4, ok := parse4(s)
			if !ok || n > len(groups)-2 {
				return Addr{}, false
			}
			groups[n], groups[n+1] = uint16(v4>>16), uint16(v4)
			n, s = n+2, ""
			break
		}
		groups[n] = group
		n, s = n+1, s[digits:]
		switch {
		case s == "":
		case strings.HasPrefix(s, "::") && gap < 0:
			gap, s = n, s[2:]
		case s[0] == ':' && len(s) > 1:
			s = s[1:]
		default:
			return Addr{}, false
		}
	}
	if s != "" || (n < len(groups)) != (gap >= 0) {
		return Addr{}, false
	}
	if gap >= 0 {
		tail := n - gap
		copy(groups[len(groups)-tail:], groups[gap:n])
		clear(groups[gap : len(groups)-tail])
	}
	a := Addr{family: 6}
	for i := range 4 {
		a.hi = a.hi<<16 | uint64(groups[i])
		a.lo = a.lo<<16 | uint64(groups[i+4])
	}
	return a, true
}

// hexadecimal reads at most four digits; it tells none of more.
func hexadecimal(s string) (n uint16, digits int) {
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = c | 0x20 - 'a' + 10
		default:
			return n, i
		}
		if i == 4 {
			return 0, 0
		}
		n = n<<4 | uint16(c)
	}
	return n, len(s)
}
