//go:build !wasip1

package wazerohost_test

import (
	"slices"
	"strings"
	"testing"

	"oathgate/sdkhost/wazerohost"
)

func TestHeaderReads(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.do("get~0~x-two;get~0~HOST;get~0~x-none;get~2~x-two;get~8~x;get~6~x;pairs~6;pairs~8;size~6;get~1~x", "x-two", "first", "X-Two", "second")
	w.inOrder("get 0 first", "get 0 a.example", "get 1 ", "get 2 ", "get 2 ", "get 2 ", "pairs 0 0", "pairs 2 0", "size 2 0", "get 2 ")
}

func TestHeaderWrites(t *testing.T) {
	for _, c := range []struct{ name, script, header, want string }{
		{"add", "add~0~X-New~v", "x-new", "v"},
		{"add twice", "add~0~x-new~1;add~0~x-new~2", "x-new", "1|2"},
		{"add to an inline header", "add~0~:path~more", ":path", "/p?q=1,more"},
		{"add to Authorization", "add~0~authorization~2", "authorization", "a,b,2"},
		{"Cookie stays apart", "add~0~cookie~2", "cookie", "c|d|2"},
		{"host is :authority", "set~0~host~b.example", ":authority", "b.example"},
		{"host is no header", "set~0~host~b.example", "host", ""},
		{"replace all", "add~0~x-new~1;add~0~x-new~2;set~0~x-new~3", "x-new", "3"},
		{"remove all", "add~0~x-new~1;add~0~x-new~2;del~0~x-new", "x-new", ""},
		{"remove what is not there", "del~0~x-none", "x-none", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{})
			s := w.do(c.script, "Authorization", "a", "authorization", "b", "cookie", "c", "cookie", "d")
			w.outcome(s, wazerohost.Continued)
			if got := strings.Join(s.Upstream().Headers.Values(c.header), "|"); got != c.want {
				t.Errorf("upstream's %s: %q, want %q", c.header, got, c.want)
			}
		})
	}
}

func TestPseudoHeadersStayInFront(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	s := w.do("set~0~:path~/other;add~0~x-new~1;set~0~:authority~b")
	for i, h := range s.Upstream().Headers {
		if pseudo := strings.HasPrefix(h[0], ":"); pseudo != (i < 4) {
			t.Fatalf("header %d is %s", i, h[0])
		}
	}
}

// A map of more than 1024 pairs or more than 1 MiB is read as empty, and that wipes the request.
func TestPairsLimits(t *testing.T) {
	for _, c := range []struct {
		name, script string
		headers      int
	}{
		{"1024 pairs", "many~0~1024", 1024},
		{"1025 pairs", "many~0~1025", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{})
			s := w.do(c.script)
			w.said("many 0")
			if got := len(s.Upstream().Headers); got != c.headers {
				t.Errorf("%d headers, want %d", got, c.headers)
			}
		})
	}
}

func TestWritesWithLineBreaksAreNoted(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.do("set~0~x-a~b\r\nx-c: d")
	w.noted("invalid header")
}

func TestRequestsThatEnvoyCannotRouteAreNoted(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	w.do("del~0~x-forwarded-proto", "x-forwarded-proto", "http")
	w.noted("x-forwarded-proto removed")
	w.do("del~0~:path")
	w.noted("request without :path")
}

// After continue_stream the request's maps are gone; in proxy_on_log they can be read again.
func TestMapsAreGoneAfterResume(t *testing.T) {
	w := newWorld(t, wazerohost.Options{Backends: backend(wazerohost.Reply{})})
	s := w.do("call~id~0;pause", "x-then", "mine;get~0~:path;set~0~x-a~1;resume~0;get~0~:path;set~0~x-a~2;add~0~x-a~3;del~0~x-a;size~0;pairs~0", "x-log", "get~0~:path;set~0~x-a~4")
	w.outcome(s, wazerohost.Continued)
	w.inOrder("effective 0", "get 0 /p?q=1", "set 0", "resume 0", "get 2 ", "set 2", "add 2", "del 2", "size 2 0", "pairs 0 0")
	if got := s.Upstream().Headers.Get("x-a"); got != "1" {
		t.Errorf("x-a %q at the upstream", got)
	}
	s.Respond(200, nil, nil, nil)
	w.inOrder("log 2", "get 0 /p?q=1", "set 2")
}

func TestRoute(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"untouched", "", "client"},
		{"replaced", "set~0~x-route~rule", "rule"},
		{"another header changed", "del~0~x-other", "client"},
		{"removed", "del~0~x-route", ""},
		{"cleared", "foreign~clear_route_cache~", "client"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{RouteHeader: "x-route"})
			s := w.do(c.script, "x-route", "client")
			if got := s.Upstream().Route; got != c.want {
				t.Errorf("route %q, want %q", got, c.want)
			}
			if c.name == "cleared" && s.RouteCacheCleared() != 1 {
				t.Error("clearing was not counted")
			}
		})
	}
}

func TestProperties(t *testing.T) {
	w := newWorld(t, wazerohost.Options{PluginName: "name", RootID: "root", VMID: "vm"})
	s := w.plugin.Start(wazerohost.Peer{Source: "10.1.2.3:99", TLS: true, Properties: map[string]string{"xds.route_name": "r"}})
	s.SendHeaders(req("x-do", "prop~source.address;prop~request.path;prop~request.url_path;prop~request.query;prop~request.host;"+
		"prop~request.headers.x-h;prop~request.nothing;prop~connection.tls_version;prop~plugin_name;prop~plugin_root_id;prop~plugin_vm_id;"+
		"prop~xds.route_name;prop~nothing;rawprop~my.state;setprop~my.state~allow;rawprop~my.state", "x-h", "hv",
		"x-log", "rawprop~my.state"), true)
	w.inOrder("prop 0 10.1.2.3:99", "prop 0 /p?q=1", "prop 0 /p", "prop 0 q=1", "prop 0 a.example", "prop 0 hv", "prop 1 ", "prop 0 TLSv1.3",
		"prop 0 name", "prop 0 root", "prop 0 vm", "prop 0 r", "prop 1 ", "prop 1 ", "setprop 0", "prop 0 allow")
	if v, ok := s.FilterState("wasm.my.state"); v != "allow" || !ok {
		t.Errorf("filter state %q %v", v, ok)
	}
	if _, ok := s.FilterState("my.state"); ok {
		t.Error("filter state without the prefix")
	}
	s.End()
	w.inOrder("log 2", "prop 0 allow")
}

// In the plugin's context there is no stream: no property can be set.
func TestPropertyInPluginContext(t *testing.T) {
	w := newWorld(t, wazerohost.Options{})
	if _, ok := w.vm.Configure([]byte("run:setprop~a~b;prop~request.path;prop~plugin_name")); !ok {
		t.Fatal("refused")
	}
	w.inOrder("setprop 1", "prop 1 ", "prop 0 oathgate")
}

func TestHeadersHelpers(t *testing.T) {
	h := wazerohost.Headers{{"a", "1"}, {"b", "2"}, {"a", "3"}}
	if h.Get("a") != "1" || h.Get("c") != "" || !h.Has("b") || h.Has("c") || !slices.Equal(h.Values("a"), []string{"1", "3"}) {
		t.Error(h)
	}
}
