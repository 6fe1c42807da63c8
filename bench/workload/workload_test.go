package workload

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/tokentest"
	"oathgate/rules/pattern"
)

// Each rule of the mix with an example is the one that matches it, the others are 5 % and have a second one, and what
// matches nothing matches nothing.
func TestMix(t *testing.T) {
	rules := mix(1000)
	patterns := make([]*pattern.Pattern, len(rules))
	for i, r := range rules {
		var err error
		if patterns[i], err = pattern.Compile(pattern.Regexp, r.URL); err != nil {
			t.Fatal(r.URL, err)
		}
	}
	var scratch pattern.Scratch
	matching := func(url string) (found []int) {
		for i, p := range patterns {
			ok, err := p.Match([]byte(url), &scratch)
			if err != nil {
				t.Fatal(url, err)
			}
			if ok {
				found = append(found, i)
			}
		}
		return found
	}
	overlapping := 0
	for i, r := range rules {
		if r.Example == "" {
			overlapping++
			if found := matching(r.URL); !slices.Equal(found, []int{i, i + 1}) {
				t.Errorf("%s: rules %v match", r.URL, found)
			}
			continue
		}
		if found := matching(r.Example); !slices.Equal(found, []int{i}) {
			t.Errorf("%s: rules %v match, not %d", r.Example, found, i)
		}
	}
	if overlapping != len(rules)/20 {
		t.Errorf("%d of %d rules overlap with the next", overlapping, len(rules))
	}
	if found := matching(nothing); len(found) != 0 {
		t.Errorf("%s: rules %v match", nothing, found)
	}
}

// Each of the rules that are alike is the one that matches its example.
func TestAlike(t *testing.T) {
	rules := alike(12)
	for i, r := range rules {
		p, err := pattern.Compile(pattern.Regexp, r.URL)
		if err != nil {
			t.Fatal(r.URL, err)
		}
		var scratch pattern.Scratch
		for j, other := range rules {
			if ok, err := p.Match([]byte(other.Example), &scratch); err != nil || ok != (i == j) {
				t.Errorf("%s matches %s: %v, %v", r.URL, other.Example, ok, err)
			}
		}
	}
}

func TestSetups(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Setups(Options{Full: true, Tokens: 16}) {
		if names[s.Name] || s.Rules != len(s.Access) || s.Title == "" || len(s.Workloads) == 0 || len(s.Probes) == 0 {
			t.Errorf("%s: %d rules, title %q, %d workloads, %d probes", s.Name, s.Rules, s.Title, len(s.Workloads), len(s.Probes))
		}
		names[s.Name] = true
		for _, w := range s.Workloads {
			if w.Name == "" || w.Title == "" || w.Status == 0 {
				t.Errorf("%s: %+v", s.Name, w)
			}
			readable(t, w.Sample)
		}
		for _, p := range s.Probes {
			if p.Status < 400 {
				t.Errorf("%s: %s: status %d is no refusal", s.Name, p.Name, p.Status)
			}
			readable(t, p.Request)
		}
	}
	if len(names) != 12 {
		t.Errorf("%d setups", len(names))
	}
	wanted := Setups(Options{Wanted: func(name string) bool { return name == "denied" }})
	if len(wanted) != 1 || wanted[0].Name != "denied" {
		t.Errorf("denied was wanted: %d setups", len(wanted))
	}
}

func readable(t *testing.T, raw []byte) {
	t.Helper()
	if _, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw))); err != nil {
		t.Errorf("%q: %v", raw, err)
	}
}

// No two tokens of a pool are the same, and each is signed.
func TestMint(t *testing.T) {
	key := tokentest.New("key", "ES256")
	seen := map[string]bool{}
	for _, token := range mint(key, 33) {
		if !key.Verify(token) {
			t.Errorf("%s is not signed", token)
		}
		seen[strings.Split(token, ".")[1]] = true
	}
	if len(seen) != 33 {
		t.Errorf("%d tokens", len(seen))
	}
}
