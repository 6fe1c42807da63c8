package run

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"oathgate/internal/render"
)

func TestFree(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, text, _ := net.SplitHostPort(l.Addr().String())
	n, _ := strconv.Atoi(text)
	taken := uint16(n)
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ = net.SplitHostPort(probe.Addr().String())
	n, _ = strconv.Atoi(text)
	open := uint16(n)
	probe.Close()

	for _, c := range []struct {
		name       string
		proxy, api render.Listener
		want       string
	}{
		{"the kernel's choice", render.Listener{Host: "127.0.0.1"}, render.Listener{Host: "127.0.0.1"}, ""},
		{"a free one", render.Listener{Host: "localhost", Port: open}, render.Listener{}, ""},
		{"somebody else's", render.Listener{Host: "127.0.0.1", Port: taken}, render.Listener{}, "serve.proxy: cannot listen on 127.0.0.1:"},
		{"somebody else's, on every address", render.Listener{}, render.Listener{Port: taken}, "serve.api: cannot listen on :"},
		{"one for both", render.Listener{Host: "localhost", Port: open}, render.Listener{Host: "127.0.0.1", Port: open}, "serve.proxy and serve.api"},
		{"one for both, on every address", render.Listener{Host: "127.0.0.1", Port: open}, render.Listener{Port: open}, "serve.proxy and serve.api"},
		{"one port of two addresses", render.Listener{Host: "127.0.0.1", Port: open}, render.Listener{Host: "127.0.0.2", Port: open}, ""},
		{"no such host", render.Listener{Host: "no.such.host.invalid", Port: open}, render.Listener{}, "serve.proxy: cannot listen"},
	} {
		err := free(&render.Config{Proxy: c.proxy, API: c.api})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
