package request

import (
	"slices"
	"strings"
	"testing"
)

// TestPathVectors is the path part of the table of vectors that bypassed other
// proxies.
func TestPathVectors(t *testing.T) {
	const refused = "refused"
	for _, tc := range []struct {
		raw, path string
		readings  []string
		unclean   bool
	}{
		{"/", "/", nil, false},
		{"/a", "/a", nil, false},
		{"/a/", "/a", nil, false},
		{"/A", "/A", nil, false},
		{"/%61", "/a", nil, false},
		{"/a%20b", "/a b", nil, false},
		{"/caf%C3%A9", "/café", nil, false},
		{"/café", "/café", nil, false},
		{"/.well-known/x", "/.well-known/x", nil, false},
		{"/a.b/..c/...", "/a.b/..c/...", nil, false},
		{"/file%2etxt", "/file.txt", nil, false},
		{"/100%25", "/100%", nil, false},
		{"/a%23b", "/a#b", nil, false},
		{"/a%3Fb", "/a?b", nil, false},
		{"/a!$&'()*+,=:@b", "/a!$&'()*+,=:@b", nil, false},
		{"/a/../b", "/b", nil, true},
		{"/a/./b", "/a/b", nil, true},
		{"/a/..", "/", nil, true},
		{"/..", "/", nil, true},
		{"/info/../private", "/private", nil, true},
		{"/a/%2e%2e/b", "/b", []string{"/a/../b"}, true},
		{"/a/.%2e/b", "/b", []string{"/a/../b"}, true},
		{"/a/%2E./b", "/b", []string{"/a/../b"}, true},
		{"/a/..%2fb", "/b", []string{"/a/..%2Fb", "/a/../b"}, true},
		{"/a/..%2Fb", "/b", []string{"/a/..%2Fb", "/a/../b"}, true},
		{"/a%2f..%2fb", "/b", []string{"/a%2F..%2Fb", "/a/../b"}, true},
		{"/a%2Fb", "/a/b", []string{"/a%2Fb"}, false},
		{"/a/..%5cb", `/a/..\b`, []string{"/b", "/a/../b"}, true},
		{`/a/..\b`, `/a/..\b`, []string{"/b", "/a/../b"}, true},
		{`/a\b`, `/a\b`, []string{"/a/b"}, false},
		{"/a/%2e%2e%5cb", `/a/..\b`, []string{"/b", "/a/../b"}, true},
		{"/a/..;/b", "/a/..;/b", []string{"/b", "/a/../b"}, true},
		{"/a/.;/b", "/a/.;/b", []string{"/a/b", "/a/./b"}, true},
		{"/a/..;x=1/b", "/a/..;x=1/b", []string{"/b", "/a/../b"}, true},
		{"/a;x=1/b", "/a;x=1/b", []string{"/a/b"}, false},
		{"/a%3bx=1/b", "/a;x=1/b", []string{"/a/b"}, false},
		{"/admin;x=y/action", "/admin;x=y/action", []string{"/admin/action"}, false},
		{"/api..;/x", "/api..;/x", []string{"/api../x"}, false},
		{"//a//b", "/a/b", []string{"//a//b", "/b"}, true},
		{"//host/b", "/host/b", []string{"//host/b", "/b"}, true},
		{"/a//../b", "/b", []string{"/a/b"}, true},
		{"/a%2f/b", "/a/b", []string{"/a//b", "/a%2F/b"}, true},
		{"/a/%252e%252e/b", "/a/%2e%2e/b", []string{"/b", "/a/../b"}, true},
		{"/a%252fb", "/a%2fb", []string{"/a/b", "/a%2Fb"}, false},
		{"/a%25252fb", "/a%252fb", []string{"/a%2fb", "/a%2Fb", "/a/b"}, false},
		{"/a%00", "/a\x00", []string{"/a"}, false},
		{"/a%00/b", "/a\x00/b", []string{"/a", "/a/b"}, false},
		{"/a/.%00./b", "/a/.\x00./b", []string{"/a", "/a/.", "/b", "/a/../b"}, true},
		{"/a%0d%0a", "/a\r\n", nil, false},
		{"/a/%c0%ae%c0%ae/b", "/a/\xc0\xae\xc0\xae/b", []string{"/b", "/a/../b", "/a/b", "/a//b", "/a/\uFFFD/b", "/a/À®À®/b"}, true},
		{"/a%c0%afb", "/a\xc0\xafb", []string{"/a/b", "/ab", "/a\uFFFDb", "/aÀ¯b"}, false},
		{"/adm%ffin", "/adm\xffin", []string{"/admin", "/adm\uFFFDin", "/admÿin"}, false},
		{"/adm\xffin", "/adm\xffin", []string{"/admin", "/adm\uFFFDin", "/admÿin"}, false},
		{"/a#b", refused, nil, false},
		{"/a b", refused, nil, false},
		{"/a\x00", refused, nil, false},
		{"/a\r\n", refused, nil, false},
		{"/a\x7f", refused, nil, false},
		{"/a%", refused, nil, false},
		{"/a%z", refused, nil, false},
		{"/a%zz", refused, nil, false},
		{"/a%u002e", refused, nil, false},
		{"/%25252525252e", refused, nil, false},
		{"/a;b%5c%00%ff", refused, nil, false},
		{"", refused, nil, false},
		{"*", refused, nil, false},
		{"a", refused, nil, false},
		{"?", refused, nil, false},
		{"http://other/a", refused, nil, false},
	} {
		r, ref := New(Raw{Method: "GET", Scheme: "http", Authority: "h", Path: tc.raw}, Options{})
		if tc.path == refused {
			if ref == nil || ref.Status != 400 || r != nil {
				t.Errorf("%q: %+v, want 400", tc.raw, r)
			}
			continue
		}
		if ref != nil {
			t.Errorf("%q: refused: %s", tc.raw, ref.Reason)
			continue
		}
		got, want := slices.Clone(r.Readings), slices.Clone(tc.readings)
		slices.Sort(got)
		slices.Sort(want)
		if r.Path != tc.path || !slices.Equal(got, want) || r.Unclean != tc.unclean {
			t.Errorf("%q: %q %q unclean %v, want %q %q %v", tc.raw, r.Path, got, r.Unclean, tc.path, want, tc.unclean)
		}
		o, ref := New(Raw{Method: "GET", Scheme: "http", Authority: "h", Path: tc.raw}, Options{Paths: PathsOathkeeper})
		if ref != nil || o.Path != r.Path || o.Readings != nil {
			t.Errorf("%q as Oathkeeper: %+v %v", tc.raw, o, ref)
		}
	}
}

