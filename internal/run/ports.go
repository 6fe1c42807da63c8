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
	for _, l := range []struct {
		key, host string
		port      uint16
	}{
		{"serve.proxy", c.Proxy.Host, c.Proxy.Port},
		{"serve.api", c.API.Host, c.API.Port},
		{"serve.prometheus", c.Prometheus.Host, c.Prometheus.Port},
	} {
		if l.port == 0 {
			continue
		}
		address := net.JoinHostPort(l.host, strconv.Itoa(int(l.port)))
		if err := bind(address); err != nil {
			taken = append(taken, fmt.Errorf("%s: cannot listen on %s: %w", l.key, address, err))
		}
	}
	return errors.Join(taken...)
}
