package validate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"oathgate/internal/policy"
	"oathgate/internal/source"
	"oathgate/rules/request"
)

// handlersOn is what the rules of these tests need.
const handlersOn = `
authenticators: {noop: {enabled: true}}
authorizers: {allow: {enabled: true}}
mutators: {noop: {enabled: true}}
`

// configuration writes a configuration with rules and gives its name.
func configuration(t testing.TB, more, rules string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "oathkeeper.yaml")
	for name, text := range map[string]string{
		path:                             handlersOn + "access_rules: {repositories: [\"file://" + dir + "/rules.yaml\"]" + more + "}\n",
		filepath.Join(dir, "rules.yaml"): rules,
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return path
}

// ruleFor is a rule; method and what follows it may be "GET, priority: 1".
func ruleFor(id, url, methods string) string {
	methods, more, _ := strings.Cut(methods, "; ")
	if more != "" {
		more = "\n  " + more
	}
	return fmt.Sprintf(`
- id: %q
  match: {url: %q, methods: [%s]}
  upstream: {url: "http://127.0.0.1:1"}
  authenticators: [{handler: noop}]
  authorizer: {handler: allow}
  mutators: [{handler: noop}]%s
`, id, url, methods, more)
}

func TestOverlaps(t *testing.T) {
	for name, c := range map[string]struct {
		more  string
		rules []string // url, methods
		want  []string
		never []string
	}{
		"two of the same":    {rules: []string{"http://a.test/x", "GET", "http://a.test/x", "GET"}, want: []string{"1 2 GET http://a.test/x"}},
		"other methods":      {rules: []string{"http://a.test/x", "GET", "http://a.test/x", "POST"}},
		"one common method":  {rules: []string{"http://a.test/x", "GET, POST", "http://a.test/x", "PUT, post"}, want: []string{"1 2 POST http://a.test/x"}},
		"priority":           {rules: []string{"http://a.test/x", "GET; priority: 1", "http://a.test/x", "GET"}},
		"the same priority":  {rules: []string{"http://a.test/x", "GET; priority: 1", "http://a.test/x", "GET; priority: 1"}, want: []string{"1 2 GET http://a.test/x"}},
		"one in the other":   {rules: []string{"http://a.test/<.*>", "GET", "http://a.test/x/<[0-9]+>", "GET"}, want: []string{"1 2 GET http://a.test/x/0"}},
		"neither in other":   {rules: []string{"http://a.test/<[a-z]+>/x", "GET", "http://a.test/y/<[a-z]+>", "GET"}, want: []string{"1 2 GET http://a.test/y/x"}},
		"any scheme":         {rules: []string{"<https?>://a.test/<[a-m]+>", "GET", "https://a.test/<[m-z]+>", "GET"}, want: []string{"1 2 GET https://a.test/m"}},
		"hosts":              {rules: []string{"http://<[a-z]+>.test/x", "GET", "http://a<.*>/x", "GET"}, want: []string{"1 2 GET http://a.test/x"}},
		"admin is elsewhere": {rules: []string{"http://a.test/<(?!admin).*>", "GET", "http://a.test/admin<.*>", "GET"}},
		"nearly":             {rules: []string{"http://a.test/<(?!admin/).*>", "GET", "http://a.test/admin<.*>", "GET"}, want: []string{"1 2 GET http://a.test/admin"}},
		"an end slash":       {rules: []string{"http://a.test/x/<.*>", "GET", "http://a.test/x<.*>", "GET"}, want: []string{"1 2 GET http://a.test/x/a"}},
		"only an end slash":  {rules: []string{"http://a.test/<.*>/", "GET", "http://a.test/<.*>", "GET"}, never: []string{"1: a path is compared without the slash at its end"}},
		"no clean path":      {rules: []string{"http://a.test/a/../<.*>", "GET", "http://a.test/<.*>", "GET"}, never: []string{"1: URLs are compared with it whole"}},
		"no host":            {rules: []string{"a.test/<.*>", "GET"}, never: []string{"1: it must begin with http:// or https://"}},
		"a query":            {rules: []string{"http://a.test/x?y=<.*>", "GET"}},
		"the root":           {rules: []string{"http://a.test/", "GET", "http://a.test/<.*>", "GET"}, want: []string{"1 2 GET http://a.test/"}},
		"default port":       {rules: []string{"http://a.test:80/x", "GET", "<http>://a.test/x", "GET"}, want: []string{"1 2 GET http://a.test/x"}},
		"escapes":            {rules: []string{"http://a.test/ä<.>", "GET", "http://a.test/<.b>", "GET"}, want: []string{"1 2 GET http://a.test/%C3%A4b"}},
		"a space":            {rules: []string{"http://a.test/a b", "GET", "http://a.test/<a.b>", "GET"}, want: []string{"1 2 GET http://a.test/a%20b"}},
		"odd characters":     {rules: []string{`http://a.test/<[\x01\x7f]>`, "GET", `http://a.test/<[?#\x7f]>`, "GET", `http://a.test/<x$\n>`, "GET"}, want: []string{"1 2 GET http://a.test/%7F"}},
		"dots in a segment":  {rules: []string{"http://a.test/...", "GET", "http://a.test/<[.]+>", "GET"}, want: []string{"1 2 GET http://a.test/..."}},
		"three": {
			rules: []string{"http://a.test/<.*>", "GET", "http://a.test/x", "GET", "http://a.test/<[a-z]>", "GET"},
			want:  []string{"1 2 GET http://a.test/x", "1 3 GET http://a.test/a", "2 3 GET http://a.test/x"},
		},
		"a third goes first": {rules: []string{"http://a.test/x", "GET", "http://a.test/x", "GET", "http://a.test/<.*>", "GET; priority: 1"}},
		"a third goes first at the shortest": {
			rules: []string{"http://a.test/<x+>", "GET", "http://a.test/<x+>", "GET", "http://a.test/x", "GET; priority: 1"},
			want:  []string{"1 2 GET http://a.test/xx"},
		},
		"globs":      {more: ", matching_strategy: glob", rules: []string{"http://a.test/<*>/x", "GET", "http://a.test/y/<{x,z}>", "GET"}, want: []string{"1 2 GET http://a.test/y/x"}},
		"glob apart": {more: ", matching_strategy: glob", rules: []string{"http://a.test/<*>/x", "GET", "http://a.test/y", "GET"}},
	} {
		t.Run(name, func(t *testing.T) {
			text := ""
			for i := 0; i < len(c.rules); i += 2 {
				text += ruleFor(fmt.Sprint(i/2+1), c.rules[i], c.rules[i+1])
			}
			file := configuration(t, c.more, text)
			report := Run(source.Options{Files: []string{file}})
			var got, never []string
			for _, p := range report.Pairs {
				got = append(got, fmt.Sprintf("%s %s %s %s", p.A.Name, p.B.Name, p.Method, p.URL))
			}
			if report.Problems != nil || report.Uncompared != 0 || report.More || !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q; %v", got, c.want, report.Problems)
			}
			for _, n := range report.Never {
				never = append(never, n.Rule+": "+n.Message)
			}
			if len(never) != len(c.never) {
				t.Fatalf("notes %q, want %q", never, c.never)
			}
			for i, want := range c.never {
				rule, why, _ := strings.Cut(want, ": ")
				if !strings.HasPrefix(never[i], rule+": ") || !strings.Contains(never[i], why) {
					t.Errorf("%q, want %q", never[i], want)
				}
			}
			confirm(t, file, report)
		})
	}
}

