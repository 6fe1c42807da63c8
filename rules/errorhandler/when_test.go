package errorhandler

import (
	"strings"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

func TestWhen(t *testing.T) {
	const any = "401 403 404 429 500"
	for _, c := range []struct{ when, statuses string }{
		{`[]`, "400 401 403 404 429 431 500 503"},
		{`[{}]`, "400 401 403 404 429 431 500 503"},
		{`[{"error": []}]`, "400 401 403 404 429 431 500 503"},
		{`[{"error": ["unauthorized"]}]`, "401"},
		{`[{"error": ["forbidden"]}]`, "403"},
		{`[{"error": ["not_found"]}]`, "404"},
		{`[{"error": ["internal_server_error"]}]`, "429 500"},
		{`[{"error": ["unauthorized", "forbidden"]}]`, "401 403"},
		{`[{"error": ["unauthorized"]}, {"error": ["not_found"]}]`, "401 404"},
		{`[{"error": ["unauthorized", "forbidden", "not_found", "internal_server_error"]}]`, any},
		{`[{"error": ["unauthorized"], "request": {"header": {"accept": ["text/html"]}}}]`, ""},
		{`[{"error": ["unauthorized"]}, {"error": ["forbidden"], "request": {"cidr": ["10.0.0.0/8"]}}]`, "401"},
	} {
		h := mustBuild(t, `{"when": `+c.when+`}`)
		var got []string
		for _, status := range []string{"400", "401", "403", "404", "429", "431", "500", "503"} {
			n := int(status[0]-'0')*100 + int(status[1]-'0')*10 + int(status[2]-'0')
			if h.Responsible(&request.Request{}, &pipeline.Error{Status: n}) {
				got = append(got, status)
			}
		}
		if strings.Join(got, " ") != c.statuses {
			t.Errorf("%s: %q, want %q", c.when, got, c.statuses)
		}
	}
}

// Everything within an entry must hold, one entry is enough.
func TestWhenRequest(t *testing.T) {
	for _, c := range []struct {
		when, peer, headers string
		want                bool
	}{
		{`[{"request": {}}]`, "", "", true},
		{`[{"request": {"cidr": []}}]`, "", "", true},
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}]`, "10.1.2.3", "", true},
		{`[{"request": {"cidr": ["10.1.2.3/8"]}}]`, "10.9.9.9", "", true},
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}]`, "11.0.0.0", "", false},
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}]`, "::ffff:10.1.2.3", "", true},
		{`[{"request": {"cidr": ["fd00::/8"]}}]`, "fd12::1", "", true},
		{`[{"request": {"cidr": ["fd00::/8"]}}]`, "10.1.2.3", "", false},
		{`[{"request": {"cidr": ["0.0.0.0/0"]}}]`, "1.2.3.4", "", true},
		{`[{"request": {"cidr": ["0.0.0.0/0"]}}]`, "::1", "", false},
		{`[{"request": {"cidr": ["192.168.0.0/16", "10.0.0.0/8"]}}]`, "10.1.2.3", "", true},
		{`[{"request": {"cidr": ["0.0.0.0/0", "::/0"]}}]`, "", "", false},
		{`[{"request": {"cidr": ["0.0.0.0/0", "::/0"]}}]`, "unix:/run/x", "", false},
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}]`, "10.1.2.3:80", "", false},
		// The connection's address counts, not what a client says.
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}]`, "11.0.0.1", "x-forwarded-for: 10.1.2.3", false},

		{`[{"request": {"header": {}}}]`, "", "", true},
		{`[{"request": {"header": {"accept": []}}}]`, "", "", true},
		{`[{"request": {"header": {"accept": ["text/html"]}}}]`, "", "accept: text/html", true},
		{`[{"request": {"header": {"accept": ["text/html"]}}}]`, "", "accept: text/*", true},
		{`[{"request": {"header": {"accept": ["text/*"]}}}]`, "", "accept: text/html", true},
		{`[{"request": {"header": {"accept": ["text/html"]}}}]`, "", "accept: application/json|accept: text/html", true},
		{`[{"request": {"header": {"accept": ["text/html"]}}}]`, "", "", false},
		{`[{"request": {"header": {"accept": ["application/octet-stream"]}}}]`, "", "", true},
		{`[{"request": {"header": {"accept": ["*/*"]}}}]`, "", "", true},
		{`[{"request": {"header": {"content_type": ["application/json"]}}}]`, "", "content-type: application/json", true},
		{`[{"request": {"header": {"content_type": ["application/json"]}}}]`, "", "accept: application/json", false},
		{`[{"request": {"header": {"content_type": ["application/json"], "accept": ["text/html"]}}}]`, "", "content-type: application/json", false},
		{`[{"request": {"header": {"content_type": ["application/json"], "accept": ["text/html"]}}}]`, "", "content-type: application/json|accept: text/html", true},
		{`[{"request": {"cidr": ["10.0.0.0/8"], "header": {"accept": ["text/html"]}}}]`, "11.0.0.1", "accept: text/html", false},
		{`[{"request": {"cidr": ["10.0.0.0/8"]}}, {"request": {"header": {"accept": ["text/html"]}}}]`, "11.0.0.1", "accept: text/html", true},
	} {
		r := requestFrom(c.peer)
		if c.headers != "" {
			for line := range strings.SplitSeq(c.headers, "|") {
				name, value, _ := strings.Cut(line, ": ")
				r.Headers.Add(name, value)
			}
		}
		if got := mustBuild(t, `{"when": `+c.when+`}`).Responsible(r, pipeline.Unauthorized("")); got != c.want {
			t.Errorf("%s from %q with %q: %v", c.when, c.peer, c.headers, got)
		}
	}
}

// Behind a proxy that is trusted the client is who asked the proxy: what it added
// last, whatever stands before.
func TestWhenForwardedFor(t *testing.T) {
	h := mustBuild(t, `{"when": [{"request": {"cidr": ["10.0.0.0/8", "fd00::/8"]}}]}`)
	for _, c := range []struct {
		trusted bool
		lines   []string
		want    bool
	}{
		{true, []string{"10.1.2.3"}, true},
		{true, []string{"1.1.1.1, 10.1.2.3 "}, true},
		{true, []string{"1.1.1.1", "fd00::1"}, true},
		{true, []string{"10.1.2.3, 1.1.1.1"}, false},
		{true, []string{"10.1.2.3", "1.1.1.1"}, false},
		{true, []string{"10.1.2.3,"}, false},
		{true, []string{"10.1.2.3:80"}, false},
		{true, []string{"unknown"}, false},
		{true, nil, false},
		{false, []string{"10.1.2.3"}, false},
	} {
		raw := request.Raw{Method: "GET", Scheme: "http", Authority: "a.test", Path: "/", Peer: func() string { return "127.0.0.1" }}
		for _, line := range c.lines {
			raw.Headers.Add("x-forwarded-for", line)
		}
		if c.trusted {
			raw.ForwardedFor = raw.Headers.Get("x-forwarded-for")
		}
		if got := h.Responsible(readRequest(t, raw), pipeline.Unauthorized("")); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func requestFrom(peer string) *request.Request {
	return request.Unread(request.Raw{Peer: func() string { return peer }})
}

func TestMistakes(t *testing.T) {
	for config, want := range map[string]string{
		`{"verbos": true}`:                           "config.verbos",
		`{"verbose": "yes"}`:                         "config.verbose",
		`{"when": {}}`:                               "config.when",
		`{"when": ["unauthorized"]}`:                 "config.when[0]",
		`{"when": [{"errors": []}]}`:                 "config.when[0].errors",
		`{"when": [{"error": "unauthorized"}]}`:      "config.when[0].error",
		`{"when": [{"error": ["teapot"]}]}`:          "config.when[0].error[0]",
		`{"when": [{"error": ["Unauthorized", 5]}]}`: "config.when[0].error[0] config.when[0].error[1]",
		`{"when": [{"request": {"cidr": ["10.0.0.0", "10.0.0.0/33", ""]}}]}`: "config.when[0].request.cidr[0] config.when[0].request.cidr[1] config.when[0].request.cidr[2]",
		`{"when": [{"request": {"cidr": ["::ffff:10.0.0.0/104"]}}]}`:         "config.when[0].request.cidr[0]",
		`{"when": [{"request": {"remote_ip": {"match": []}}}]}`:              "config.when[0].request.remote_ip",
		`{"when": [{"request": {"header": {"accept": ["html", "text/", "/", "*/html", "", "a/b/c", "text/html, a/b"]}}}]}`: "config.when[0].request.header.accept[0] config.when[0].request.header.accept[1] " +
			"config.when[0].request.header.accept[2] config.when[0].request.header.accept[3] config.when[0].request.header.accept[4] config.when[0].request.header.accept[5] config.when[0].request.header.accept[6]",
		`{"when": [{"request": {"header": {"content-type": []}}}]}`: "config.when[0].request.header.content-type",
	} {
		_, problems := build(t, config)
		var got []string
		for _, p := range problems {
			got = append(got, p.Path)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: problems at %q, want %q", config, got, want)
		}
	}
}
