package corpus

import "testing"

// Tally counts what was run, so that nothing is left out unseen.
type Tally struct {
	ran             map[string]bool
	Cases, Requests int
}

// Add counts a case that was run to its end or to its first error.
func (n *Tally) Add(r *Result) {
	if n.ran == nil {
		n.ran = map[string]bool{}
	}
	n.ran[r.Case.ID] = true
	n.Cases++
	n.Requests += len(r.Observations)
}

// Report prints the counts, and fails the test for every case that was not run and every request that has no
// observation.
func (n *Tally) Report(t testing.TB, cases []Case) {
	t.Helper()
	want := 0
	for _, c := range cases {
		want += len(c.Requests)
		if !n.ran[c.ID] {
			t.Errorf("the case %s was not run", c.ID)
		}
	}
	if n.Requests != want && !t.Failed() {
		t.Errorf("%d requests were made, the cases have %d", n.Requests, want)
	}
	t.Logf("total: %d cases, %d requests", n.Cases, n.Requests)
}