// confirm asks the filter's program for each example as a client would send it.
func confirm(t *testing.T, file string, report *Report) {
	t.Helper()
	p, problems := policy.Load(source.Options{Files: []string{file}})
	if problems != nil {
		t.Fatal(problems)
	}
	for _, pair := range report.Pairs {
		scheme, rest, _ := strings.Cut(pair.URL, "://")
		at := strings.IndexByte(rest, '/')
		r, refusal := request.New(request.Raw{Method: pair.Method, Scheme: scheme, Authority: rest[:at], Path: rest[at:]}, p.Program.RequestOptions)
		if refusal != nil {
			t.Fatal(pair.URL, refusal)
		}
		if _, err := p.Program.Match(r); err == nil || err.Status != 500 {
			t.Errorf("%s %s is not answered with 500", pair.Method, pair.URL)
		}
	}
}

// manyRules are rules of several kinds, and how many of them were made to overlap.
func manyRules(n int) (text string, planted int) {
	var b strings.Builder
	for i := range n {
		var url string
		switch i % 20 {
		default:
			url = fmt.Sprintf("https://app%d.example.com/api/v%d/<[a-z]+>", i%97, i)
		case 1, 2:
			url = fmt.Sprintf("<https?>://<[a-z]+>.example.org/things%d/<[0-9]+>", i)
		case 3:
			url = fmt.Sprintf("https://app.example.com/<(?!admin).*>/part%d", i)
		case 4:
			url = fmt.Sprintf("<.*>/tail%d", i)
		case 5: // of the rule before the last two
			url = fmt.Sprintf("<https?>://www.example.org/things%d/<[0-9]{3}>", i-3)
			planted++
		}
		b.WriteString(ruleFor(fmt.Sprint(i), url, "GET"))
	}
	return b.String(), planted
}

func TestManyRules(t *testing.T) {
	rules, planted := manyRules(200)
	report := Run(source.Options{Files: []string{configuration(t, "", rules)}})
	if report.Problems != nil || len(report.Pairs) != planted || report.Uncompared != 0 || report.More {
		t.Errorf("%d overlaps of %d, %d pairs not compared; %v", len(report.Pairs), planted, report.Uncompared, report.Problems)
	}
}

// More overlaps than anybody reads are not all told.
func TestManyOverlaps(t *testing.T) {
	var b strings.Builder
	for i := range 60 {
		b.WriteString(ruleFor(fmt.Sprint(i), "http://a.test/<.*>", "GET"))
	}
	report := Run(source.Options{Files: []string{configuration(t, "", b.String())}})
	if len(report.Pairs) != maxPairs || !report.More {
		t.Errorf("%d overlaps, more: %v", len(report.Pairs), report.More)
	}
}

// What there is not enough time for is counted.
func TestStepsAreBounded(t *testing.T) {
	rules := ruleFor("one", "http://a.test/<(?:[a-z]{20}x[a-z]{20})+[0-9]>", "GET") + ruleFor("two", "http://a.test/<(?:[a-z]{19}y[a-z]{20})+[0-9]>", "GET")
	p, problems := policy.Load(source.Options{Files: []string{configuration(t, "", rules)}})
	if problems != nil {
		t.Fatal(problems)
	}
	s := newSearch(p)
	s.steps = 100
	s.compare()
	if got := s.result(); got.Uncompared != 1 || got.Pairs != nil || s.steps > 0 {
		t.Errorf("%+v, %d steps left", got, s.steps)
	}
}

func BenchmarkTenThousandRules(b *testing.B) {
	rules, planted := manyRules(10_000)
	file := configuration(b, "", rules)
	for b.Loop() {
		report := Run(source.Options{Files: []string{file}})
		b.ReportMetric(float64(len(report.Pairs))/float64(planted), "found/planted")
		b.ReportMetric(float64(report.Uncompared), "uncompared")
	}
}
