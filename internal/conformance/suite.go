package conformance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"oathgate/internal/corpus"
	"oathgate/internal/supervise"
)

// Standard is the file of the standard cases, which lies beside the project.
func Standard() string {
	return filepath.Join(supervise.Root(), "..", "shared", "conformance", "cases.jsonl")
}

// Mode is how a case is replayed.
type Mode string

// The modes.
const (
	ProxyMode    Mode = "proxy"
	DecisionMode Mode = "decision"
)

// Suite is all cases in one mode, for one target.
type Suite struct {
	Prepared []*Prepared
	mode     Mode
	target   string
	// complete says that these are the standard cases, all of them and no others.
	complete bool
}

// NewSuite reads the cases: the standard ones, if they are there, and those of the files that CONFORMANCE_CASES lists.
// target is native, wazero or envoy. Without any case the test is skipped.
func NewSuite(t *testing.T, target string, mode Mode) *Suite {
	t.Helper()
	var files []string
	if _, err := os.Stat(Standard()); err == nil {
		files = append(files, Standard())
	}
	files = append(files, filepath.SplitList(os.Getenv("CONFORMANCE_CASES"))...)
	if len(files) == 0 {
		t.Skip("there are no recorded cases: neither ../shared/conformance/cases.jsonl nor CONFORMANCE_CASES")
	}
	cases, err := Load(files...)
	if err != nil {
		t.Fatal(err)
	}
	only, area := os.Getenv("CONFORMANCE_ONLY"), os.Getenv("CONFORMANCE_AREA")
	s := &Suite{mode: mode, target: target, complete: len(files) == 1 && files[0] == Standard() && only == "" && area == ""}
	ids, areas := regexp.MustCompile(only), regexp.MustCompile(area)
	for _, c := range cases {
		if !ids.MatchString(c.ID) || !areas.MatchString(c.Area) {
			continue
		}
		if mode == DecisionMode {
			c = c.OnDecisionAPI()
		}
		p, err := Prepare(c, target == "envoy")
		if err != nil {
			t.Fatalf("%s: %v", c.ID, err)
		}
		s.Prepared = append(s.Prepared, p)
	}
	return s
}

// Configurations are all that the cases were prepared to: those that they start with, and those that come after a change.
func (s *Suite) Configurations() []*Prepared {
	var all []*Prepared
	for _, p := range s.Prepared {
		all = append(all, p)
		for _, next := range p.Reloads {
			if next != nil {
				all = append(all, next)
			}
		}
	}
	return all
}

// most is the share of the cases in scope that may be covered by a row, in per cent.
const most = 10

// Run replays every case, each as a test of its own, and prints the figures. It fails for every difference that no row
// covers; with the standard cases alone also for every row that none of them needs, and for too many that are covered.
func (s *Suite) Run(t *testing.T, target corpus.Target) {
	t.Helper()
	sum := Summary{target: s.target}
	ran := 0
	for _, p := range s.Prepared {
		t.Run(p.Case.ID, func(t *testing.T) {
			res, err := p.Run(target)
			if err != nil {
				t.Fatal(err)
			}
			open := sum.Add(res)
			ran++
			for _, d := range res.Differences {
				if slices.Contains(open, d) {
					t.Errorf("%s: %s: %s", p.Case.Area, d.Part, d.Text)
				} else {
					t.Logf("by a row: %s: %s", d.Part, d.Text)
				}
			}
		})
	}
	fmt.Printf("recorded cases of Oathkeeper, %s, %s:\n%s\n", s.target, s.mode, &sum)
	if !s.complete || ran < len(s.Prepared) {
		return
	}
	for _, unused := range sum.Unused(s.mode) {
		t.Errorf("no case needs the row for %s: take it out, or say which mode or target needs it", unused)
	}
	if share := sum.Share(); share > most {
		t.Errorf("%.1f %% of the cases in scope differ as a row says, and not in words alone: at most %d %% may", share, most)
	}
}
