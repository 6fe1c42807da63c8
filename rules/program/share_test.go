package program

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// many is a document with n rules: the pattern of the one at bad, if there is one, is wrong.
func many(t testing.TB, n, bad int) []byte {
	t.Helper()
	type m = map[string]any
	type l = []any
	rules := make(l, n)
	for i := range rules {
		url := "http://app.test/" + strconv.Itoa(i) + "/<.*>"
		if i == bad {
			url = "http://app.test/<(>"
		}
		rules[i] = m{
			"id": "r" + strconv.Itoa(i), "match": m{"url": url, "methods": l{"GET", "POST"}}, "upstream": m{"url": "http://up.test/x", "strip_path": "/a"},
			"authenticators": l{m{"handler": "anonymous", "config": m{"subject": "guest" + strconv.Itoa(i%2)}}}, "authorizer": m{"handler": "allow"},
			"mutators": l{m{"handler": "header", "config": m{"headers": m{"X-User": "{{ print .Subject }}"}}}, m{"handler": "noop"}},
		}
	}
	text, err := json.Marshal(m{
		"access_rules":   m{"rules": rules},
		"authenticators": m{"anonymous": m{"enabled": true}},
		"authorizers":    m{"allow": m{"enabled": true}},
		"mutators":       m{"noop": m{"enabled": true}, "header": m{"enabled": true, "config": m{"headers": m{"X-Rule": "{{ .Extra.r }}"}}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestRulesShareWhatIsEqual(t *testing.T) {
	p, problems := Load(many(t, 4, -1))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	a, b, c := &p.rules[0], &p.rules[1], &p.rules[2]
	if a.Authenticators[0] != c.Authenticators[0] || a.Mutators[0] != b.Mutators[0] || a.Upstream != b.Upstream || &a.methods[0] != &b.methods[0] {
		t.Error("equal handlers, upstreams or methods are there twice")
	}
	if a.Authenticators[0] == b.Authenticators[0] {
		t.Error("two rules with other configurations share a handler")
	}
}

// A mistake in the last of many rules is told, with its place.
func TestLastMistakeOfMany(t *testing.T) {
	const n = 10_000
	p, problems := Load(many(t, n, n-1))
	if p != nil || len(problems) != 1 || problems[0].Rule != "r9999" || problems[0].Path != "access_rules.rules[9999].match.url" || problems[0].Line == 0 {
		t.Fatal(p, problems)
	}
	if p, problems := Load(many(t, n, -1)); p == nil || p.Rules() != n {
		t.Fatal(problems)
	}
	if p, problems := Load(many(t, n+1, -1)); p != nil || len(problems) != 1 || !strings.Contains(problems[0].Message, "at most 10000") {
		t.Fatal(problems)
	}
}
