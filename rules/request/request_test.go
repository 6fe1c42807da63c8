package request

import (
	"slices"
	"strings"
	"testing"
)

func get(path string, headers ...Header) Raw {
	return Raw{Method: "GET", Scheme: "http", Authority: "app.test", Path: path, Headers: headers}
}

func TestMethodAndScheme(t *testing.T) {
	for _, tc := range []struct {
		method, scheme, path string
		ok                   bool
	}{
		{"GET", "http", "/", true},
		{"get", "hTTps", "/", true},
		{"M-SEARCH", "https", "/", true},
		{"OPTIONS", "http", "/", true},
		{"OPTIONS", "http", "*", false},
		{"CONNECT", "http", "/", false},
		{"CONNECT", "http", "app.test:443", false},
		{"connect", "http", "/", false},
		{"", "http", "/", false},
		{"GE T", "http", "/", false},
		{"GET\x00", "http", "/", false},
		{"GÉT", "http", "/", false},
		{"GET", "", "/", false},
		{"GET", "ws", "/", false},
		{"GET", "http ", "/", false},
	} {
		raw := get(tc.path)
		raw.Method, raw.Scheme = tc.method, tc.scheme
		r, ref := New(raw, Options{})
		if (ref == nil) != tc.ok || ref != nil && ref.Status != 400 {
			t.Errorf("%q %q %q: %+v %+v", tc.method, tc.scheme, tc.path, r, ref)
		}
		if tc.ok && (r.Method != tc.method || r.Scheme != strings.ToLower(tc.scheme)) {
			t.Errorf("%q %q: %+v", tc.method, tc.scheme, r)
		}
	}
}

func TestAuthority(t *testing.T) {
	for _, tc := range []struct{ scheme, sent, authority, alt string }{
		{"http", "app.test", "app.test", "app.test:80"},
		{"http", "APP.Test", "app.test", "app.test:80"},
		{"http", "app.test.", "app.test", "app.test:80"},
		{"http", "app.test.:80", "app.test", "app.test:80"},
		{"http", "app.test:80", "app.test", "app.test:80"},
		{"http", "app.test:443", "app.test:443", ""},
		{"http", "app.test.:8080", "app.test:8080", ""},
		{"https", "app.test:443", "app.test", "app.test:443"},
		{"https", "app.test:80", "app.test:80", ""},
		{"https", "ADMIN.example.com", "admin.example.com", "admin.example.com:443"},
		{"http", "xn--caf-dma.test", "xn--caf-dma.test", "xn--caf-dma.test:80"},
		{"http", "my_service", "my_service", "my_service:80"},
		{"http", "10.0.0.1:81", "10.0.0.1:81", ""},
		{"http", "[::1]", "[::1]", "[::1]:80"},
		{"http", "[::1]:99", "[::1]:99", ""},
		{"http", "[FD00::A]:80", "[fd00::a]", "[fd00::a]:80"},
	} {
		raw := get("/")
		raw.Scheme, raw.Authority = tc.scheme, tc.sent
		r, ref := New(raw, Options{})
		if ref != nil || r.Authority != tc.authority || r.AuthorityAlt() != tc.alt || r.OriginalAuthority != tc.sent {
			t.Errorf("%s %q: %+v %v", tc.scheme, tc.sent, r, ref)
		}
	}
	for _, sent := range []string{
		"", ".", "..", ":", ":80", "app.test:", "app.test:x", "app.test:-1", "app.test:65536", "app.test:080", "app.test:0", "app.test:999999",
		"app.test..", ".app.test", "a..b", "user@app.test", "user:pw@app.test", "a;b", "a,b", `"a"`, "'a'", "a b", " a", "a\t", "a%2eb", "a\x00b",
		"a\r\nx: y", "a/b", "a?b", "a#b", `a\b`, "a*b", "<a>", "{a}", "café.test", "a\xff", "::1", "[::1", "::1]", "[]", "[::1]x", "[::1].", "[::1%25eth0]", "[::1%eth0]", "[10.0.0.1]",
		"[::1]:", "[v1.x]", strings.Repeat("a", 64), strings.Repeat("a.", 127) + "a",
	} {
		raw := get("/")
		raw.Authority = sent
		if r, ref := New(raw, Options{}); ref == nil || ref.Status != 400 {
			t.Errorf("%q: %+v, want 400", sent, r)
		}
	}
}

