package corpus

import (
	"reflect"
	"strings"
	"testing"
)

const small = `
about: A file.
defaults:
  config: {a: {b: 1, c: 2}, access_rules: {x: y}}
  rule: {id: r, match: {url: u, methods: [GET]}, upstream: {url: v}}
  headers: [[X-All, "1"]]
  backends: {session: [{status: 401}]}
cases:
  - id: one
    config: {a: {b: null, d: 3}}
    rules: [{id: s, upstream: null}, {}]
    backends: {session: [{json: {now: "${now+5}"}, pad: 30}]}
    requests:
      - send: "GET /a\xff b${-*3}"
        hosts: []
        headers: [[X-A, "\xc3\xa9"]]
        fill: 2
        advance: 20ms
        backends: {session: [{when: {target: /x}, fault: silent}]}
        allow: {headers: {X-B: null, x-c: [a, b], X-D: e}}
        callouts: []
      - {send: POST /, host: b, deny: 404, envoy: {deny: 400, because: it is so}}
`

func TestParse(t *testing.T) {
	cases, err := parse("f.yaml", []byte(small), map[string]any{"a": map[string]any{"z": true}})
	if err != nil {
		t.Fatal(err)
	}
	c := cases[0]
	want := `{"a":{"c":2,"d":3,"z":true},"access_rules":{"rules":[{"id":"s","match":{"methods":["GET"],"url":"u"}},` +
		`{"id":"r","match":{"methods":["GET"],"url":"u"},"upstream":{"url":"v"}}],"x":"y"}}`
	if c.ID != "one" || c.File != "f.yaml" || string(c.Document) != want || len(c.Requests) != 2 {
		t.Fatalf("%+v\n%s", c, c.Document)
	}
	r := c.Requests[0]
	if r.Method != "GET" || r.Target != "/a\xff b---" || len(r.Hosts) != 0 || r.Advance.String() != "20ms" || !r.Silent || r.Deny != 0 {
		t.Errorf("%+v", r)
	}
	if !reflect.DeepEqual(r.Headers, []Header{{"X-All", "1"}, {"X-A", "\xc3\xa9"}, {"x-fill-0", "v"}, {"x-fill-1", "v"}}) {
		t.Errorf("%q", r.Headers)
	}
	if !reflect.DeepEqual(r.Allow.Headers, map[string]Lines{"x-b": nil, "x-c": {"a", "b"}, "x-d": {"e"}}) {
		t.Errorf("%q", r.Allow.Headers)
	}
	if len(r.Backends) != 3 || r.Backends[0]["session"][0].Fault != Silent || *r.Backends[0]["session"][0].When.Target != "/x" ||
		len(r.Backends[1]["session"][0].Body) != 30 || r.Backends[2]["session"][0].Status != 401 {
		t.Errorf("%+v", r.Backends)
	}
	r = c.Requests[1]
	if r.Deny != 404 || r.Envoy.Deny != 400 || r.Hosts[0] != "b" || r.Callouts != nil || r.Silent || r.Name != "2_POST_/" {
		t.Errorf("%+v", r)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tc := range [][2]string{
		{"  - id: one", "  - idd: one"},
		{"        hosts: []", "        host: a\n        hosts: []"},
		{"deny: 404", "deny: 404, allow: {}"},
		{"deny: 404", "deny: 200"},
		{", deny: 404", ""},
		{"because: it is so", "because: ''"},
		{"{deny: 400, because", "{allow: {}, because"},
		{"fault: silent", "fault: silence"},
		{"  rule: {id: r,", "  rule: {id: r, id: s,"},
		{"backends: {session: [{status", "backends: {sessions: [{status"},
		{"X-D: e", "X-D: 1"},
		{`"\xc3\xa9"`, `"✓"`},
		{"send: POST /", "send: POST"},
		{"    requests:", "    refused: [{path: x}]\n    requests:"},
		{"    requests:", "    document: x\n    requests:"},
	} {
		text := strings.Replace(small, tc[0], tc[1], 1)
		if text == small {
			t.Fatalf("%q is not there", tc[0])
		}
		if _, err := parse("f.yaml", []byte(text), nil); err == nil {
			t.Errorf("accepted with %q for %q", tc[1], tc[0])
		}
	}
}
