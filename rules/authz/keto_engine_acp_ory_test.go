package authz

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"oathgate/internal/calltest"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
)

const ketoConfig = `"base_url": "http://keto.test", "required_action": "a", "required_resource": "r"`

// What keto is asked, key by key.
func TestKetoRequest(t *testing.T) {
	const at = `"requestedAt":"2026-01-02T03:04:05.6Z"`
	for _, c := range []struct{ config, header, target, body string }{
		{ketoConfig, "x: y", "/engines/acp/ory/regex/allowed", `{"action":"a","context":{"remoteIpAddress":"192.0.2.1",` + at + `},"resource":"r","subject":"alice"}`},
		{ketoConfig, "x-forwarded-for: 203.0.113.9", "/engines/acp/ory/regex/allowed", `{"action":"a","context":{"remoteIpAddress":"192.0.2.1",` + at + `},"resource":"r","subject":"alice"}`},
		{ketoConfig, "x-real-ip: 198.51.100.7", "/engines/acp/ory/regex/allowed", `{"action":"a","context":{"remoteIpAddress":"198.51.100.7",` + at + `},"resource":"r","subject":"alice"}`},
		{
			`"base_url": "http://keto.test/base/%20/?q=1", "required_action": "act:{{ printIndex .MatchContext.RegexpCaptureGroups 0 }}", "required_resource": "<{{ .MatchContext.Method }}>", "subject": "user:{{ .Subject }}", "flavor": "exact"`,
			"x: y", "/base/%20/engines/acp/ory/exact/allowed?q=1",
			`{"action":"act:g","context":{"remoteIpAddress":"192.0.2.1",` + at + `},"resource":"\u003cGET\u003e","subject":"user:alice"}`,
		},
		{`"base_url": "http://keto.test", "required_action": "", "required_resource": "", "subject": "", "flavor": ""`, "x: y", "/engines/acp/ory/regex/allowed", `{"action":"unset","context":{"remoteIpAddress":"192.0.2.1",` + at + `},"resource":"unset","subject":"alice"}`},
		{`"base_url": "http://keto.test", "required_action": "{{ .Extra.evil }}", "required_resource": "r"`, "x: y", "/engines/acp/ory/regex/allowed", `{"action":"x\",\"admin\":true,\"y\":\"","context":{"remoteIpAddress":"192.0.2.1",` + at + `},"resource":"r","subject":"alice"}`},
	} {
		a := mustBuild(t, "keto_engine_acp_ory", `{`+c.config+`}`, 0)
		w := calltest.New(t, calltest.Always(calltest.Reply(200, `{"allowed":true}`)))
		status, set := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/", c.header)))
		if status != 200 || len(w.Calls) != 1 || set != "" {
			t.Fatalf("%s: %d after %d calls", c.config, status, len(w.Calls))
		}
		call := w.Calls[0]
		if call.Method != "POST" || call.Target != c.target || string(call.Body) != c.body+"\n" || len(call.Headers) != 1 || call.Headers.Get("content-type") != "application/json" {
			t.Errorf("%s: %s, want %s %s", c.config, calltest.Wire(call), c.target, c.body)
		}
	}
}

