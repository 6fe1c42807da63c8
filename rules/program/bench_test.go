package program_test

import (
	"strconv"
	"testing"

	"oathgate/internal/ruletest"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// mixed are requests to n rules of the mix: of the first, of one in the middle, of the last but the overlapping one,
// and of none.
func mixed(tb testing.TB, n int) (*program.Program, map[string]*request.Request) {
	tb.Helper()
	list := ruletest.Mix(n)
	p, problems := program.Load(ruletest.Document("regexp", list))
	if len(problems) > 0 {
		tb.Fatal(problems)
	}
	requests := map[string]*request.Request{"none": newRequest(tb, p, "GET", "http://nobody.example.com/users/7/posts")}
	for position, i := range map[string]int{"first": 0, "middle": n / 2, "last": max(0, n-3)} {
		requests[position] = newRequest(tb, p, "GET", list[i].Example)
		if got := outcome(p.Match(requests[position])); got != "rule "+strconv.Itoa(i) {
			tb.Fatalf("%d rules, %s: %s", n, position, got)
		}
	}
	if got := outcome(p.Match(requests["none"])); got != "404" {
		tb.Fatalf("%d rules: %s", n, got)
	}
	return p, requests
}

var sizes = []int{1, 100, 1000, 10000}

// A match allocates nothing, whatever the number of rules; that there is none is told by an error, which does.
func TestMatchAllocates(t *testing.T) {
	for _, n := range sizes {
		p, requests := mixed(t, n)
		for position, want := range map[string]float64{"first": 0, "middle": 0, "last": 0, "none": 1} {
			if got := testing.AllocsPerRun(100, func() { _, _ = p.Match(requests[position]) }); got != want {
				t.Errorf("%d rules, %s: %v allocations, want %v", n, position, got, want)
			}
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range sizes {
		p, requests := mixed(b, n)
		for _, position := range []string{"first", "middle", "last", "none"} {
			b.Run("rules="+strconv.Itoa(n)+"/"+position, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, _ = p.Match(requests[position])
				}
			})
		}
	}
}
