package main

import (
	"slices"
	"strings"
	"testing"

	"oathgate/bench/workload"
)

func TestNativeMatch(t *testing.T) {
	setup := workload.Setups(workload.Options{Wanted: func(name string) bool { return name == matchSetup }})[0]
	rules := setup.Access[:40]
	took, err := nativeMatch(rules, 2, 1)
	if err != nil || len(took) != 2 || slices.Min(took) <= 0 {
		t.Errorf("%v, %v", took, err)
	}
	for problem, change := range map[string]func(r *workload.Rule){
		"rules that are not accepted":                              func(r *workload.Rule) { r.URL = "http://<(>/" },
		"is not for rule 7":                                        func(r *workload.Rule) { r.Example = rules[8].Example },
		"http://host7.example.com/%2e%2e/x%00 is refused":          func(r *workload.Rule) { r.Example = "http://host7.example.com/%2e%2e/x%00" },
		"parse \"http://host7.example.com/%\": invalid URL escape": func(r *workload.Rule) { r.Example = "http://host7.example.com/%" },
	} {
		changed := slices.Clone(rules)
		change(&changed[7])
		if _, err := nativeMatch(changed, 1, 1); err == nil || !strings.Contains(err.Error(), problem) {
			t.Errorf("%v, not %q", err, problem)
		}
	}
}
