package conformance

import (
	"os"
	"path/filepath"
	"testing"

	"oathgate/internal/corpus"
)

// standard lies beside the project.
var standard = filepath.Join("..", "..", "..", "shared", "conformance", "cases.jsonl")

func TestConformanceNative(t *testing.T) {
	replay(t, rows, func(c *Case) *Case { return c })
}

// The same rules, asked for decisions.
func TestConformanceDecisions(t *testing.T) {
	replay(t, asked, (*Case).OnDecisionAPI)
}

// replay runs every case as a mode has it. With the standard cases alone each of the mode's rows must be needed.
func replay(t *testing.T, needed []row, as func(*Case) *Case) {
	var files []string
	if _, err := os.Stat(standard); err == nil {
		files = append(files, standard)
	}
	files = append(files, filepath.SplitList(os.Getenv("CONFORMANCE_CASES"))...)
	if len(files) == 0 {
		t.Skip("there are no recorded cases: neither ../shared/conformance/cases.jsonl nor CONFORMANCE_CASES")
	}
	var sum Summary
	for _, file := range files {
		cases, err := Load(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			t.Run(c.ID, func(t *testing.T) {
				res, err := Run(corpus.Native{}, as(c))
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range sum.Add(res) {
					t.Errorf("%s: %s: %s", c.Area, d.Part, d.Text)
				}
			})
		}
	}
	if len(files) == 1 && files[0] == standard {
		for _, unused := range sum.Unused(needed) {
			t.Errorf("no case needs the row for %s: take it out", unused)
		}
	}
	t.Log("\n" + sum.String())
}
