package proxy

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// Each rule has its upstream, which sees its own host and path; what the client says of routes counts for nothing.
func TestUpstreams(t *testing.T) {
	everyWay(t, func(t *testing.T, base string, client http.RoundTripper) {
		for _, c := range []struct{ path, from, target, host string }{
			{"/plain/a?b=c", "first", "/plain/a?b=c", backends.first},
			{"/plain/a/", "first", "/plain/a/", backends.first},
			{"/plain/a%20b?x=%2F&y", "first", "/plain/a%20b?x=%2F&y", backends.first},
			{"/based/a?b=c", "second", "/base/a?b=c", backends.second},
			{"/based/a/", "second", "/base/a/", backends.second},
			{"/kept/a", "second", "/base/kept/a", "app.test"},
			{"/secure/a", "secure", "/secure/a", backends.secure},
		} {
			resp := ask(t, client, "GET", base+c.path, nil, header("X-Oathgate-Cluster", "dead"), header("X-User", "root"), header("X-Forwarded-For", "10.0.0.1"))
			seen := saw(t, resp)
			if seen.From != c.from || seen.Target != c.target || seen.Host != c.host || seen.Proto != 1 {
				t.Errorf("%s: %s saw %s of %s in HTTP/%d", c.path, seen.From, seen.Target, seen.Host, seen.Proto)
			}
			if seen.Header.Get("X-User") != "guest" || len(seen.Header["X-User"]) != 1 || seen.Header["X-Oathgate-Cluster"] != nil || seen.Header["X-Forwarded-For"] != nil {
				t.Errorf("%s: the upstream saw %v", c.path, seen.Header)
			}
			if resp.Header.Get("X-From") != c.from {
				t.Errorf("%s: the client saw %v", c.path, resp.Header)
			}
		}
		for method, want := range map[string]string{"HEAD": "", "PUT": "PUT"} {
			resp := ask(t, client, method, base+"/plain/a", nil)
			if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != 200 || !strings.Contains(string(body), want) {
				t.Errorf("%s: %d %s, %v", method, resp.StatusCode, body, err)
			}
		}
	})
}

// An upstream that fails is a 502, or a 504 if it takes too long, and the client learns no more; as in Oathkeeper.
func TestFailingUpstreams(t *testing.T) {
	for _, c := range []struct {
		at   *oathgate
		path string
		want int
	}{
		{plain, "/dead/a", 502},
		{plain, "/rude/a", 502},
		{plain, "/stranger/a", 502},
		{secure, "/stranger/a", 502},
		{secure, "/silent/a", 504},
	} {
		for name, client := range map[string]http.RoundTripper{"HTTP/1.1": c.at.h1(t), "HTTP/2": c.at.h2(t)} {
			resp := ask(t, client, "GET", c.at.scheme()+"://app.test"+c.path, nil)
			if body, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode != c.want || len(body) > 0 {
				t.Errorf("%s over %s: %d %q, %v, want %d", c.path, name, resp.StatusCode, body, err, c.want)
			}
		}
	}
}
