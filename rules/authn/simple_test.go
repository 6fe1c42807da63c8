package authn

import (
	"reflect"
	"slices"
	"testing"

	"oathgate/rules/pipeline"
)

func TestRegistry(t *testing.T) {
	if !slices.IsSorted(Names()) {
		t.Error("the names are not sorted")
	}
	for _, name := range Names() {
		if Registry(name) == nil {
			t.Errorf("%s has no constructor", name)
		}
	}
	for _, name := range []string{"", "Noop", "jwt ", "noop\x00"} {
		if Registry(name) != nil {
			t.Errorf("%q has a constructor", name)
		}
	}
}

func TestSimpleAuthenticators(t *testing.T) {
	for _, c := range []struct {
		name, config string
		headers      []string
		status       int
		subject      string
	}{
		{"noop", "", nil, 200, ""},
		{"noop", `{"anything": 1}`, []string{"authorization: Bearer x"}, 200, ""},
		{"unauthorized", "", nil, 401, ""},
		{"unauthorized", `{"anything": 1}`, []string{"authorization: Bearer x"}, 401, ""},
		{"anonymous", "", nil, 200, "anonymous"},
		{"anonymous", `{}`, nil, 200, "anonymous"},
		{"anonymous", `{"subject": ""}`, nil, 200, "anonymous"},
		{"anonymous", `{"subject": "guest"}`, nil, 200, "guest"},
		{"anonymous", `{"subject": "guest"}`, []string{"cookie: a=b"}, 200, "guest"},
		{"anonymous", `{"subject": "guest"}`, []string{"authorization: "}, 200, "guest"},
		{"anonymous", `{"subject": "guest"}`, []string{"authorization: x"}, 0, ""},
		{"anonymous", `{"subject": "guest"}`, []string{"Authorization: Basic eDp5"}, 0, ""},
	} {
		a, traits, problems := build(t, c.name, c.config)
		if problems != nil || !reflect.DeepEqual(traits, pipeline.Traits{Forgets: true}) {
			t.Errorf("%s %s: %v, %+v", c.name, c.config, problems, traits)
		}
		x := newWorld(t, nil).exchange(newRequest(t, "/", c.headers...))
		if got := verdict(t, a.Authenticate(x)); got != c.status || x.Session.Subject != c.subject || x.Session.Extra != nil {
			t.Errorf("%s %s %q: %d as %q", c.name, c.config, c.headers, got, x.Session.Subject)
		}
	}
}

