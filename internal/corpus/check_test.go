package corpus

import (
	"strings"
	"testing"
)

func str(s string) *string { return &s }

// Each wrong observation must be found: a checker that finds nothing is worth nothing.
func TestCheck(t *testing.T) {
	allow := Request{
		Method: "GET", Target: "/a",
		Allow:    &Allow{Target: str("/b"), Host: str("h"), Headers: map[string]Lines{"x-a": {"1"}, "x-b": nil}},
		Answer:   Answer{Body: str("upstream"), Headers: map[string]Lines{"content-type": {"text/plain"}}},
		Callouts: []Outgoing{{To: "session", Method: str("GET"), Target: str("/s"), Headers: map[string]Lines{"cookie": {"a=b"}}}},
	}
	good := func() *Observation {
		return &Observation{
			Status: 200, Body: "upstream", Headers: []Header{{"content-type", "text/plain"}},
			Upstreams: []Message{{Cluster: "upstream", Method: "GET", Target: "/b", Host: "h", Headers: []Header{{"x-a", "1"}}}},
			Callouts:  []Message{{Cluster: "session", Method: "GET", Target: "/s", Headers: []Header{{"cookie", "a=b"}}}},
		}
	}
	if p := Check(&allow, good(), false); p != nil {
		t.Fatal(p)
	}
	for name, spoil := range map[string]func(*Observation){
		"status":          func(o *Observation) { o.Status = 201 },
		"body":            func(o *Observation) { o.Body = "x" },
		"answer header":   func(o *Observation) { o.Headers = nil },
		"no upstream":     func(o *Observation) { o.Upstreams = nil },
		"two upstreams":   func(o *Observation) { o.Upstreams = append(o.Upstreams, o.Upstreams[0]) },
		"cluster":         func(o *Observation) { o.Upstreams[0].Cluster = "other" },
		"method":          func(o *Observation) { o.Upstreams[0].Method = "POST" },
		"target":          func(o *Observation) { o.Upstreams[0].Target = "/a" },
		"host":            func(o *Observation) { o.Upstreams[0].Host = "x" },
		"upstream body":   func(o *Observation) { o.Upstreams[0].Body = "x" },
		"upstream header": func(o *Observation) { o.Upstreams[0].Headers[0].Value = "2" },
		"header twice":    func(o *Observation) { o.Upstreams[0].Headers = append(o.Upstreams[0].Headers, Header{"x-a", "1"}) },
		"unwanted header": func(o *Observation) { o.Upstreams[0].Headers = append(o.Upstreams[0].Headers, Header{"x-b", ""}) },
		"internal header": func(o *Observation) {
			o.Upstreams[0].Headers = append(o.Upstreams[0].Headers, Header{RoutingHeader, ""})
		},
		"no callout":       func(o *Observation) { o.Callouts = nil },
		"callout backend":  func(o *Observation) { o.Callouts[0].Cluster = "token" },
		"callout target":   func(o *Observation) { o.Callouts[0].Target = "/" },
		"callout header":   func(o *Observation) { o.Callouts[0].Headers = nil },
		"unscripted call":  func(o *Observation) { o.Unscripted = []string{"x"} },
		"denied, in short": func(o *Observation) { *o = Observation{Status: 403} },
	} {
		o := good()
		spoil(o)
		if Check(&allow, o, false) == nil {
			t.Errorf("%s: not found", name)
		}
		if strings.HasPrefix(name, "unscripted") {
			continue
		}
		if Differ(&allow, good(), o) == nil && name != "internal header" {
			t.Errorf("%s: no difference found", name)
		}
	}
	deny := Request{Deny: 403, Answer: Answer{HasJSON: true, JSON: map[string]any{"a": 1}, Contains: []string{"a"}, Lacks: []string{"b"}}, Silent: true, Envoy: &Exception{Deny: 400}}
	if p := Check(&deny, &Observation{Status: 403, Body: `{"a":1.0}`}, false); p != nil {
		t.Error(p)
	}
	if p := Check(&deny, &Observation{Status: 400}, true); p != nil {
		t.Error(p)
	}
	for _, o := range []Observation{
		{Status: 400, Body: `{"a":1}`},
		{Status: 403, Body: `{"a":2}`},
		{Status: 403, Body: `{"a":1,"b":2}`},
		{Status: 403, Body: `{"a":1}`, Upstreams: []Message{{}}},
		{Status: 403, Body: `{"a":1}`, Callouts: []Message{{}}},
	} {
		if Check(&deny, &o, false) == nil {
			t.Errorf("%+v: nothing found", o)
		}
	}
	for _, o := range []Observation{{Status: 403}, {Status: 200, Upstreams: []Message{{}}}, {Status: 400, Upstreams: []Message{{}}}} {
		if Check(&deny, &o, true) == nil {
			t.Errorf("%+v: nothing found in Envoy", o)
		}
	}
}

func TestSaid(t *testing.T) {
	lines := []string{`oathgate: plugin configuration: rule "a": x.y: is wrong`, "plugin configuration: z: is missing"}
	for _, p := range []Problem{{"a", "x.y", "wrong"}, {"a", "x.y", ""}, {"", "z", "missing"}} {
		if !said(lines, p) {
			t.Errorf("%+v is not found", p)
		}
	}
	for _, p := range []Problem{{"b", "x.y", "wrong"}, {"a", "y", ""}, {"a", "x", ""}, {"", "x.y", ""}, {"", "z", "wrong"}} {
		if said(lines, p) {
			t.Errorf("%+v is found", p)
		}
	}
}

func TestDifferTogether(t *testing.T) {
	one, two := Message{Cluster: "keys", Target: "/1"}, Message{Cluster: "keys", Target: "/2"}
	a, b := &Observation{Callouts: []Message{one, two}}, &Observation{Callouts: []Message{two, one}}
	if Differ(&Request{}, a, b) == nil {
		t.Error("the order does not count")
	}
	if got := Differ(&Request{Together: true}, a, b); got != nil {
		t.Error(got)
	}
	if Differ(&Request{Together: true}, a, &Observation{Callouts: []Message{two, two}}) == nil {
		t.Error("another callout does not count")
	}
}
