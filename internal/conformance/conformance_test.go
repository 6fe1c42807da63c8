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
				res, err := Run(corpus.Native{}, c)
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
		for _, unused := range sum.Unused() {
			t.Errorf("no case needs the row for %s: take it out", unused)
		}
	}
	t.Log("\n" + sum.String())
}