func TestHostLine(t *testing.T) {
	for _, tc := range []struct {
		authority string
		hosts     []string
		want      string
	}{
		{"app.test", nil, "app.test"},
		{"app.test", []string{"APP.test"}, "app.test"},
		{"", []string{"app.test"}, "app.test"},
		{"app.test", []string{"other.test"}, ""},
		{"app.test", []string{""}, ""},
		{"app.test", []string{"app.test", "app.test"}, ""},
		{"", []string{"app.test", "other.test"}, ""},
		{"app.test,other.test", nil, ""},
	} {
		raw := get("/")
		raw.Authority = tc.authority
		for _, h := range tc.hosts {
			raw.Headers = append(raw.Headers, Header{"Host", h})
		}
		r, ref := New(raw, Options{})
		switch {
		case tc.want == "" && (ref == nil || ref.Status != 400):
			t.Errorf("%+v: %+v, want 400", tc, r)
		case tc.want != "" && (ref != nil || r.Authority != tc.want || r.Headers.Has("host")):
			t.Errorf("%+v: %+v %v", tc, r, ref)
		}
	}
}

func TestHeaderLines(t *testing.T) {
	for _, tc := range []struct {
		name    string
		headers Headers
		status  int
	}{
		{"two lines of another header", Headers{{"x-role", "a"}, {"x-role", "b"}}, 0},
		{"bytes that are not UTF-8", Headers{{"x-a", "\xff\xfe"}}, 0},
		{"a tab", Headers{{"x-a", "a\tb"}}, 0},
		{"two Authorization lines", Headers{{"authorization", "a"}, {"authorization", "a"}}, 400},
		{"two Authorization lines as Envoy joins them", Headers{{"authorization", "Bearer a,Bearer b"}}, 400},
		{"two Basic lines joined", Headers{{"authorization", "basic YQ==,basic Yg=="}}, 400},
		{"Digest and Bearer joined", Headers{{"authorization", `Digest username="u", realm="r",Bearer b`}}, 400},
		{"two raw tokens joined", Headers{{"authorization", "a,b"}}, 400},
		{"two Authorization lines in two cases", Headers{{"authorization", "a"}, {"Authorization", "b"}}, 400},
		{"NUL", Headers{{"x-a", "a\x00"}}, 400},
		{"CR", Headers{{"x-a", "a\rb"}}, 400},
		{"LF", Headers{{"x-a", "a\nb"}}, 400},
		{"DEL", Headers{{"x-a", "\x7f"}}, 400},
		{"no name", Headers{{"", "a"}}, 400},
		{"a space in a name", Headers{{"x a", "a"}}, 400},
		{"a pseudo header", Headers{{":path", "/"}}, 400},
		{"128 lines", make128(128), 0},
		{"129 lines", make128(129), 431},
		{"64 KiB", Headers{{"x", strings.Repeat("a", 64<<10-1)}}, 0},
		{"64 KiB and a byte", Headers{{"x", strings.Repeat("a", 64<<10)}}, 431},
		{"3000 cookies", Headers{{"cookie", strings.Repeat("a=b;", 2999) + "a=b"}}, 0},
		{"3001 cookies", Headers{{"cookie", strings.Repeat("a=b;", 3000)}}, 431},
	} {
		r, ref := New(get("/", tc.headers...), Options{})
		got := 0
		if ref != nil {
			got = ref.Status
		}
		if got != tc.status || (r == nil) != (ref != nil) {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.status)
		}
	}
	small := Options{MaxPath: 4, MaxHeaders: 1, MaxHeaderBytes: 3}
	for _, tc := range []struct {
		raw    Raw
		status int
	}{
		{get("/abc", Header{"x", "ab"}), 0},
		{get("/abcd"), 400},
		{get("/a?b="), 400},
		{get("/", Header{"x", "abc"}), 431},
		{get("/", Header{"x", ""}, Header{"y", ""}), 431},
	} {
		if _, ref := New(tc.raw, small); (ref == nil) != (tc.status == 0) || ref != nil && ref.Status != tc.status {
			t.Errorf("%+v: %+v, want %d", tc.raw, ref, tc.status)
		}
	}
	if _, ref := New(get("/"+strings.Repeat("a", 8<<10-1)), Options{}); ref != nil {
		t.Error("8 KiB of path:", ref)
	}
	if _, ref := New(get("/"+strings.Repeat("a", 8<<10)), Options{}); ref == nil || ref.Status != 400 {
		t.Error("more than 8 KiB of path:", ref)
	}
	if _, ref := New(get("/?"+strings.Repeat("&", maxParams)), Options{MaxPath: 1 << 20}); ref == nil || ref.Status != 400 {
		t.Error("too many parameters:", ref)
	}
}

