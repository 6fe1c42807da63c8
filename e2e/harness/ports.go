package harness

import (
	"net"
	"testing"
)

// FreePorts gives each name a port of 127.0.0.1 that nobody listens on.
func FreePorts(t testing.TB, names ...string) map[string]string {
	t.Helper()
	ports := map[string]string{}
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		if _, ports[name], err = net.SplitHostPort(l.Addr().String()); err != nil {
			t.Fatal(err)
		}
	}
	return ports
}
