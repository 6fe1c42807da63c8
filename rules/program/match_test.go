package program_test

import (
	"fmt"
	"strings"
	"testing"

	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Each of the patterns stays within the steps of one match, all of them do not: a
// client that chooses the URL must not choose how long a worker works.
func TestStepsOfAllPatterns(t *testing.T) {
	var list []string
	for i := range 999 {
		list = append(list, fmt.Sprintf(`{"id": "r%d", "match": {"url": "<https?>://<[a-z.]+>/<([a-z]|/)*[0-9]{%d}>", "methods": ["GET"]},
			"authenticators": [{"handler": "noop"}], "authorizer": {"handler": "allow"}, "mutators": [{"handler": "noop"}]}`, i, i+1))
	}
	p, problems := program.Load([]byte(`{"access_rules": {"rules": [` + strings.Join(list, ",") + `]},
		"authenticators": {"noop": {"enabled": true}}, "authorizers": {"allow": {"enabled": true}}, "mutators": {"noop": {"enabled": true}}}`))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	for path, want := range map[string]int{
		"/" + strings.Repeat("a", 100):       404,
		"/" + strings.Repeat("a", 7000):      500,
		"/" + strings.Repeat("a", 100) + "1": 200,
	} {
		r, refusal := request.New(request.Raw{Method: "GET", Scheme: "http", Authority: "a.test", Path: path}, p.RequestOptions)
		if refusal != nil {
			t.Fatal(refusal)
		}
		got := 200
		if _, err := p.Match(r); err != nil {
			got = err.Status
		}
		if got != want {
			t.Errorf("a path of %d bytes: %d, want %d", len(path), got, want)
		}
	}
}
