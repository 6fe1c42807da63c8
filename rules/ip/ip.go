// Package ip reads IP addresses and networks. It takes what net/netip takes, zones
// aside, and tells the same of it; net/netip keeps zones in a table of weak pointers,
// and is 130 KB of the module for it.
package ip

import "math/bits"

// Addr is an IP address. The zero value is none: it is in no network.
type Addr struct {
	hi, lo uint64 // an IPv4 address as its IPv6 form has it, ::ffff:a.b.c.d
	family uint8  // 4, 6, or 0 for no address
}

// mapped stands in front of the 32 bits of an IPv4 address in IPv6 form.
const mapped = 0xffff

// Is6 says whether a is an IPv6 address, also one that is an IPv4 address in IPv6
// form.
func (a Addr) Is6() bool { return a.family == 6 }

// Is4In6 says whether a is an IPv4 address in IPv6 form (::ffff:10.0.0.1).
func (a Addr) Is4In6() bool { return a.family == 6 && a.hi == 0 && a.lo>>32 == mapped }

// Unmap gives the IPv4 address of one in IPv6 form, any other as it is.
func (a Addr) Unmap() Addr {
	if a.Is4In6() {
		a.family = 4
	}
	return a
}

// IsPrivate says whether a is of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or
// fc00::/7.
func (a Addr) IsPrivate() bool {
	if a.family == 4 {
		v4 := uint32(a.lo)
		return v4>>24 == 10 || v4>>20 == 172<<4|1 || v4>>16 == 192<<8|168
	}
	return a.hi>>57 == 0xfc>>1
}

// IsLoopback says whether a is of 127.0.0.0/8 or ::1.
func (a Addr) IsLoopback() bool {
	if a.family == 4 {
		return uint32(a.lo)>>24 == 127
	}
	return a.hi == 0 && a.lo == 1
}

// IsLinkLocalUnicast says whether a is of 169.254.0.0/16 or fe80::/10.
func (a Addr) IsLinkLocalUnicast() bool {
	if a.family == 4 {
		return uint32(a.lo)>>16 == 169<<8|254
	}
	return a.hi>>54 == 0xfe80>>6
}

// Prefix is a network: an address and how many of its leading bits count. The zero
// value holds no address.
type Prefix struct {
	addr Addr
	bits uint8 // of the IPv6 form: an IPv4 network's are 96 more than it says
}

// Single is the network of one address.
func Single(a Addr) Prefix { return Prefix{a, 128} }

// Addr gives the address that the network was written with.
func (p Prefix) Addr() Addr { return p.addr }

// Masked gives the network with its first address.
func (p Prefix) Masked() Prefix {
	p.addr.hi &= ^uint64(0) << (64 - min(p.bits, 64))
	p.addr.lo &= ^uint64(0) << (128 - max(p.bits, 64))
	return p
}

// Contains says whether a is an address of the network. An IPv4 network holds no
// address in IPv6 form, nor the other way round.
func (p Prefix) Contains(a Addr) bool {
	if a.family == 0 || a.family != p.addr.family {
		return false
	}
	hi, lo := a.hi^p.addr.hi, a.lo^p.addr.lo
	equal := bits.LeadingZeros64(hi)
	if hi == 0 {
		equal += bits.LeadingZeros64(lo)
	}
	return equal >= int(p.bits)
}
