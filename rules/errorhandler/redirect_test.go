package errorhandler

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

func readRequest(t testing.TB, raw request.Raw) *request.Request {
	t.Helper()
	r, refusal := request.New(raw, request.Options{})
	if refusal != nil {
		t.Fatalf("%+v: %s", raw, refusal.Reason)
	}
	return r
}

// oathkeeperRedirect answers as pipeline/errors/error_redirect.go, with what it has
// read of X-Forwarded-Uri.
func oathkeeperRedirect(u url.URL, method, forwarded, to, param string, code int) *http.Response {
	if forwarded != "" {
		u.Path = forwarded
	}
	location := to
	if param != "" {
		parsed, err := url.Parse(to)
		if err != nil {
			panic(err)
		}
		q := parsed.Query()
		q.Set(param, u.String())
		parsed.RawQuery = q.Encode()
		location = parsed.String()
	}
	w := httptest.NewRecorder()
	http.Redirect(w, &http.Request{Method: method, URL: &u}, location, code)
	return w.Result()
}

func TestRedirect(t *testing.T) {
	for _, to := range []string{
		"http://login.test/login", "https://login.test", "http://login.test/?a=1", "http://login.test/a%2Fb%20c?z=1&a=%C3%A9#top", "//login.test/x",
		"/login", "/login/", "/a/../b/./c//d", "/", "login", "login/", "../login?x=y", "./a:b", "?x=1", "#f", "mailto:a@b.test", "app:/x",
		"http://user@login.test:8080/x?rt=old&s=1&q=2&rt=older", "http://login.test/?a;b=1&c", "http://[::1]:80/", "/x?a=b?c#d?e", "/(x)!*'",
	} {
		for _, param := range []string{"", "rt", "a,b.c_d~e-F9"} {
			for _, target := range []string{"/", "/x?y=1", "/a/b/", "/a/b?", "/a%20b/c?q=1&r=%C3%A9", "/*(a)", "/a{x}", "/a/b?u=http://x.test/?y"} {
				for _, method := range []string{"GET", "HEAD", "POST"} {
					r := readRequest(t, request.Raw{Method: method, Scheme: "http", Authority: "App.test:80", Path: target})
					u, err := url.Parse("http://App.test:80" + target)
					if err != nil {
						t.Fatal(err)
					}
					u.Path = r.Path
					want := oathkeeperRedirect(*u, method, "", to, param, 301)
					config, _ := json.Marshal(map[string]any{"to": to, "code": 301, "return_to_query_param": param})
					h, problems := buildNamed(t, "redirect", string(config))
					if problems != nil {
						t.Fatalf("%s: %v", config, problems)
					}
					got := h.Handle(r, pipeline.Forbidden(""))
					location := want.Header.Get("Location")
					if got.Status != 301 || got.Headers.Get("location") != location {
						t.Errorf("%s to %s: %d %s, want %s", target, config, got.Status, got.Headers.Get("location"), location)
					}
					var body bytes.Buffer
					_, _ = body.ReadFrom(want.Body)
					if method != "HEAD" && string(got.Body) != body.String() || got.Headers.Get("content-type") != want.Header.Get("Content-Type") {
						t.Errorf("%s %s: %q %v, want %q", method, config, got.Body, got.Headers, body.String())
					}
				}
			}
		}
	}
}

// The decision API escapes X-Forwarded-Uri as a path, with its query.
func TestRedirectFromForwardedURI(t *testing.T) {
	for _, forwarded := range []string{"/o/p?z=2&y=3", "/o", "/a%20b", "/a b?", "/\xff"} {
		r := readRequest(t, request.Raw{Method: "GET", Scheme: "https", Authority: "pub.test", Path: "/o?y=1", ForwardedURI: forwarded})
		h, problems := buildNamed(t, "redirect", `{"to": "http://login.test/login", "return_to_query_param": "rt"}`)
		if problems != nil {
			t.Fatal(problems)
		}
		want := oathkeeperRedirect(url.URL{Scheme: "https", Host: "pub.test", RawQuery: "y=1"}, "GET", forwarded, "http://login.test/login", "rt", 302)
		if got := h.Handle(r, pipeline.Forbidden("")); got.Status != 302 || got.Headers.Get("location") != want.Header.Get("Location") {
			t.Errorf("%s: %s, want %s", forwarded, got.Headers.Get("location"), want.Header.Get("Location"))
		}
	}
}

