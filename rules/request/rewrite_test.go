package request

import (
	"strings"
	"testing"
)

// TestRewrite holds Oathkeeper's recorded targets (case names), the trailing
// slash aside, and what is refused.
func TestRewrite(t *testing.T) {
	for _, tc := range []struct{ name, path, base, strip, want string }{
		{"up-root", "/", "", "", "/"},
		{"up-base-path", "/a/b", "/api", "", "/api/a/b"},
		{"up-base-path-slash", "/a/b/", "/api/", "", "/api/a/b/"},
		{"base of the root", "/", "/api", "", "/api"},
		{"up-upstream-query-dropped", "/a?x=1", "/api", "", "/api/a?x=1"},
		{"up-strip", "/api/users", "", "/api", "/users"},
		{"up-strip-noslash", "/api/users", "", "api", "/users"},
		{"up-strip-slashes", "/api/v1/users", "", "/api/v1/", "/users"},
		{"up-strip-all-query", "/api?x=1", "", "/api", "/?x=1"},
		{"strip all and a slash", "/api/", "", "/api", "/"},
		{"up-strip-not-prefix", "/v1/api/x", "", "/api", "/v1/x"},
		{"up-strip-twice", "/api/api/x", "", "/api", "/api/x"},
		{"up-strip-base-only", "/x", "/base", "/base", "/x"},
		{"up-strip-after-join", "/users/x", "/api", "/api/users", "/x"},
		{"up-strip-case", "/api/x", "", "/API", "/api/x"},
		{"strip inside", "/v1/apis/x", "", "/api", "/v1s/x"},
		{"strip and a slash", "/api/users/", "", "/api", "/users/"},
		{"up-strip-partial-segment", "/apiv2/x", "", "/api", "400"},
		{"strip of a slash", "/a/b", "", "/", "400"},
		{"broken base", "/a", "/%zz", "", "400"},
		{"escaped base", "/a", "/%C3%A9", "", "/%C3%A9/a"},
		{"up-enc-slash-no-base", "/a%2Fb/c", "", "", "/a%2Fb/c"},
		{"up-enc-slash-strip", "/x/a%2Fb", "", "/x", "/a/b"},
		{"with a base", "/a%2Fb", "/api", "", "/api/a/b"},
		{"up-enc-dotdot", "/a/%2e%2e/b", "", "", "/b"},
		{"up-enc-slash-dotdot", "/public%2F..%2Fadmin", "", "", "/admin"},
		{"up-enc-space", "/a%20b", "", "", "/a%20b"},
		{"up-enc-reserved", "/a!$&'()*+,;=:@b", "", "", "/a!$&'()*+,;=:@b"},
		{"up-enc-reserved, escaped anew", "/x/a!$&'()*+,=:@b", "", "x", "/a%21$&%27%28%29%2A+,=:@b"},
		{"up-enc-lower-hex", "/a%2fb%c3%a9", "", "", "/a%2fb%c3%a9"},
		{"up-enc-unneeded", "/%61%62c", "", "", "/%61%62c"},
		{"up-enc-unneeded and a slash", "/%61%62c/", "", "", "/%61%62c/"},
		{"up-enc-unneeded-base", "/%61%62c", "/api", "", "/api/abc"},
		{"re-unicode-raw", "/café", "", "", "/caf%C3%A9"},
		{"re-double-slash", "/a//b", "", "", "/a/b"},
		{"re-encoded-question", "/a%3Fb", "", "", "/a%3Fb"},
		{"escaped anew", "/x/a%3Fb%23%25", "", "x", "/a%3Fb%23%25"},
		{"two slashes at the end", "/a//", "", "", "/a/"},
		{"up-trailing-slash-query", "/a/b/?x=1", "", "", "/a/b/?x=1"},
		{"up-query-order-bad", "/a?b=2&a=1&c=%zz", "", "", "/a?a=1&b=2"},
		{"semicolon in the query", "/a?b=2&a=1;c=2&d=x%20y/", "", "", "/a?b=2&d=x+y%2F"},
		{"as long as before", "/?|Lj&\xe6%", "", "", "/?%7CLj="},
		{"nothing left of the query", "/a?;", "", "", "/a"},
		{"up-query-plus-slash", "/a?u=http://x.test/y?z", "", "", "/a?u=http://x.test/y?z"},
		{"empty query", "/a?", "", "", "/a?"},
		{"empty query and a base", "/a?", "/b", "", "/b/a?"},
		{"dot segments by parameters", "/a/..;/b", "", "", "400"},
		{"dot segments by parameters, with a base", "/a/..;/b", "/api", "", "400"},
		{"dot segments by backslashes", "/a/..%5cb", "", "", "400"},
		{"dot segments by decoding twice", "/a/%252e%252e/b", "", "", "400"},
		{"dot segments by parameters, stripped", "/a/..;/b", "", "/a/..;", "/b"},
		{"parameters, with a base", "/a;x=1/b", "/api", "", "/api/a;x=1/b"},
		{"strip that only one reading has", "/a;x=1/b", "", "/a/b", "400"},
		{"strip that makes an escape", "/a%252/x/etc", "", "/x/", "/a%252/etc"},
		{"strip that joins an escape", "/a%252/xe/etc", "", "/x", "400"},
		{"strip of a base with parameters", "/a", "/b;c", "", "400"},
	} {
		r, ref := New(get(tc.path), Options{})
		if ref != nil {
			t.Errorf("%s: %s", tc.name, ref.Reason)
			continue
		}
		got, ref := Rewrite(r, Upstream{BasePath: tc.base, StripPath: tc.strip})
		if ref != nil {
			got = "400"
			if ref.Status != 400 {
				t.Errorf("%s: %+v", tc.name, ref)
			}
		}
		if got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestRewriteAsOathkeeper(t *testing.T) {
	for _, tc := range []struct{ path, base, strip, want string }{
		{"/a/..;/b", "", "", "/a/..;/b"},
		{"/a/..%5cb", "", "", "/a/..%5cb"},
		{`/a/..\b`, "", "", "/a/..%5Cb"},
		{"/a%252e", "/api", "", "/api/a%252e"},
		{"/apiv2/x", "", "/api", "400"},
	} {
		r, ref := New(get(tc.path), Options{Paths: PathsOathkeeper})
		if ref != nil {
			t.Fatal(tc, ref)
		}
		got, ref := Rewrite(r, Upstream{BasePath: tc.base, StripPath: tc.strip})
		if ref != nil {
			got = "400"
		}
		if got != tc.want {
			t.Errorf("%+v: %q", tc, got)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, up := range []Upstream{{}, {BasePath: "/"}, {BasePath: "/api/"}, {BasePath: "/a%20b", StripPath: "x"}, {StripPath: "/x/"}} {
		if got := up.Check(); got != "" {
			t.Errorf("%+v: %s", up, got)
		}
	}
	for up, word := range map[Upstream]string{
		{StripPath: "/"}:      "strip_path",
		{StripPath: "//"}:     "strip_path",
		{BasePath: "api"}:     "start with a slash",
		{BasePath: "/a/../b"}: "dot segments",
		{BasePath: "/a//b"}:   "dot segments",
		{BasePath: "/a%2fb"}:  "dot segments",
		{BasePath: "/a;b"}:    "dot segments",
		{BasePath: "/%zz"}:    "dot segments",
	} {
		if got := up.Check(); !strings.Contains(got, word) {
			t.Errorf("%+v: %q", up, got)
		}
	}
}

// TestGuard asks the guard itself: stripping whole segments of a clean path
// makes no dot segments, so that Rewrite alone cannot show that they are
// refused.
func TestGuard(t *testing.T) {
	for _, paths := range []Paths{PathsStrict, PathsOathkeeper} {
		r, ref := New(get("/a"), Options{Paths: paths})
		if ref != nil {
			t.Fatal(ref)
		}
		for path, ok := range map[string]bool{"/a": true, "/b": true, "/a/../b": false, "/a/.": false, "/..": false} {
			if ref := r.guard(path, EscapePath(path), Upstream{}); (ref == nil) != ok {
				t.Errorf("%d %q: %v", paths, path, ref)
			}
		}
	}
}
