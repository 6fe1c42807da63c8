package ip

import "strconv"

// String gives the network in CIDR notation, an IPv6 address as RFC 5952 wants it.
func (p Prefix) String() string {
	bits := p.bits
	if p.addr.family == 4 {
		bits -= 96
	}
	return p.addr.String() + "/" + strconv.Itoa(int(bits))
}

// String gives the address, without the dotted form of an IPv4 address in IPv6 form.
func (a Addr) String() string {
	var b []byte
	if a.family == 4 {
		for shift := 24; shift >= 0; shift -= 8 {
			b = strconv.AppendUint(b, a.lo>>shift&0xff, 10)
			if shift > 0 {
				b = append(b, '.')
			}
		}
		return string(b)
	}
	group := func(i int) uint64 {
		if i < 4 {
			return a.hi >> (48 - 16*i) & 0xffff
		}
		return a.lo >> (48 - 16*(i-4)) & 0xffff
	}
	// The first of the longest runs of at least two zeros becomes ::.
	from, to := 8, 8
	for i := 0; i < 8; i++ {
		j := i
		for j < 8 && group(j) == 0 {
			j++
		}
		if j-i >= 2 && j-i > to-from {
			from, to = i, j
		}
		i = max(i, j)
	}
	for i := 0; i < 8; i++ {
		if i == from {
			b = append(b, "::"...)
			if i = to; i == 8 {
				break
			}
		} else if i > 0 {
			b = append(b, ':')
		}
		b = strconv.AppendUint(b, group(i), 16)
	}
	return string(b)
}
