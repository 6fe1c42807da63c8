package request

import (
	"errors"

	"oathgate/rules/ip"
)

// Networks are IP networks; the zero value holds no address.
type Networks []ip.Prefix

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
func ParseNetwork(s string) (ip.Prefix, error) {
	if addr, ok := ParseIP(s); ok {
		return ip.Single(addr), nil
	}
	n, ok := ip.ParsePrefix(s)
	switch {
	case !ok:
		return ip.Prefix{}, errors.New(`"` + s + `" is neither an IP address nor a network such as 10.0.0.0/8`)
	case n.Addr().Is4In6():
		return ip.Prefix{}, errors.New(`"` + s + `" is an IPv4 network in IPv6 form: write it as IPv4`)
	case n.Masked() != n:
		return ip.Prefix{}, errors.New(`"` + s + `" has bits set behind its prefix length: write ` + n.Masked().String())
	}
	return n, nil
}

// ParseIP reads an IP address: no port, no brackets, no zone. An IPv4 address
// in IPv6 form (::ffff:10.0.0.1) is the IPv4 address.
func ParseIP(s string) (ip.Addr, bool) {
	addr, ok := ip.Parse(s)
	return addr.Unmap(), ok
}

// Contains says whether s is an address of one of the networks. What is not an
// IP address is in none.
func (n Networks) Contains(s string) bool {
	if len(n) == 0 {
		return false
	}
	addr, ok := ParseIP(s)
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