func make128(n int) Headers {
	hs := make(Headers, n)
	for i := range hs {
		hs[i] = Header{"x-a", "b"}
	}
	return hs
}

func TestNewCopiesWhatItChanges(t *testing.T) {
	in := Headers{{"X-A", "1"}, {"Cookie", "a=1"}, {"x-b", "2"}, {"cookie", "b=2"}, {"cookie", ""}, {"Host", "app.test"}}
	before := slices.Clone(in)
	r, ref := New(get("/", in...), Options{})
	if ref != nil {
		t.Fatal(ref)
	}
	want := Headers{{"x-a", "1"}, {"cookie", "a=1; b=2"}, {"x-b", "2"}}
	if !slices.Equal(r.Headers, want) || !slices.Equal(in, before) {
		t.Errorf("%v, and the caller's %v", r.Headers, in)
	}
}

func TestHeaders(t *testing.T) {
	h := Headers{{"a", "1"}, {"b", "2"}, {"a", "3"}}
	if h.Get("a") != "1" || h.Get("c") != "" || !h.Has("b") || h.Has("c") || !slices.Equal(h.Values("a"), []string{"1", "3"}) || h.Values("c") != nil {
		t.Error(h)
	}
	for _, tc := range []struct {
		name, value string
		ok, dup     bool
	}{{"a", "1", true, true}, {"b", "2", true, false}, {"c", "", false, false}} {
		if v, ok, dup := h.Single(tc.name); v != tc.value || ok != tc.ok || dup != tc.dup {
			t.Error(tc, v, ok, dup)
		}
	}
	h.Set("a", "4")
	h.Set("c", "5")
	if !slices.Equal(h, Headers{{"a", "4"}, {"b", "2"}, {"c", "5"}}) {
		t.Error(h)
	}
	h.Del("b")
	h.Del("z")
	h.Add("c", "6")
	if !slices.Equal(h, Headers{{"a", "4"}, {"c", "5"}, {"c", "6"}}) {
		t.Error(h)
	}
}

func TestNames(t *testing.T) {
	for name, folded := range map[string]string{"x-user": "x-user", "X_User": "x-user", "X-USER": "x-user", "x__a": "x--a", "": ""} {
		if got := Folded(name); got != folded {
			t.Errorf("Folded(%q) = %q", name, got)
		}
	}
	for _, name := range []string{"x-user", "Authorization", "Cookie", "x_user", "x-envoyage", "Accept"} {
		if !Settable(name) || IsHop(name) {
			t.Errorf("%q cannot be set", name)
		}
	}
	for _, name := range []string{
		"", ":path", ":authority", "Host", "host", "Connection", "Keep-Alive", "keep_alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Proxy-Connection",
		"Proxy-Authorization", "Content-Length", "content_length", "X-Envoy-Original-Path", "x_envoy_upstream_rq_timeout_ms", "a b", "a\n", "a:",
	} {
		if Settable(name) {
			t.Errorf("%q can be set", name)
		}
	}
}

func TestOrdinaryRequestAllocatesLittle(t *testing.T) {
	raw := get("/api/v1/users/42?x=1&y=%20", Header{"user-agent", "x"}, Header{"authorization", "Bearer t"}, Header{"cookie", "a=b; c=d"})
	up := Upstream{}
	got := testing.AllocsPerRun(100, func() {
		r, ref := New(raw, Options{})
		if ref != nil || r.Bearer() != "t" || r.Query("x") != "1" {
			t.Fatal(ref)
		}
		if c, _ := r.Cookie("c"); c != "d" {
			t.Fatal(c)
		}
		if target, ref := Rewrite(r, up); ref != nil || target != raw.Path {
			t.Fatal(target, ref)
		}
	})
	if got > 2 {
		t.Errorf("%v allocations, want two: the request and the authority with its port", got)
	}
}

func BenchmarkNew(b *testing.B) {
	for name, path := range map[string]string{"plain": "/api/v1/users/42?x=1", "escape": "/a%20b/c", "dots": "/a/../b", "params": "/a;x=1/b"} {
		b.Run(name, func(b *testing.B) {
			raw := get(path, Header{"user-agent", "curl/8"}, Header{"accept", "*/*"}, Header{"authorization", "Bearer t"})
			b.ReportAllocs()
			for b.Loop() {
				New(raw, Options{})
			}
		})
	}
}
