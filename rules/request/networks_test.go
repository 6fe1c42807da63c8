package request

import (
	"strings"
	"testing"
)

func TestNetworks(t *testing.T) {
	networks, err := ParseNetworks([]string{"127.0.0.0/8", "::1", "10.1.2.3", "fd00::/8"})
	if err != nil {
		t.Fatal(err)
	}
	for ip, want := range map[string]bool{
		"127.0.0.1": true, "127.255.255.255": true, "::1": true, "::ffff:127.0.0.1": true, "10.1.2.3": true, "fd12::1": true,
		"10.1.2.4": false, "128.0.0.1": false, "::2": false, "": false, "unknown": false, "_x": false, `"127.0.0.1"`: false, "[::1]": false,
		"127.0.0.1:80": false, "127.0.0.1, 10.1.2.3": false, " 127.0.0.1": false, "127.1": false, "0177.0.0.1": false, "::1%lo": false, "127.0.0.1\x00": false,
	} {
		if got := networks.Contains(ip); got != want {
			t.Errorf("%q: %v", ip, got)
		}
	}
	if Networks(nil).Contains("127.0.0.1") {
		t.Error("no network holds an address")
	}
	for s, word := range map[string]string{
		"": "neither", "10.0.0.0/33": "neither", "localhost": "neither", "10.0.0.0/": "neither", "fe80::%eth0/64": "neither", "[::1]": "neither",
		"10.1.2.3/8": "10.0.0.0/8", "::ffff:10.0.0.0/104": "IPv4",
	} {
		if _, err := ParseNetworks([]string{"::1", s}); err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%q: %v", s, err)
		}
	}
}
