package corpus

import (
	"context"
	"os"
	"testing"

	"oathgate/e2e/harness"
)

// The compiled filter must come to what the cases say, and to what the packages under rules/ come to natively.
func TestCasesWazero(t *testing.T) {
	path, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := NewWazero(context.Background(), module)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	cases := load(t)
	var tally Tally
	for _, c := range cases {
		t.Run(c.ID, func(t *testing.T) {
			res := Run(w, &c, false)
			for _, p := range res.Problems {
				t.Errorf("%s: %s", c.File, p)
			}
			tally.Add(&res)
			natively := Run(Native{}, &c, false)
			if len(natively.Observations) != len(res.Observations) {
				t.Fatalf("%s: %d requests were made, natively %d", c.File, len(res.Observations), len(natively.Observations))
			}
			for i, o := range res.Observations {
				for _, p := range Differ(&c.Requests[i], natively.Observations[i], o) {
					t.Errorf("%s: %s: unlike natively: %s", c.File, c.Requests[i].Name, p)
				}
			}
		})
	}
	tally.Report(t, cases)
}