func TestQueryIsNoPath(t *testing.T) {
	r, ref := New(Raw{Method: "GET", Scheme: "http", Authority: "h", Path: "/a?/b/../..;/%zz//"}, Options{})
	if ref != nil || r.Path != "/a" || r.Readings != nil || r.Unclean || r.RawQuery != "/b/../..;/%zz//" || !r.HasQuery {
		t.Fatalf("%+v %v", r, ref)
	}
}

// hostile paths of 8 KiB that make us work hard.
func hostile() []string {
	var list []string
	for _, part := range []string{
		"/..;", "/%2f..", `/..\`, "/%252e%252e", "//", "/%c0%ae", "/%00;", "/a;/..", "%2525252e", "/.%ff", ";%5c%2f/..", ";%252f/../..", "%c0%afa;/..", "a/;%00/../../..", `%252f;/../..`,
	} {
		list = append(list, "/"+strings.Repeat(part, (8<<10)/len(part)-1))
	}
	return list
}

// TestCost bounds what a hostile path can make us read and allocate.
func TestCost(t *testing.T) {
	for _, raw := range hostile() {
		if n := testing.AllocsPerRun(1, func() { readPath(raw, PathsStrict) }); n > 2000 {
			t.Errorf("%.20q: %v allocations", raw, n)
		}
	}
}

// TestLongPathsAreDisputedLess: the dot segments at the end leave this path with
// few readings, but each takes its time.
func TestLongPathsAreDisputedLess(t *testing.T) {
	for n, want := range map[int]bool{30: true, 2000: false} {
		raw := strings.Repeat("/a;%00", n) + strings.Repeat("/..", 2*n)
		r, ref := New(get(raw), Options{MaxPath: 1 << 20})
		if (ref == nil) != want {
			t.Errorf("%d: %+v %+v", n, r, ref)
		}
	}
}

func BenchmarkHostile(b *testing.B) {
	for _, raw := range hostile() {
		b.Run(raw[:12], func(b *testing.B) {
			for b.Loop() {
				readPath(raw, PathsStrict)
			}
		})
	}
}
