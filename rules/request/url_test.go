package request

import (
	"net/url"
	"strings"
	"testing"
)

// URL is what net/url prints of the path that Oathkeeper matched.
func TestURL(t *testing.T) {
	for _, c := range []struct{ target, forwarded, want string }{
		{"/", "", "http://A.test:80/"},
		{"/x?y=1", "", "http://A.test:80/x?y=1"},
		{"/x?", "", "http://A.test:80/x?"},
		{"/a/b/", "", "http://A.test:80/a/b"},
		{"/a%20b/c", "", "http://A.test:80/a%20b/c"},
		{"/*(a)", "", "http://A.test:80/*(a)"},
		{"/%2a", "", "http://A.test:80/%2a"},
		{"/a{b}", "", "http://A.test:80/a%7Bb%7D"},
		{"/a/../b", "", "http://A.test:80/b"},
		{"/x?y=1", "/o/p?z=2", "http://A.test:80/o/p%3Fz=2?y=1"},
		{"/x", "/a%20b", "http://A.test:80/a%2520b"},
	} {
		r, refusal := New(Raw{Method: "GET", Scheme: "http", Authority: "A.test:80", Path: c.target, ForwardedURI: c.forwarded}, Options{})
		if refusal != nil {
			t.Fatal(refusal)
		}
		if got := r.URL(); got != c.want {
			t.Errorf("%s, %s: %s, want %s", c.target, c.forwarded, got, c.want)
		}
		u, err := url.Parse("http://A.test:80" + c.target)
		if err != nil {
			t.Fatal(err)
		}
		if u.Path = r.Path; c.forwarded != "" {
			u.Path = c.forwarded
		}
		if u.String() != c.want {
			t.Errorf("%s, %s: net/url prints %s, want %s", c.target, c.forwarded, u, c.want)
		}
	}
	// Asked about under /decisions, the path is escaped anew: of what net/url parsed only Path is changed.
	for _, target := range []string{"/x?y=1", "/a%20b/c", "/*(a)", "/%61?", "/a{b}", "/a%2Fb"} {
		path, _, _ := strings.Cut(target, "?")
		r, refusal := New(Raw{Method: "GET", Scheme: "http", Authority: "a.test", Path: target, Asking: "/decisions" + path}, Options{Paths: PathsOathkeeper})
		u, err := url.Parse("http://a.test/decisions" + target)
		if refusal != nil || err != nil {
			t.Fatal(refusal, err)
		}
		if u.Path = r.Path; r.URL() != u.String() {
			t.Errorf("%s, asked about: %s, want %s", target, r.URL(), u)
		}
	}
	if got := (&Request{}).URL(); got != "" {
		t.Errorf("a request that was not read: %q", got)
	}
}

func TestEncodeQuery(t *testing.T) {
	all := func(string) bool { return true }
	for query, want := range map[string]string{
		"": "", "b=2&a=1": "a=1&b=2", "a=1&a=0": "a=1&a=0", "a": "a=", "a=%zz&b;c=1&d=%41+%2b": "d=A+%2B", "z=1&%61=x y": "a=x+y&z=1",
	} {
		if got := EncodeQuery(query, all); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
	if got := EncodeQuery("c=1&a=1&b=1", func(name string) bool { return name < "b" }); got != "a=1" {
		t.Error(got)
	}
}