// Every mistake in a configuration is reported, at its place, and no other one.
func TestMistakes(t *testing.T) {
	const url = `"check_session_url": "http://s.test/"`
	const intro = `"introspection_url": "http://i.test/"`
	for _, c := range []struct{ name, config, want string }{
		{"anonymous", `{"subjct": "x"}`, "subjct"},
		{"anonymous", `{"subject": 1}`, "subject"},
		{"anonymous", `[]`, "config"},

		{"cookie_session", ``, "check_session_url"},
		{"cookie_session", `{}`, "check_session_url"},
		{"cookie_session", `{"check_session_url": ""}`, "check_session_url"},
		{"cookie_session", `{"check_session_url": "/relative"}`, "check_session_url"},
		{"cookie_session", `{"check_session_url": "http://u:p@s.test/"}`, "check_session_url"},
		{"cookie_session", `{` + url + `, "only": "a"}`, "only"},
		{"cookie_session", `{` + url + `, "only": ["a", 1]}`, "only[1]"},
		{"cookie_session", `{` + url + `, "preserve_path": "true", "preserve_query": 0, "preserve_host": null}`, "preserve_path preserve_query preserve_host"},
		{"cookie_session", `{` + url + `, "force_method": "G T", "subject_from": 1, "extra_from": {}}`, "subject_from extra_from force_method"},
		{"cookie_session", `{` + url + `, "forward_http_headers": "a", "additional_headers": []}`, "forward_http_headers additional_headers"},
		{
			"cookie_session", `{` + url + `, "additional_headers": {"Host": "a", "X y": "b", "X-Ok": "c", "X-V": "a\r\nb", "Transfer_Encoding": "x", "X-N": 1}}`,
			`additional_headers.Host additional_headers["X y"] additional_headers.X-V additional_headers.Transfer_Encoding additional_headers.X-N`,
		},
		{"cookie_session", `{` + url + `, "token_from": {"header": "a"}}`, "token_from"},
		{"bearer_token", `{` + url + `, "only": []}`, "only"},
		{"bearer_token", `{` + url + `, "token_from": {}}`, "token_from"},
		{"bearer_token", `{` + url + `, "token_from": {"header": "a", "cookie": "b"}}`, "token_from"},
		{"bearer_token", `{` + url + `, "token_from": {"haeder": "a"}}`, "token_from.haeder"},
		{"bearer_token", `{` + url + `, "token_from": {"header": ""}}`, "token_from.header"},
		{"bearer_token", `{` + url + `, "token_from": {"cookie": 1}}`, "token_from.cookie"},
		{"bearer_token", `{` + url + `, "token_from": "a", "prefix": 1}`, "prefix token_from"},

		{"oauth2_introspection", ``, "introspection_url"},
		{"oauth2_introspection", `{` + intro + `, "required_scope": "a", "target_audience": {}, "trusted_issuers": [1]}`, "required_scope target_audience trusted_issuers[0]"},
		{"oauth2_introspection", `{` + intro + `, "scope_strategy": "Exact"}`, "scope_strategy"},
		{"oauth2_introspection", `{` + intro + `, "introspection_request_headers": {"Host": "x"}}`, "introspection_request_headers.Host"},
		{"oauth2_introspection", `{` + intro + `, "retry": {"max_delay": "1.5s", "give_up_after": 1, "x": 1}}`, "retry.max_delay retry.give_up_after retry.x"},
		{"oauth2_introspection", `{` + intro + `, "cache": {"enabled": 1, "ttl": "1", "max_cost": -1, "tll": ""}}`, "cache.enabled cache.ttl cache.max_cost cache.tll"},
		{"oauth2_introspection", `{` + intro + `, "pre_authorization": {"enabled": true}}`, "pre_authorization.client_id pre_authorization.client_secret pre_authorization.token_url"},
		{"oauth2_introspection", `{` + intro + `, "pre_authorization": {"enabled": false, "client_id": 1, "scopes": []}}`, "pre_authorization.scopes pre_authorization.client_id"},
		{
			"oauth2_introspection", `{` + intro + `, "pre_authorization": {"enabled": true, "client_id": "a", "client_secret": "b", "token_url": "x", "scope": "a", "audience": []}}`,
			"pre_authorization.audience pre_authorization.scope pre_authorization.token_url",
		},
		{"oauth2_introspection", `{` + intro + `, "introspection_urls": [], "token_from": null}`, "introspection_urls"},
	} {
		_, _, problems := build(t, c.name, c.config)
		if got := paths(problems); got != c.want {
			t.Errorf("%s %s: problems at %s, want %s", c.name, c.config, got, c.want)
		}
		for _, p := range problems {
			if p.Message == "" {
				t.Errorf("%s %s: %+v", c.name, c.config, p)
			}
		}
	}
}

func TestTraits(t *testing.T) {
	const url = `{"check_session_url": "http://s.test/"`
	const intro = `{"introspection_url": "http://i.test/"`
	for _, c := range []struct {
		name, config string
		want         pipeline.Traits
	}{
		{"cookie_session", url + `}`, pipeline.Traits{Waits: true, ReadsURL: true}},
		{"cookie_session", url + `, "preserve_path": true}`, pipeline.Traits{Waits: true}},
		{"cookie_session", url + `, "preserve_path": true, "preserve_query": false}`, pipeline.Traits{Waits: true, ReadsURL: true}},
		{"bearer_token", url + `, "preserve_path": true}`, pipeline.Traits{Waits: true}},
		{"bearer_token", url + `, "preserve_path": true, "token_from": {"header": "X-Token"}}`, pipeline.Traits{Waits: true, TokenHeaders: []string{"x-token"}}},
		{"bearer_token", url + `, "preserve_path": true, "token_from": {"query_parameter": "t"}}`, pipeline.Traits{Waits: true, ReadsURL: true}},
		{"oauth2_introspection", intro + `}`, pipeline.Traits{Waits: true}},
		{"oauth2_introspection", intro + `, "token_from": {"header": "X-Token"}}`, pipeline.Traits{Waits: true, TokenHeaders: []string{"x-token"}}},
		{"oauth2_introspection", intro + `, "token_from": {"query_parameter": "t"}}`, pipeline.Traits{Waits: true, ReadsURL: true}},
		{"oauth2_introspection", intro + `, "token_from": {"cookie": "t"}}`, pipeline.Traits{Waits: true}},
	} {
		_, traits, problems := build(t, c.name, c.config)
		if problems != nil || !reflect.DeepEqual(traits, c.want) {
			t.Errorf("%s %s: %+v, %v", c.name, c.config, traits, problems)
		}
	}
}
