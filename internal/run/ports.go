package run

import (
	"errors"
	"fmt"
	"net"
	"strconv"

	"oathgate/internal/render"
)

// free says which of the addresses that Envoy is to listen on are somebody else's.
// Envoy would not: it shares its ports, and a second one on the same would get half
// of the connections.
func free(c *render.Config) error {
	var taken []error
	all := []place{
		{"serve.proxy", c.Proxy.Host, c.Proxy.Port},
		{"serve.api", c.API.Host, c.API.Port},
		{"serve.prometheus", c.Prometheus.Host, c.Prometheus.Port},
	}
	for i, l := range all {
		if l.port == 0 {
			continue
		}
		for _, other := range all[:i] {
			if l.meets(other) {
				taken = append(taken, fmt.Errorf("%s and %s are both to listen on port %d: give one of them another", other.key, l.key, l.port))
			}
		}
		address := net.JoinHostPort(l.host, strconv.Itoa(int(l.port)))
		if err := bind(address); err != nil {
			taken = append(taken, fmt.Errorf("%s: cannot listen on %s: %w", l.key, address, err))
		}
	}
	return errors.Join(taken...)
}

// place is where a listener is to listen.
type place struct {
	key, host string
	port      uint16
}

// meets reports whether a connection could be either one's.
func (p place) meets(other place) bool {
	if p.port != other.port {
		return false
	}
	a, errA := net.ResolveIPAddr("ip", p.host)
	b, errB := net.ResolveIPAddr("ip", other.host)
	if errA != nil || errB != nil {
		return p.host == other.host
	}
	return every(a.IP) || every(b.IP) || a.IP.Equal(b.IP)
}

func every(ip net.IP) bool { return len(ip) == 0 || ip.IsUnspecified() }
