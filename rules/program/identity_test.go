package program_test

import (
	"slices"
	"strings"
	"testing"

	"oathgate/rules/program"
	"oathgate/rules/request"
)

// guarded is a program with two rules of which the first sets X-User, and more.
func guarded(t *testing.T, sets, oathgate string) *program.Program {
	t.Helper()
	rule := func(id, mutator string) string {
		return `{"id": "` + id + `", "match": {"url": "http://a.test/` + id + `", "methods": ["GET"]},
			"authenticators": [{"handler": "anonymous"}], "authorizer": {"handler": "allow"}, "mutators": [` + mutator + `]}`
	}
	p, problems := program.Load([]byte(`{"access_rules": {"rules": [` +
		rule("sets", `{"handler": "header", "config": {"headers": {"X-User": "u"`+sets+`}}}`) + `,` + rule("leaves", `{"handler": "noop"}`) + `]},
		"authenticators": {"anonymous": {"enabled": true}}, "authorizers": {"allow": {"enabled": true}},
		"mutators": {"noop": {"enabled": true}, "header": {"enabled": true, "config": {"headers": {}}}}, "oathgate": {` + oathgate + `}}`))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p
}

func TestUnproven(t *testing.T) {
	const sent = "x-user x_user accept x-oathgate-cluster x_oathgate_cluster x-forwarded-for x_forwarded_for x_forwarded-host forwarded x-forwarded-proto x_forwarded_proto proxy-authorization x_other"
	r := &request.Request{Scheme: "http"}
	for name := range strings.FieldsSeq(sent) {
		r.Headers.Add(name, "of the client")
	}
	for _, c := range []struct{ oathgate, want string }{
		{`"routing": "rules"`, "x-user x_user x-oathgate-cluster x_oathgate_cluster x-forwarded-for x_forwarded_for x_forwarded-host forwarded x_forwarded_proto proxy-authorization"},
		{`"routing": "envoy"`, "x-user x_user x-oathgate-cluster x_oathgate_cluster"},
	} {
		p := guarded(t, "", c.oathgate)
		if got := p.Unproven(r, nil); !slices.Equal(got, strings.Fields(c.want)) {
			t.Errorf("%s: %q", c.oathgate, got)
		}
		set := request.Headers{{Name: "x-user", Value: "u"}}
		if got := p.Unproven(r, set); !slices.Equal(got, strings.Fields(c.want)[1:]) {
			t.Errorf("%s, with X-User set: %q", c.oathgate, got)
		}
	}
}

// Other spellings of a header that is set are removed, also of one that no
// configuration names: a hydrator's.
func TestAliasesOfWhatIsSet(t *testing.T) {
	r := &request.Request{Scheme: "http"}
	for _, name := range []string{"x-tier", "x_tier", "x-tiers", "x_tiers", "xtier", "a_b", "a-b"} {
		r.Headers.Add(name, "of the client")
	}
	p := guarded(t, "", `"routing": "envoy"`)
	for set, want := range map[string]string{"x-tier": "x_tier", "x_tier": "x-tier", "a-b": "a_b", "x-other": "", "x-ti-r": ""} {
		if got := p.Unproven(r, request.Headers{{Name: set, Value: "v"}}); strings.Join(got, " ") != want {
			t.Errorf("%s is set, and removed are %q, want %q", set, got, want)
		}
	}
}

// Envoy finds no route without X-Forwarded-Proto: it is made true, never removed.
func TestForwardedProtoIsMadeTrue(t *testing.T) {
	for _, c := range []struct {
		sets, oathgate string
		sent           []string
		want           string
	}{
		{"", `"routing": "rules"`, []string{"http"}, ""},
		{"", `"routing": "rules"`, []string{"https"}, "http"},
		{"", `"routing": "rules"`, []string{"http", "https"}, "http"},
		{"", `"routing": "rules"`, nil, ""},
		{"", `"routing": "envoy"`, []string{"https"}, ""},
		{`, "X-Forwarded-Proto": "p"`, `"routing": "rules"`, []string{"http"}, ""},
		{`, "X-Forwarded-Proto": "p"`, `"routing": "envoy"`, []string{"https"}, "http"},
	} {
		p := guarded(t, c.sets, c.oathgate)
		r := &request.Request{Scheme: "http"}
		for _, value := range c.sent {
			r.Headers.Add("x-forwarded-proto", value)
		}
		if got := p.Truth(r, nil).Get("x-forwarded-proto"); got != c.want {
			t.Errorf("%v: set to %q", c, got)
		}
		if p.Unproven(r, nil) != nil {
			t.Errorf("%v: removed", c)
		}
	}
}

// GHSA-w9mr-28mw-j8hg: a client names the identity header in Connection, and the
// next hop drops it. Envoy hands that line on with upgrades alone.
func TestUpgradeNamesNoHeader(t *testing.T) {
	p := guarded(t, "", "")
	for _, c := range []struct {
		headers request.Headers
		want    string
	}{
		{request.Headers{{Name: "connection", Value: "Upgrade"}, {Name: "upgrade", Value: "websocket"}}, ""},
		{request.Headers{{Name: "connection", Value: "Upgrade, X-User"}, {Name: "upgrade", Value: "websocket"}}, "upgrade"},
		{request.Headers{{Name: "connection", Value: "X-User"}, {Name: "connection", Value: "upgrade"}, {Name: "upgrade", Value: "websocket"}}, "upgrade"},
	} {
		set := p.Truth(&request.Request{Scheme: "http", Headers: c.headers}, request.Headers{{Name: "x-user", Value: "u"}})
		if got := set.Get("connection"); got != c.want || set.Get("x-user") != "u" {
			t.Errorf("%v: set to %q", c.headers, got)
		}
	}
}

// A trailer may say nothing that a rule says, in any spelling, nor what rules judge
// by the headers.
func TestUnprovenTrailers(t *testing.T) {
	const sent = "x-user x_user x-sum grpc-status x-oathgate-cluster x_oathgate_cluster x-forwarded-for x_forwarded_proto x-forwarded-proto forwarded " +
		"authorization cookie host content-length content-type content-digest transfer-encoding te trailer accept user-agent x-envoy-retry-on x-tier x_tier X-Tiers"
	for _, oathgate := range []string{`"routing": "rules"`, `"routing": "envoy"`} {
		p := guarded(t, "", oathgate)
		for set, kept := range map[string]string{"": "x-sum grpc-status x-tier x_tier X-Tiers", "x-tier": "x-sum grpc-status X-Tiers", "x_sum": "grpc-status x-tier x_tier X-Tiers"} {
			var want []string
			for name := range strings.FieldsSeq(sent) {
				if !slices.Contains(strings.Fields(kept), name) {
					want = append(want, name)
				}
			}
			if got := p.UnprovenTrailers(strings.Fields(sent), strings.Fields(set)); !slices.Equal(got, want) {
				t.Errorf("%s, %q set: %q, want %q", oathgate, set, got, want)
			}
		}
	}
}