// A decoded path is not to end the header line, nor to name another server.
func TestRelativeRedirectStaysHere(t *testing.T) {
	h, problems := buildNamed(t, "redirect", `{"to": "login"}`)
	if problems != nil {
		t.Fatal(problems)
	}
	for path, want := range map[string]string{
		"/%5cevil.test/x":     "/%5Cevil.test/login",
		"/a%0d%0aX: y/b":      "/a%0D%0AX:%20y/login",
		"/a%3fb/c":            "/a%3Fb/login",
		"/%22%3e%3cscript/c":  "/%22%3E%3Cscript/login",
		"/%2fevil.test/x":     "/evil.test/login",
		"/../..//evil.test/x": "/evil.test/login",
	} {
		path = strings.ReplaceAll(path, " ", "%20")
		r, refusal := request.New(request.Raw{Method: "GET", Scheme: "http", Authority: "a.test", Path: path}, request.Options{Paths: request.PathsOathkeeper})
		if refusal != nil {
			t.Fatalf("%s: %s", path, refusal.Reason)
		}
		got := h.Handle(r, pipeline.Forbidden(""))
		if got.Headers.Get("location") != want || bytes.ContainsAny(got.Body, "\r") {
			t.Errorf("%s: %q, want %s", path, got.Headers.Get("location"), want)
		}
	}
}

// A request that could not be read is sent away without a URL to return to.
func TestRedirectOfAMalformedRequest(t *testing.T) {
	for config, want := range map[string]string{
		`{"to": "http://login.test/login", "return_to_query_param": "rt"}`: "http://login.test/login",
		`{"to": "login#x", "return_to_query_param": "rt"}`:                 "/login#x",
	} {
		h, _ := buildNamed(t, "redirect", config)
		if got := h.Handle(&request.Request{Method: "GET"}, pipeline.BadRequest("")); got.Headers.Get("location") != want {
			t.Errorf("%s: %s", config, got.Headers.Get("location"))
		}
	}
}

func TestRedirectMistakes(t *testing.T) {
	for config, want := range map[string]string{
		``:                             "config.to",
		`{}`:                           "config.to",
		`{"to": ""}`:                   "config.to",
		`{"to": 5}`:                    "config.to",
		`{"to": "a b"}`:                "config.to",
		`{"to": "/ä"}`:                 "config.to",
		`{"to": "/\r\nSet-Cookie: a"}`: "config.to",
		`{"to": "/%2"}`:                "config.to",
		`{"to": "/%zz"}`:               "config.to",
		`{"to": "///x"}`:               "config.to",
		`{"to": "//user@/x"}`:          "config.to",
		`{"to": "http://:80/x"}`:       "config.to",
		`{"to": "http:///x"}`:          "config.to",
		`{"to": "a#b#c"}`:              "config.to",
		`{"to": "1a:b"}`:               "config.to",
		`{"to": "\\\\evil.test"}`:      "config.to",
		`{"to": "/", "code": 307}`:     "config.code",
		`{"to": "/", "code": "302"}`:   "config.code",
		`{"to": "/", "code": 301.5}`:   "config.code",
		`{"to": "/", "return_to_query_param": "a b"}`:                                   "config.return_to_query_param",
		`{"to": "/", "return_to_query_param": "a&b"}`:                                   "config.return_to_query_param",
		`{"to": "/", "return_to": "a"}`:                                                 "config.return_to",
		`{"to": "/", "when": [{"request": {"remote_ip": {"match": ["127.0.0.0/8"]}}}]}`: "config.when[0].request.remote_ip",
	} {
		_, problems := buildNamed(t, "redirect", config)
		var got []string
		for _, p := range problems {
			got = append(got, p.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems at %q, want %q", config, got, want)
		}
	}
}

// Whatever is asked for, what the destination is told of it is one parameter, and
// the client goes where the configuration says.
func FuzzRedirect(f *testing.F) {
	f.Add("/a?b=c", "app.test", "/o?z", "http://login.test/x?a=1#f")
	f.Add("//evil.test", "a.test:1", "", "//login.test/?rt=1")
	f.Add("/%5cevil.test/", "a.test", "", "x/y")
	f.Fuzz(func(t *testing.T, path, host, forwarded, to string) {
		if _, mistake := parseDestination(to); mistake != "" {
			return
		}
		r, refusal := request.New(request.Raw{Method: "GET", Scheme: "https", Authority: host, Path: path, ForwardedURI: forwarded}, request.Options{Paths: request.PathsOathkeeper})
		if refusal != nil {
			return
		}
		there, err := url.Parse(to)
		if err != nil {
			return // net/url is stricter about hosts and ports
		}
		config, _ := json.Marshal(map[string]string{"to": to, "return_to_query_param": "rt"})
		h, problems := buildNamed(t, "redirect", string(config))
		if problems != nil {
			t.Fatal(problems)
		}
		location := h.Handle(r, pipeline.Forbidden("")).Headers.Get("location")
		got, err := url.Parse(location)
		if err != nil || got.Scheme != there.Scheme || got.Host != there.Host || got.Fragment != there.Fragment {
			t.Fatalf("%q to %q: %q, %v", path, to, location, err)
		}
		if told := got.Query()["rt"]; len(told) != 1 || told[0] != r.URL() {
			t.Fatalf("%q to %q: %q, told %q", path, to, location, told)
		}
		if !request.IsValue(location) || there.Host == "" && there.Scheme == "" && (len(location) < 1 || location[0] != '/' || strings.HasPrefix(location, "//") || strings.HasPrefix(location, "/\\")) {
			t.Fatalf("%q to %q: %q", path, to, location)
		}
	})
}
