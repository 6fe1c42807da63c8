package validate

import (
	"os"
	"path/filepath"
	"testing"

	"oathgate/internal/corpus"
	"oathgate/internal/policy"
	"oathgate/internal/source"
	"oathgate/rules/request"
)

// Whatever configuration of the cases has a request that two rules are for, an overlap of it is found; and what is found
// there is one.
func TestOverlapsOfTheCases(t *testing.T) {
	cases, err := corpus.Load(filepath.Join("..", "..", "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	overlapping := 0
	for _, c := range cases {
		if len(c.Refused) > 0 {
			continue
		}
		file := filepath.Join(t.TempDir(), "a.json")
		if err := os.WriteFile(file, c.Document, 0o600); err != nil {
			t.Fatal(err)
		}
		report := Run(source.Options{Files: []string{file}})
		if report.Problems != nil {
			t.Fatalf("%s: %s", c.ID, report.Problems[0])
		}
		confirm(t, file, report)
		p, problems := policy.Load(source.Options{Files: []string{file}})
		if problems != nil {
			t.Fatal(problems[0])
		}
		met := false
		for i := range c.Requests {
			d := corpus.Deliver(&c.Requests[i], c.TLS)
			raw := request.Raw{Method: d.Method, Scheme: d.Scheme, Authority: d.Authority, Path: d.Path}
			if r, refusal := request.New(raw, p.Program.RequestOptions); refusal == nil && many(p, r) {
				met = true
			}
		}
		if met {
			overlapping++
			if len(report.Pairs) == 0 {
				t.Errorf("%s has a request that several rules are for, and no overlap is found", c.ID)
			}
		}
	}
	t.Logf("%d configurations have such requests", overlapping)
	if overlapping < 3 {
		t.Error("that is too few to say anything")
	}
}
