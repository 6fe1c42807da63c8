package program_test

import (
	"fmt"
	"strings"
	"testing"

	"oathgate/internal/ruletest"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
)

// laborious are rules each of which takes long to find that a long path does not match.
func laborious() (list []ruletest.Rule) {
	for i := range 999 {
		list = append(list, ruletest.Rule{URL: fmt.Sprintf("<https?>://<[a-z.]+>/<([a-z]|/)*[0-9]{%d}>", i+1)})
	}
	return list
}

func loadRules(t *testing.T, list []ruletest.Rule) *program.Program {
	t.Helper()
	p, problems := program.Load(ruletest.Document("regexp", list))
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	return p
}

// Each of the patterns stays within the steps of one match, all of them do not: a
// client that chooses the URL must not choose how long a worker works.
func TestStepsOfAllPatterns(t *testing.T) {
	p := loadRules(t, laborious())
	for path, want := range map[string]int{
		"/" + strings.Repeat("a", 100):       404,
		"/" + strings.Repeat("a", 7000):      500,
		"/" + strings.Repeat("a", 100) + "1": 200,
	} {
		got := 200
		if _, err := p.Match(newRequest(t, p, "GET", "http://a.test"+path)); err != nil {
			got = err.Status
		}
		if got != want {
			t.Errorf("a path of %d bytes: %d, want %d", len(path), got, want)
		}
	}
}

// Once two rules match that no other goes before, the rest are not tried.
func TestTwoAreEnough(t *testing.T) {
	long := "http://a.test/" + strings.Repeat("a", 7000)
	for _, c := range []struct {
		priority, of int // of two rules for everything, and of one of the others
		enough       bool
	}{
		{0, 0, true},
		{1, 0, true},
		{-1, -2, false}, // the others' is 0
		{0, 1, false},
	} {
		all := ruletest.Rule{URL: "<.*>", Priority: c.priority}
		list := append([]ruletest.Rule{all, all}, laborious()...)
		list[2].Priority = c.of
		p := loadRules(t, list)
		_, err := p.Match(newRequest(t, p, "GET", long))
		if err == nil || err.Status != 500 || (err.Error() == pipeline.ManyRules().Error()) != c.enough {
			t.Errorf("priority %d, another %d: %v", c.priority, c.of, err)
		}
	}
}
