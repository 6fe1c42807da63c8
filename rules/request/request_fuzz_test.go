package request

import (
	gopath "path"
	"reflect"
	"strings"
	"testing"
)

// FuzzRequest checks what New promises of a whole request, and that a request which
// is written down as it was understood is understood in the same way.
func FuzzRequest(f *testing.F) {
	f.Add("GET", "http", "App.Test:80", "/a/../b?q=1", "Cookie", "a=1", "cookie", "b=2")
	f.Add("get", "HTTPS", "[::1]:443", "/%2e%2e/", "host", "[::1]:443", "X_Y", "\t")
	f.Add("CONNECT", "ws", "a.test", "*", "Authorization", "Bearer a", "authorization", "Bearer b")
	f.Add("PUT", "http", "", "/", "Host", "b.test.", "", "\x00")
	f.Add("M\xff", "http", "user@a.test", "/#", "Host", "a", "Host", "b")
	f.Fuzz(func(t *testing.T, method, scheme, authority, path, name1, value1, name2, value2 string) {
		raw := Raw{Method: method, Scheme: scheme, Authority: authority, Path: path, Headers: Headers{{name1, value1}, {name2, value2}}}
		r, ref := New(raw, Options{})
		if ref != nil {
			if ref.Status != 400 && ref.Status != 431 || ref.Reason == "" || r != nil {
				t.Fatalf("%+v: %+v", raw, ref)
			}
			return
		}
		if !IsToken(r.Method) || r.Scheme != "http" && r.Scheme != "https" || r.Authority == "" || r.Authority != strings.ToLower(r.Authority) || strings.ContainsAny(r.Authority, "/@?# ") {
			t.Fatalf("%+v: %+v", raw, r)
		}
		if r.Path != gopath.Clean(r.Path) || r.Path[0] != '/' || r.target != path {
			t.Fatalf("%+v: path %q", raw, r.Path)
		}
		cookies := 0
		for _, h := range r.Headers {
			if !IsToken(h.Name) || h.Name != strings.ToLower(h.Name) || h.Name == "host" || !IsValue(h.Value) {
				t.Fatalf("%+v: header %+v", raw, h)
			}
			if h.Name == "cookie" {
				cookies++
			}
		}
		if cookies > 1 {
			t.Fatalf("%+v: %d cookie lines", raw, cookies)
		}
		again, ref := New(Raw{Method: r.Method, Scheme: r.Scheme, Authority: r.OriginalAuthority, Path: r.target, Headers: r.Headers}, Options{})
		if ref != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("%+v: %+v, read again %+v, %+v", raw, r, again, ref)
		}
		if canonical, ref := New(Raw{Method: r.Method, Scheme: r.Scheme, Authority: r.Authority, Path: path}, Options{}); ref != nil || canonical.Authority != r.Authority {
			t.Fatalf("%+v: authority %q is read as %+v, %+v", raw, r.Authority, canonical, ref)
		}
	})
}