// What keto says, and what that is to the client.
func TestKetoVerdicts(t *testing.T) {
	for _, c := range []struct {
		result      callout.Result
		want, asked int
	}{
		{calltest.Reply(200, `{"allowed":true}`), 200, 1},
		{calltest.Reply(200, ` {"x":[{}],"allowed":true} `), 200, 1},
		{calltest.Reply(200, `{"allowed":false}`), 403, 1},
		{calltest.Reply(200, `{"allowed":null}`), 403, 1},
		{calltest.Reply(200, `{}`), 403, 1},
		{calltest.Reply(200, `{"allowed":"true"}`), 500, 1},
		{calltest.Reply(200, `{"allowed":1}`), 500, 1},
		{calltest.Reply(200, `{"Allowed":true}`), 500, 1},
		{calltest.Reply(200, `{"allowed":false,"allowed":true}`), 500, 1},
		{calltest.Reply(200, `{"allowed":true} {}`), 500, 1},
		{calltest.Reply(200, `[true]`), 500, 1},
		{calltest.Reply(200, `true`), 500, 1},
		{calltest.Reply(200, `zz`), 500, 1},
		{calltest.Reply(200, ``), 500, 1},
		{calltest.Reply(201, `{"allowed":true}`), 500, 1},
		{calltest.Reply(403, `{"allowed":true}`), 403, 1},
		{calltest.Reply(404, `{}`), 500, 1},
		{calltest.Reply(302, ``, "location: /ok"), 500, 1},
		{calltest.Reply(429, ``), 500, 6},
		{calltest.Reply(500, ``), 500, 6},
		{callout.Result{Fault: callout.Connect}, 500, 6},
		{callout.Result{Fault: callout.Timeout}, 500, 1},
		{callout.Result{Fault: callout.TooLarge}, 500, 1},
		{callout.Result{Fault: callout.Overload}, 503, 1},
		{callout.Result{}, 500, 1},
	} {
		a := mustBuild(t, "keto_engine_acp_ory", `{`+ketoConfig+`}`, 0)
		w := calltest.New(t, calltest.Always(c.result))
		if status, _ := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/"))); status != c.want || len(w.Calls) != c.asked {
			t.Errorf("%v %d %s: %d after %d calls, want %d after %d", c.result.Fault, c.result.Response.Status, c.result.Response.Body, status, len(w.Calls), c.want, c.asked)
		}
	}
	a := mustBuild(t, "keto_engine_acp_ory", `{"base_url": "http://keto.test", "required_action": "{{ index .MatchContext.RegexpCaptureGroups 1 }}", "required_resource": "r"}`, 0)
	w := calltest.New(t, nil)
	if status, _ := ask(t, a, w, w.Exchange(calltest.Request(t, "GET", "/"))); status != 500 {
		t.Errorf("a template that fails: %d", status)
	}
}

// The client's address behind proxies that are believed.
func TestKetoClientAddress(t *testing.T) {
	for _, c := range []struct{ forwarded, header, want string }{
		{"", "x: y", "192.0.2.1"},
		{"", "x-real-ip: 10.0.0.9", "10.0.0.9"},
		{"10.0.0.1, 203.0.113.9, 203.0.113.10", "x-real-ip: 198.51.100.7", "203.0.113.9"},
		{"203.0.113.9", "x: y", "203.0.113.9"},
		{"unknown, _x, 203.0.113.9:80,::1,fd00::1,fe80::1,169.254.0.1,127.0.0.1,172.16.0.1,192.168.0.1,::ffff:10.0.0.1,2001:db8::1", "x: y", "2001:db8::1"},
		{"10.0.0.1", "x-real-ip: 198.51.100.7", "198.51.100.7"},
		{"10.0.0.1", "x: y", ""},
	} {
		r := calltest.Request(t, "GET", "/", c.header)
		r.ForwardedFor = c.forwarded
		if got := clientAddress(r); got != c.want {
			t.Errorf("%q, %s: %q, want %q", c.forwarded, c.header, got, c.want)
		}
	}
}

func TestKetoMistakes(t *testing.T) {
	for config, want := range map[string]string{
		`{}`: "base_url required_action required_resource",
		`{"base_url": "keto", "required_action": 1, "required_resource": "{{", "subject": [], "flavor": 2, "x": 3}`: "base_url flavor required_action required_resource subject x",
		`{` + ketoConfig + `, "subject": "{{ .Nothing }}"}`:                                                         "subject",
	} {
		if _, _, problems := build(t, "keto_engine_acp_ory", config, 0); paths(problems) != want {
			t.Errorf("%s: %v, want %s", config, problems, want)
		}
	}
	if _, traits, _ := build(t, "keto_engine_acp_ory", `{`+ketoConfig+`}`, 0); !reflect.DeepEqual(traits, pipeline.Traits{Waits: true, Regexp: true}) {
		t.Errorf("%+v", traits)
	}
}

func TestTimestampIsThatOfEncodingJSON(t *testing.T) {
	for _, at := range []time.Time{
		time.Unix(0, 0), time.Unix(1_700_000_000, 1), time.Unix(1_700_000_000, 120_000_000), calltest.Start,
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 0)), time.Date(1, 1, 1, 0, 0, 0, 0, time.FixedZone("", 3600)).AddDate(1, 0, 0),
	} {
		want, err := json.Marshal(at.UTC())
		if got := `"` + timestamp(at) + `"`; err != nil || got != string(want) {
			t.Errorf("%s, want %s, %v", got, want, err)
		}
	}
}
