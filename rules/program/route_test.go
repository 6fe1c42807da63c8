package program_test

import (
	"errors"
	"testing"

	"oathgate/rules/pipeline"
	"oathgate/rules/program"
)

func TestRoute(t *testing.T) {
	for _, c := range []struct {
		oathgate, upstream, url string
		want                    program.Route
		status                  int
	}{
		{"", `{url: "http://up.test"}`, "http://a.test/x?y", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test"}, 0},
		{"", `{url: "https://UP.test:8443/"}`, "http://a.test/x", program.Route{Cluster: "oathgate_https_up.test_8443", Authority: "up.test:8443"}, 0},
		{"", `{url: "http://up.test", preserve_host: true}`, "http://a.test/x", program.Route{Cluster: "oathgate_http_up.test_80"}, 0},
		{"", `{url: "http://up.test/base"}`, "http://a.test/x?y=1", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test", Target: "/base/x?y=1"}, 0},
		{"", `{url: "http://up.test/base/", strip_path: x}`, "http://a.test/x/z", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test", Target: "/base/z"}, 0},
		{"", `{url: "http://up.test", strip_path: /x}`, "http://a.test/x/", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test", Target: "/"}, 0},
		{"", `{url: "http://up.test"}`, "http://a.test/b/../x", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test", Target: "/x"}, 0},
		{"", `{url: "http://up.test"}`, "http://a.test/x?", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test"}, 0},
		{"", `{url: "http://up.test"}`, "http://a.test/x?a;b", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test", Target: "/x"}, 0},
		{"", `{url: "http://up.test", strip_path: xy}`, "http://a.test/xyz", program.Route{Cluster: "oathgate_http_up.test_80", Authority: "up.test"}, 400},
		{`clusters: {"http://up.test:80": mine}`, `{url: "http://up.test/"}`, "http://a.test/x", program.Route{Cluster: "mine", Authority: "up.test"}, 0},
		{"cluster_naming: istio", `{url: "http://up.ns:8080/"}`, "http://a.test/x", program.Route{Cluster: "outbound|8080||up.ns", Authority: "up.ns:8080"}, 0},
		{"", `{}`, "http://a.test/x", program.Route{}, 500},
		{"", `{strip_path: /x}`, "http://a.test/x", program.Route{}, 500},
		{"routing: envoy", `{}`, "http://a.test/x", program.Route{}, 0},
		{"routing: envoy", `{url: "http://up.test/base", strip_path: /x}`, "http://a.test/x", program.Route{}, 0},
	} {
		p := withRules(t, c.oathgate, aRule("r", "http://a.test/<.*>", "upstream: "+c.upstream))
		r := newRequest(t, p, "GET", c.url)
		m, refusal := p.Match(r)
		if refusal != nil {
			t.Fatalf("%s: %v", c.url, refusal)
		}
		got, err := p.Route(m.Rule, r)
		if c.status != 0 {
			var e *pipeline.Error
			if !errors.As(err, &e) || e.Status != c.status || got != (program.Route{}) {
				t.Errorf("%s to %s: %+v, %v, want %d", c.url, c.upstream, got, err, c.status)
			}
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s to %s: %+v, %v, want %+v", c.url, c.upstream, got, err, c.want)
		}
	}
}
