package program_test

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"oathgate/internal/ruletest"
	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// plain tries rules one by one with Oathkeeper's own engines.
type plain []struct {
	ruletest.Rule
	matches func(url string) (bool, error)
}

var strategies = map[string]pattern.Strategy{"regexp": pattern.Regexp, "glob": pattern.Glob}

// newPlain compiles those of list that Oathkeeper and Oathgate both take, and gives the program of the same rules.
func newPlain(t testing.TB, strategy string, list []ruletest.Rule) (plain, *program.Program) {
	t.Helper()
	var p plain
	var kept []ruletest.Rule
	for _, r := range list {
		if _, err := pattern.Compile(strategies[strategy], r.URL); err != nil {
			continue
		}
		p = append(p, plain{{Rule: r}}...)
		if at := &p[len(kept)]; strategy == "glob" {
			glob, err := ruletest.Glob(r.URL)
			if err != nil {
				t.Fatalf("%q: %v", r.URL, err)
			}
			at.matches = func(url string) (bool, error) { return glob.Match(url), nil }
		} else {
			re, err := ruletest.Regexp(r.URL)
			if err != nil {
				t.Fatalf("%q: %v", r.URL, err)
			}
			at.matches = func(url string) (bool, error) {
				_, ok, err := ruletest.Captures(re, url)
				return ok, err
			}
		}
		kept = append(kept, r)
	}
	compiled, problems := program.Load(ruletest.Document(strategy, kept))
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return p, compiled
}

// match gives the id of the one rule, 404 or 500.
func (p plain) match(r *request.Request) (string, error) {
	for _, authority := range []string{r.Authority, r.AuthorityAlt()} {
		best, outcome := 0, ""
		for i := range p {
			rule := &p[i]
			asked := false
			for _, m := range rule.Methods {
				asked = asked || strings.EqualFold(m, r.Method)
			}
			if !asked || authority == "" {
				continue
			}
			switch ok, err := rule.matches(r.Scheme + "://" + authority + r.Path); {
			case err != nil:
				return "", err
			case !ok || outcome != "" && rule.Priority < best:
			case outcome != "" && rule.Priority == best:
				outcome = "500"
			default:
				best, outcome = rule.Priority, "rule "+strconv.Itoa(i)
			}
		}
		if outcome != "" {
			return outcome, nil
		}
	}
	return "404", nil
}

func outcome(m program.Match, err *pipeline.Error) string {
	switch {
	case err == nil:
		return "rule " + m.Rule.ID
	case err.Error() == pipeline.NoRule().Error():
		return "404"
	case err.Error() == pipeline.ManyRules().Error():
		return "500"
	}
	return fmt.Sprint("refused: ", err.Status)
}

// same compares the two and gives the outcome, "" if there is nothing to compare: the request is refused, by the path
// guard or before, or the pattern is a glob that decides on ASCII alone, or Oathkeeper's engine takes too long.
func same(t *testing.T, p plain, compiled *program.Program, raw request.Raw) string {
	t.Helper()
	r, refusal := request.New(raw, compiled.RequestOptions)
	if refusal != nil || len(r.Readings) > 0 {
		return ""
	}
	want, err := p.match(r)
	got := outcome(compiled.Match(r))
	if err != nil || strings.HasPrefix(got, "refused") {
		return ""
	}
	if got != want {
		list := ""
		for i := range p {
			list += fmt.Sprintf("\n%d: %v %s, priority %d", i, p[i].Methods, p[i].URL, p[i].Priority)
		}
		t.Fatalf("%s %s://%s%s: %s, one by one %s%s", r.Method, r.Scheme, r.Authority, r.Path, got, want, list)
	}
	return got
}

// Match says what trying all rules one by one says.
func TestMatchLikeOneByOne(t *testing.T) {
	sets := 100
	if testing.Short() {
		sets = 20
	}
	outcomes := map[string]int{}
	for seed := range sets {
		random := ruletest.Random{Rand: rand.New(rand.NewPCG(uint64(seed), 11))}
		strategy := "regexp"
		if seed%4 == 3 {
			strategy = "glob"
		}
		p, compiled := newPlain(t, strategy, random.Rules(1+random.IntN(50), strategy == "glob"))
		for range 100 {
			raw := request.Raw{}
			raw.Method, raw.Scheme, raw.Authority, raw.Path = random.Request()
			kind, _, _ := strings.Cut(same(t, p, compiled, raw), " ")
			outcomes[kind]++
		}
	}
	t.Log(outcomes)
	for _, kind := range []string{"rule", "404", "500"} {
		if outcomes[kind] < 4*sets {
			t.Errorf("%d times %s in %d requests", outcomes[kind], kind, 100*sets)
		}
	}
	if outcomes[""] > 2*sets {
		t.Errorf("%d of %d requests could not be compared", outcomes[""], 100*sets)
	}
}

// FuzzMatch: the same, with paths and patterns of the fuzzer's among the rules. Each line of patterns is one.
func FuzzMatch(f *testing.F) {
	for seed := range uint64(8) {
		random := ruletest.Random{Rand: rand.New(rand.NewPCG(seed, 12))}
		_, _, _, path := random.Request()
		f.Add(seed, "<(?i)(kites|orders)>/x\n<users|orders>\n<(a|b)*>x<.*>", path)
	}
	f.Fuzz(func(t *testing.T, seed uint64, patterns, path string) {
		random := ruletest.Random{Rand: rand.New(rand.NewPCG(seed, 13))}
		list := random.Rules(random.IntN(12), false)
		for text := range strings.SplitSeq(patterns, "\n") {
			if len(text) < 60 && len(list) < 24 {
				list = append(list, ruletest.Rule{URL: "<https?>://app.test/" + text, Methods: []string{"GET"}, Priority: random.IntN(2)})
			}
		}
		p, compiled := newPlain(t, "regexp", list)
		if len(path) > 60 {
			return
		}
		for _, method := range []string{"GET", "post"} {
			same(t, p, compiled, request.Raw{Method: method, Scheme: "http", Authority: "app.test", Path: "/" + path})
			same(t, p, compiled, request.Raw{Method: method, Scheme: "https", Authority: "app.test:80", Path: "/" + path})
		}
	})
}
