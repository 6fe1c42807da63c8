package program_test

import (
	"encoding/json"
	"slices"
	"testing"

	"oathgate/rules/program"
)

const whole = `{
	"access_rules": {"matching_strategy": "regexp", "rules": [
		{"id": "a", "version": "v0.40.0", "description": "d", "priority": 1,
		 "match": {"url": "http://a.test/<.*>", "methods": ["GET"]},
		 "authenticators": [{"handler": "anonymous", "config": {"subject": "s"}}, {"handler": "cookie_session", "config": {"only": ["a"]}},
			{"handler": "oauth2_introspection", "config": {"token_from": {"header": "X-T"}, "cache": {"enabled": true, "ttl": "1s"}}}],
		 "authorizer": {"handler": "allow"},
		 "mutators": [{"handler": "header", "config": {"headers": {"X-A": "{{ .Subject }}"}}}, {"handler": "noop"}],
		 "errors": [{"handler": "json", "config": {"when": [{"error": ["forbidden"], "request": {"cidr": ["10.0.0.0/8"]}}]}}],
		 "upstream": {"url": "http://up.test/x", "strip_path": "/a", "preserve_host": true}}
	]},
	"authenticators": {
		"anonymous": {"enabled": true},
		"cookie_session": {"enabled": true, "config": {"check_session_url": "http://s.test/"}},
		"oauth2_introspection": {"enabled": true, "config": {"introspection_url": "http://i.test/"}}},
	"authorizers": {"allow": {"enabled": true}},
	"mutators": {"noop": {"enabled": true}, "header": {"enabled": true, "config": {"headers": {}}}},
	"errors": {"fallback": ["json"], "handlers": {"json": {"enabled": true, "config": {"verbose": true}}}},
	"oathgate": {"clusters": {"http://up.test": "up"}, "paths": "strict", "limits": {"callout_timeout": "1s"}}
}`

// Whatever stands at whatever place of a document: either there is a program, or
// there are problems, each at a place.
func TestLoadOfAnything(t *testing.T) {
	load := func(doc any) bool {
		text, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		p, problems := program.Load(text)
		if (p == nil) != (len(problems) > 0) {
			t.Errorf("%v with %v: %s", p, problems, text)
		}
		for i, problem := range problems {
			if problem.Path == "" || problem.Message == "" {
				t.Errorf("a problem without a place: %q: %s", problem, text)
			}
			if slices.Contains(problems[:i], problem) {
				t.Errorf("a problem twice: %q: %s", problem, text)
			}
		}
		return p != nil
	}
	var root any
	if err := json.Unmarshal([]byte(whole), &root); err != nil {
		t.Fatal(err)
	}
	if !load(root) {
		t.Fatal("the document itself is refused")
	}
	refused, places := 0, 0
	try := func(set func(any), old any) {
		places++
		for _, v := range []any{nil, true, 5, 1.5, "", "x", "<(", "{{", []any{}, []any{nil}, []any{"x"}, map[string]any{}, map[string]any{"x": 1}} {
			set(v)
			if !load(root) {
				refused++
			}
		}
		set(old)
	}
	var walk func(n any)
	walk = func(n any) {
		switch n := n.(type) {
		case map[string]any:
			for k, v := range n {
				try(func(v any) { n[k] = v }, v)
				walk(v)
			}
		case []any:
			for i, v := range n {
				try(func(v any) { n[i] = v }, v)
				walk(v)
			}
		}
	}
	walk(root)
	if places < 60 || refused < 6*places {
		t.Errorf("of 13 values at each of %d places %d were refused", places, refused)
	}
}

// A mistake in a rule's shape hides no other mistake.
func TestLoadReportsAll(t *testing.T) {
	_, problems := program.Load([]byte(`{
		"access_rules": {"rules": [
			{"id": "a", "match": {"url": "", "methods": ["GET"]}, "authenticators": [{"handler": "nobody"}], "authorizer": {}, "mutators": [{"handler": "noop"}], "upstream": {"url": "x"}},
			{"id": "b", "match": {"url": "http://<(", "methods": ["GET"]}, "authenticators": [{"handler": "noop"}], "authorizer": {"handler": "deny"}, "mutators": []}
		]},
		"authenticators": {"noop": {"enabled": true}}, "authorizers": {"allow": {"enabled": true}}, "mutators": {"noop": {"enabled": true}}
	}`))
	var got []string
	for _, p := range problems {
		got = append(got, p.Rule+" "+p.Path)
	}
	slices.Sort(got)
	want := []string{
		"a access_rules.rules[0].authenticators[0]", "a access_rules.rules[0].authorizer.handler", "a access_rules.rules[0].match.url",
		"a access_rules.rules[0].upstream.url", "b access_rules.rules[1].authorizer", "b access_rules.rules[1].match.url", "b access_rules.rules[1].mutators",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant\n%q", got, want)
	}
}
