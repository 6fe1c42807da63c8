package callout

import (
	"net/url"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ url, scheme, authority, target, host, port, origin string }{
		{"http://a.test", "http", "a.test", "/", "a.test", "80", "http://a.test:80"},
		{"https://a.test", "https", "a.test", "/", "a.test", "443", "https://a.test:443"},
		{"HTTPS://A.Test:8443/X/%2f?Q=%zz&b", "https", "a.test:8443", "/X/%2f?Q=%zz&b", "a.test", "8443", "https://a.test:8443"},
		{"http://a.test?q=/", "http", "a.test", "/?q=/", "a.test", "80", "http://a.test:80"},
		{"http://a.test/?", "http", "a.test", "/", "a.test", "80", "http://a.test:80"},
		{"http://a.test/b?c?d", "http", "a.test", "/b?c?d", "a.test", "80", "http://a.test:80"},
		{"http://a.test:80/", "http", "a.test:80", "/", "a.test", "80", "http://a.test:80"},
		{"http://127.0.0.1:65535", "http", "127.0.0.1:65535", "/", "127.0.0.1", "65535", "http://127.0.0.1:65535"},
		{"http://[::1]", "http", "[::1]", "/", "[::1]", "80", "http://[::1]:80"},
		{"https://[2001:DB8::1]:1/", "https", "[2001:db8::1]:1", "/", "[2001:db8::1]", "1", "https://[2001:db8::1]:1"},
		{"http://my_service.ns.svc.:1", "http", "my_service.ns.svc.:1", "/", "my_service.ns.svc.", "1", "http://my_service.ns.svc.:1"},
		{"http://a.test//b/../c", "http", "a.test", "//b/../c", "a.test", "80", "http://a.test:80"},
		{"http://a.test/b@c:d", "http", "a.test", "/b@c:d", "a.test", "80", "http://a.test:80"},
	} {
		e, err := Parse(c.url)
		if err != nil {
			t.Errorf("%s: %v", c.url, err)
			continue
		}
		if e.Scheme != c.scheme || e.Authority != c.authority || e.Target() != c.target || e.Host() != c.host || e.Port() != c.port || e.Origin() != c.origin {
			t.Errorf("%s: %+v, host %s, port %s, origin %s, target %s", c.url, e, e.Host(), e.Port(), e.Origin(), e.Target())
		}
		if e.Cluster != "" {
			t.Errorf("%s: has a cluster", c.url)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ why, urls string }{
		{"not an absolute", "|a|/a|//a.test/|http:a.test|http:/a.test|ftp://a.test|file:///secret|ws://a.test|h2c://a.test|http//a.test| http://a.test|://a.test|httpss://a.test"},
		{"percent-encoded", "http://a.test/b c|http://a.test/\t|http://a.test/\r\nX: y|http://a.test/\x00|http://a.test/\x7f|http://a.test/ä|http://ä.test/|http://a.test/\\b|http://a.test/<b>|http://a.test/?\"|http://a\\@b/"},
		{"fragment", "http://a.test/#|http://a.test#b|http://a.test/?q#b|http://#a.test"},
		{"user or password", "http://u:secret@a.test/|http://u@a.test|http://@a.test|http://a.test:80@b.test/"},
		{"no host", "http://|http:///|http:///a|http://?q|http://:80/"},
		{"host", "http://::1/|http://a:b:80/|http://[::1/|http://::1]/|http://[]/|http://[1.2.3.4]/|http://[::1%25eth0]/|http://[::1%eth0]/|http://[::1]x:80/|http://[a.test]/|http://a.test:80]/|http://a%2eb/|http://a,b/|http://a*/|http://a!b/|http://./|http://..:80/|http://a;b/|http://[[::1]]/|http://a:80:/"},
		{"port is empty", "http://a.test:|http://a.test:/|http://[::1]:/|http://http://a.test"},
		{"not a number", "http://a.test:0|http://a.test:65536|http://a.test:+80|http://a.test:-1|http://a.test:080|http://a.test:99999999999999999999|http://a.test:x|http://a.test:0x50|http://a.test:00"},
		{"%25", "http://a.test/%|http://a.test/%2|http://a.test/%zz|http://a.test/%2x/|http://a.test/a%%41"},
	} {
		for u := range strings.SplitSeq(c.urls, "|") {
			e, err := Parse(u)
			switch {
			case err == nil:
				t.Errorf("%q: accepted as %+v", u, e)
			case e != Endpoint{}:
				t.Errorf("%q: %+v beside an error", u, e)
			case strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), ".test"):
				t.Errorf("%q: the error repeats it: %v", u, err)
			case !strings.Contains(err.Error(), c.why):
				t.Errorf("%q: %v, not %s", u, err, c.why)
			}
		}
	}
}

// Whatever Parse accepts, Go's parser reads alike, so that Oathkeeper, which uses
// that, would ask the same server the same thing.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"http://a.test:80/b?c", "https://[::1]:8443/%2F?", "http://u:p@a/#f", "HTTP://A?", "http://a:+1", "http://[::ffff:1.2.3.4]/", "http://a//b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := Parse(s)
		if err != nil {
			return
		}
		u, err := url.Parse(s)
		if err != nil {
			t.Fatalf("%q is accepted as %+v, and by Go refused: %v", s, e, err)
		}
		path := u.EscapedPath()
		if path == "" {
			path = "/"
		}
		if u.Scheme != e.Scheme || strings.ToLower(u.Host) != e.Authority || u.RawQuery != e.Query || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q: %+v, Go reads %#v", s, e, u)
		}
		if want, err := url.PathUnescape(e.Path); err != nil || want != u.Path && u.Path != "" {
			t.Fatalf("%q: path %q, Go reads %q: %v", s, e.Path, u.Path, err)
		}
		again, err := Parse(e.Scheme + "://" + e.Authority + e.Target())
		if err != nil || again != e {
			t.Fatalf("%q: %+v reads again as %+v, %v", s, e, again, err)
		}
		if full, err := Parse(e.Origin()); err != nil || full.Origin() != e.Origin() {
			t.Fatalf("%q: the origin %s reads as %s, %v", s, e.Origin(), full.Origin(), err)
		}
	})
}

func TestResolve(t *testing.T) {
	named := map[string]string{"http://a.test:80": "plain", "https://[::1]:443": "six"}
	for _, c := range []struct {
		naming Naming
		url    string
		want   string
	}{
		{Rendered, "http://a.test/x", "plain"},
		{Rendered, "http://A.test:80", "plain"},
		{Istio, "http://a.test", "plain"},
		{Rendered, "https://[::1]/", "six"},
		{Rendered, "https://a.test", "oathgate_https_a.test_443"},
		{Rendered, "http://a.test:8080", "oathgate_http_a.test_8080"},
		{Rendered, "http://[::1]:1", "oathgate_http_::1_1"},
		{Istio, "https://a.ns.svc.cluster.local", "outbound|443||a.ns.svc.cluster.local"},
		{Istio, "http://a.ns:8080", "outbound|8080||a.ns"},
	} {
		e, err := Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		got := Clusters{Naming: c.naming, Named: named}.Resolve(e)
		if got.Cluster != c.want {
			t.Errorf("%s: %q, want %q", c.url, got.Cluster, c.want)
		}
		if got.Cluster = ""; got != e {
			t.Errorf("%s: Resolve changed more than the cluster: %+v", c.url, got)
		}
	}
}
