package request

import (
	"math/rand/v2"
	"net/url"
	gopath "path"
	"slices"
	"strings"
	"testing"
)

var pieces = []string{
	"/", "/", "/", "//", "a", "b", "admin", ".", "..", "...", "/../", "/./", ";", ";x=1", "\\", "%2f", "%2F", "%5c", "%2e", "%2E%2e", "%00", "%25", "%252e", "%252f", "%25252e", "%3b", "%3B",
	"%c0%ae", "%c0%af", "%e0%80%af", "%f0%80%80%ae", "%ff", "\xff", "é", "%C3%A9", "%20", "%0a", "+", "%2b", "?", "#", "%", "%zz", "~", "!", "[", "\"", "<", "|", "*", ":", "@", "%41",
}

func randomPath(rnd *rand.Rand) string {
	var b strings.Builder
	b.WriteByte('/')
	for range rnd.IntN(10) {
		if rnd.IntN(3) == 0 {
			b.WriteByte('/')
		}
		b.WriteString(pieces[rnd.IntN(len(pieces))])
	}
	return b.String()
}

// FuzzPath checks everything that New and Rewrite promise of a path.
func FuzzPath(f *testing.F) {
	for _, s := range pieces {
		f.Add("/" + s)
		f.Add("/a/" + s + "/b")
		f.Add("/a/.." + s + "b/")
	}
	f.Fuzz(checkPath)
}

func checkPath(t *testing.T, target string) {
	o, ref := New(get(target), Options{Paths: PathsOathkeeper})
	u, err := url.ParseRequestURI(target)
	if ref != nil {
		// Stricter than Go: spaces and `#`, which Go's server never sees in a path.
		if err == nil && strings.HasPrefix(target, "/") && !strings.ContainsAny(target, " #") {
			t.Fatalf("%q: refused: %s", target, ref.Reason)
		}
		if r, ref := New(get(target), Options{}); ref == nil {
			t.Fatalf("%q: strict allows what Oathkeeper's reading refuses: %+v", target, r)
		}
		return
	}
	if err != nil {
		t.Fatalf("%q: not refused, but net/url says %v", target, err)
	}
	if want := gopath.Clean(u.Path); o.Path != want || o.RawQuery != u.RawQuery || o.Readings != nil {
		t.Fatalf("%q: %q, want %q (%+v)", target, o.Path, want, o)
	}
	if want := len(u.Path) > 1 && u.Path[len(u.Path)-1] == '/' && o.Path != "/"; o.TrailingSlash != want {
		t.Fatalf("%q: trailing slash %v", target, o.TrailingSlash)
	}
	checkForwarded(t, o, u)

	r, ref := New(get(target), Options{})
	if ref != nil {
		if ref.Status != 400 {
			t.Fatal(ref)
		}
		return
	}
	if r.Path != o.Path || len(r.Readings) > 16 || slices.Contains(r.Readings, r.Path) || r.Readings != nil && len(r.Readings) == 0 {
		t.Fatalf("%q: %q %q", target, r.Path, r.Readings)
	}
	if !r.Unclean {
		for name, server := range servers {
			got := server(r.RawPath)
			if got != r.Path && !slices.Contains(r.Readings, got) {
				t.Fatalf("%q: %s reads %q, which is neither %q nor in %q", target, name, got, r.Path, r.Readings)
			}
			if dotSegments(got) {
				t.Fatalf("%q is clean, but %s reads %q", target, name, got)
			}
		}
	}
	for _, up := range []Upstream{{}, {BasePath: "/"}, {BasePath: "/api/"}, {StripPath: "a"}, {StripPath: "/a/b/"}, {BasePath: "/base", StripPath: "/base/a"}, {StripPath: "admin/é"}, {StripPath: "/%"}} {
		checkRewrite(t, r, up)
	}
}

// checkForwarded compares the forwarded target with what Oathkeeper forwards,
// but for the trailing slash.
func checkForwarded(t *testing.T, o *Request, u *url.URL) {
	got, ref := Rewrite(o, Upstream{})
	if ref != nil {
		t.Fatalf("%q: %s", o.target, ref.Reason)
	}
	want := *u
	want.Path = gopath.Join("", gopath.Clean(u.Path))
	if o.TrailingSlash && gopath.Clean(u.Path)+"/" == u.Path {
		want.Path = u.Path
	} else if o.TrailingSlash {
		want.Path += "/"
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		want.RawQuery = mustQuery(u.RawQuery).Encode()
	}
	if got != want.RequestURI() && "/"+strings.TrimLeft(want.RequestURI(), "/") != got {
		t.Fatalf("%q is forwarded as %q, want %q", o.target, got, want.RequestURI())
	}
}

func mustQuery(s string) url.Values {
	v, _ := url.ParseQuery(s)
	return v
}

func checkRewrite(t *testing.T, r *Request, up Upstream) {
	target, ref := Rewrite(r, up)
	if ref != nil {
		if ref.Status != 400 || target != "" {
			t.Fatalf("%q %+v: %+v", r.target, up, ref)
		}
		return
	}
	raw, _, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(raw, "/") || strings.ContainsAny(raw, "#\x00 \\") {
		t.Fatalf("%q %+v: forwarded as %q", r.target, up, target)
	}
	path, ok := up.apply(r.Path)
	if !ok {
		t.Fatalf("%q %+v: %q", r.target, up, path)
	}
	known := []string{path}
	for _, reading := range r.Readings {
		if p, ok := up.apply(reading); ok {
			known = append(known, p)
		}
	}
	for name, server := range servers {
		got := server(raw)
		if dotSegments(got) {
			t.Fatalf("%q %+v: %s reads %q in %q", r.target, up, name, got, target)
		}
		if !slices.Contains(known, got) {
			t.Fatalf("%q %+v: forwarded as %q, which %s reads as %q, not one of %q", r.target, up, target, name, got, known)
		}
	}
}

func dotSegments(p string) bool {
	segments := strings.Split(p, "/")
	return slices.Contains(segments, ".") || slices.Contains(segments, "..")
}
