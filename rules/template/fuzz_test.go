package template_test

import (
	"strings"
	"testing"

	"oathgate/rules/template"
)

// unlike says that a template may differ on purpose: Oathkeeper prints
// addresses for it, its order is random, or it is not to be had here.
func unlike(text string) bool {
	for _, word := range []string{
		// Random, or the clock, or the process.
		"keys", "values", "rand", "shuffle", "uuid", "now", "ago", "env", "getHostByName", "gen", "encrypt", "bcrypt", "htpasswd",
		// Sprig changes what it is given: maps of the session, groups, into cycles.
		"sortAlpha", "set", "merge",
		"%p", "%#", "%+",
	} {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// compare executes text here and in text/template over every sample. What we
// execute must be what Oathkeeper gives. What Oathkeeper gives and we do not
// must be refused when it is compiled, or for one of the reasons here.
func compare(t *testing.T, text string) (compiled bool) {
	t.Helper()
	if unlike(text) {
		return false
	}
	tmpl, err := template.Compile("t", text, template.SessionShape)
	if err != nil {
		return false
	}
	for i, data := range samples() {
		got, err := tmpl.Execute(session{data})
		want, wantErr := oathkeeper(text, data)
		if err != nil && strings.Contains(err.Error(), "internal error") {
			t.Errorf("%s\nsample %d: %v", text, i, err)
		}
		if strings.Contains(want, "0xc0") { // an address
			continue
		}
		switch {
		case err == nil && wantErr != nil:
			t.Errorf("%s\nsample %d: %q, want error %v", text, i, got, wantErr)
		case err == nil && got != want:
			t.Errorf("%s\nsample %d: %q, want %q", text, i, got, want)
		case err != nil && wantErr == nil && !stricter(err.Error()):
			t.Errorf("%s\nsample %d: error %v, want %q", text, i, err, want)
		}
	}
	return true
}

// stricter are errors of limits, and of values that have a text in Oathkeeper
// only by accident.
func stricter(err string) bool {
	for _, reason := range []string{
		"has no text", "no JSON form", "has no name here", "cannot be compared", "more than", "too many", "too deeply", "memory address",
		"slice index out of bounds", "not supported", "size of a chunk", "not UTF-8", "more than 2000 digits", "there is no clock", "regular expression", "to repeat before", "bracket", "parenthesis", "there is no group", "there is no escape", "repeat count", "a range ends", `\\p{`, `\\x`, "backslash", "only UTC",
	} {
		if strings.Contains(err, reason) {
			return true
		}
	}
	return false
}

func TestGeneratedTemplatesAreThoseOfOathkeeper(t *testing.T) {
	const count = 3000
	compiled := 0
	for seed := range uint64(count) {
		if compare(t, newGenerator(seed).template()) {
			compiled++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if compiled < count/2 {
		t.Errorf("of %d templates %d compiled", count, compiled)
	}
}

func FuzzTemplate(f *testing.F) {
	for _, text := range strings.Split(actions+sprigActions, "\n") {
		f.Add(text)
	}
	for seed := range uint64(50) {
		f.Add(newGenerator(seed).template())
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 2000 {
			return
		}
		compare(t, text)
		if tmpl, err := template.Compile("t", text, nil); err == nil {
			if _, err := tmpl.Execute(nil); err != nil && strings.Contains(err.Error(), "internal error") {
				t.Errorf("%s: %v", text, err)
			}
			_ = tmpl.Uses("MatchContext", "URL")
		}
	})
}

func FuzzGenerated(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { compare(t, newGenerator(seed).template()) })
}
