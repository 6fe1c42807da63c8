package request

import (
	"errors"
	"net/netip"
)

// Networks are IP networks; the zero value holds no address.
type Networks []netip.Prefix

// ParseNetworks reads networks in CIDR notation (10.0.0.0/8, fd00::/8) or
// single addresses. The error says which one is wrong.
func ParseNetworks(list []string) (Networks, error) {
	networks := make(Networks, 0, len(list))
	for _, s := range list {
		n, err := ParseNetwork(s)
		if err != nil {
			return nil, err
		}
		networks = append(networks, n)
	}
	return networks, nil
}

// ParseNetwork reads one network or address. Bits set behind the prefix length
// are an error: 10.1.2.3/8 is probably not what its writer means.
func ParseNetwork(s string) (netip.Prefix, error) {
	if addr, ok := ParseIP(s); ok {
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	n, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return netip.Prefix{}, errors.New(`"` + s + `" is neither an IP address nor a network such as 10.0.0.0/8`)
	case n.Masked() != n:
		return netip.Prefix{}, errors.New(`"` + s + `" has bits set behind its prefix length: write ` + n.Masked().String())
	case n.Addr().Is4In6():
		return netip.Prefix{}, errors.New(`"` + s + `" is an IPv4 network in IPv6 form: write it as IPv4`)
	}
	return n, nil
}

// ParseIP reads an IP address: no port, no brackets, no zone. An IPv4 address
// in IPv6 form (::ffff:10.0.0.1) is the IPv4 address.
func ParseIP(s string) (netip.Addr, bool) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, false
	}
	return addr.Unmap(), true
}

// Contains says whether ip is an address of one of the networks. What is not an
// IP address is in none.
func (n Networks) Contains(ip string) bool {
	if len(n) == 0 {
		return false
	}
	addr, ok := ParseIP(ip)
	if !ok {
		return false
	}
	for i := range n {
		if n[i].Contains(addr) {
			return true
		}
	}
	return false
}
