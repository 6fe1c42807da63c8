package corpus

import (
	"path/filepath"
	"testing"
)

// dir is where the cases lie.
var dir = filepath.Join("..", "..", "testdata", "cases")

func load(t *testing.T) []Case {
	t.Helper()
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return cases
}

func TestCasesNative(t *testing.T) {
	var tally Tally
	cases := load(t)
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			res := Run(Native{}, &c, false)
			for _, p := range res.Problems {
				t.Errorf("%s: %s", c.File, p)
			}
			tally.Add(&res)
		})
	}
	tally.Report(t, cases)
}
