package validate

import (
	"cmp"
	"slices"
	"strings"

	"oathgate/internal/policy"
	"oathgate/rules"
	"oathgate/rules/pattern"
)

// Overlaps are pairs of rules of the same priority that are for one request. Each has been tried with the filter's own
// program, so none is made up; not every one is found:
//
//   - of a rule that is for all that another is for, or for the example that was made for the other: each;
//   - of rules that are for some of the same URLs: each as far as pattern.Common finds an example and limits allow,
//     which Uncompared and More tell of. It does not if only what a backreference repeats, a line break, a lookahead
//     within a negative lookahead or one in a rule of higher priority can make it.
type Overlaps struct {
	Pairs []Pair
	// More says that there are more than maxPairs.
	More bool
	// Uncompared is the number of pairs for which the limit on the whole search left nothing, or not enough.
	Uncompared int
}

// Pair is two rules and a request that both are for.
type Pair struct {
	A, B        *policy.Rule
	Method, URL string
}

// Limits of a search, which let 10,000 rules be looked at in less than a minute.
const (
	// maxPairs is how many pairs are named.
	maxPairs = 1000
	// maxSteps is what comparing may take altogether, one pair, and making a rule's example, in steps of pattern.Common.
	maxSteps     = 80_000_000
	maxPairSteps = 50_000
	maxOwnSteps  = 50_000
	// maxTries is how many URLs of two patterns are tried, and maxBefore how many rules of higher priority are kept
	// clear of at a time; of twice as many at most.
	maxTries  = 20
	maxBefore = 4
)

// search looks for overlaps.
type search struct {
	policy   *policy.Policy
	scratch  pattern.Scratch
	rules    []*policy.Rule
	patterns []*pattern.Pattern
	index    *pattern.Index
	shape    *pattern.Pattern
	// pairs are what was found, by the places of the rules. never says which no request can match; alone are those,
	// and the rules for one URL that has been tried.
	pairs      map[[2]int]Pair
	alone      map[int]bool
	never      []rules.Problem
	steps      int
	uncompared int
}

func newSearch(p *policy.Policy) *search {
	s := &search{policy: p, pairs: map[[2]int]Pair{}, alone: map[int]bool{}, steps: maxSteps, shape: newShape()}
	for i := range p.Rules {
		if r := &p.Rules[i]; r.Pattern != nil {
			s.rules = append(s.rules, r)
			s.patterns = append(s.patterns, r.Pattern)
		} else {
			s.never = append(s.never, note(r, "no HTTP request can match this rule: it is for Oathkeeper's gRPC middleware (match.full_method)"))
		}
	}
	s.index = pattern.NewIndex(s.patterns)
	return s
}

// examples makes a URL for each rule and looks who else is for it. A rule for which there is none is noted.
func (s *search) examples() {
	for i, rule := range s.rules {
		made, steps := 0, maxOwnSteps
		none := pattern.Common([]*pattern.Pattern{rule.Pattern, s.shape}, nil, &steps, func(url string) bool {
			made++
			for _, j := range s.index.Candidates([]byte(url), &s.scratch) {
				if s.try(i, int(j), url); len(s.pairs) > maxPairs {
					break
				}
			}
			return made < 2
		})
		s.alone[i] = none || made > 0 && !strings.Contains(rule.URL, "<")
		if none {
			s.never = append(s.never, unmatched(rule))
		}
	}
}

// try notes that a URL is for two rules, if it is, and reports whether the two are known to overlap.
func (s *search) try(i, j int, url string) bool {
	i, j = min(i, j), max(i, j)
	a, b := s.rules[i], s.rules[j]
	if _, known := s.pairs[[2]int{i, j}]; known || i == j || len(s.pairs) > maxPairs {
		return known
	}
	method, ok := rivals(a, b)
	if !ok {
		return false
	}
	r := asked(s.policy, method, url)
	if r == nil || !s.matches(a, r) || !s.matches(b, r) || !many(s.policy, r) {
		return false
	}
	s.pairs[[2]int{i, j}] = Pair{A: a, B: b, Method: method, URL: spelled(r)}
	return true
}

// rivals gives a method that both rules are for, if neither goes before the other.
func rivals(a, b *policy.Rule) (method string, ok bool) {
	if a.Priority != b.Priority {
		return "", false
	}
	for _, m := range a.Methods {
		if b.HasMethod(m) && !strings.EqualFold(m, "CONNECT") {
			return m, true
		}
	}
	return "", false
}

// bound is what the URLs of a rule begin with, if there are any of a scheme, and what follows their slashes.
type bound struct {
	prefix   string
	segments [4]string
	rule     int
	ok       bool
}

// fits tells whether the URLs of both can begin alike, and go on so.
func (b *bound) fits(o *bound) bool {
	if !b.ok || !o.ok || !alike(b.prefix, o.prefix) {
		return false
	}
	for i := range b.segments {
		if !alike(b.segments[i], o.segments[i]) {
			return false
		}
	}
	return true
}

func alike(a, b string) bool { return strings.HasPrefix(a, b) || strings.HasPrefix(b, a) }

// compare looks for URLs of each two rules whose URLs can begin and end alike.
func (s *search) compare() {
	endings := make([]*pattern.Ending, len(s.rules))
	for i, p := range s.patterns {
		endings[i] = pattern.NewEnding(p)
	}
	var before []bound
	for _, scheme := range [...]string{"http://", "https://"} {
		all := make([]bound, len(s.rules))
		var list []bound
		for i := range s.rules {
			b := &all[i]
			b.rule = i
			if s.alone[i] {
				continue
			}
			if b.prefix, b.ok = pattern.Prefix(s.patterns[i], scheme); b.ok {
				b.segments = pattern.Segments(s.patterns[i], scheme)
				list = append(list, *b)
			}
		}
		slices.SortFunc(list, func(a, b bound) int {
			return cmp.Or(strings.Compare(a.prefix, b.prefix), cmp.Compare(a.rule, b.rule))
		})
		for at := range list {
			a := &list[at]
			walker := pattern.NewWalker(s.patterns[a.rule])
			dead := ""
			for i := at + 1; i < len(list) && strings.HasPrefix(list[i].prefix, a.prefix); i++ {
				b := &list[i]
				switch {
				case len(s.pairs) > maxPairs:
					return
				case dead != "" && strings.HasPrefix(b.prefix, dead):
					continue
				case !a.fits(b), before != nil && before[a.rule].fits(&before[b.rule]), !endings[a.rule].Fits(endings[b.rule]):
					continue
				}
				if n := walker.Dead(b.prefix); n > 0 {
					dead = b.prefix[:n]
					continue
				}
				s.meet(min(a.rule, b.rule), max(a.rule, b.rule))
			}
		}
		before = all
	}
}

// meet looks for a URL that two rules are for.
func (s *search) meet(i, j int) {
	if _, ok := rivals(s.rules[i], s.rules[j]); !ok {
		return
	}
	if _, known := s.pairs[[2]int{i, j}]; known {
		return
	}
	if s.steps <= 0 {
		s.uncompared++
		return
	}
	limit := min(maxPairSteps, s.steps)
	steps := limit
	found := s.search(i, j, &steps)
	s.steps -= limit - steps
	if !found && steps <= 0 {
		s.uncompared++
	}
}

// search looks for a URL that two rules are for: among all texts first, where it is soon known of most pairs that there
// is none, then among those that are a request's, then without those of rules that go before.
func (s *search) search(i, j int, steps *int) (found bool) {
	both := []*pattern.Pattern{s.patterns[i], s.patterns[j]}
	some := false
	pattern.Common(both, nil, steps, func(url string) bool {
		some, found = true, s.try(i, j, url)
		return false
	})
	if found || !some {
		return found
	}
	both = append(both, s.shape)
	var without []*pattern.Pattern
	for again := true; again && !found; {
		tries := 0
		again = false
		pattern.Common(both, without, steps, func(url string) bool {
			if found = s.try(i, j, url); found {
				return false
			}
			if before := s.before(i, j, url); len(before) > 0 && len(without) < maxBefore {
				without, again = append(without, before...), true
				return false
			}
			tries++
			return tries < maxTries
		})
	}
	return found
}

// before gives the patterns of rules for a URL that go before rules i and j, or some of them.
func (s *search) before(i, j int, url string) (list []*pattern.Pattern) {
	method, _ := rivals(s.rules[i], s.rules[j])
	for _, k := range s.index.Candidates([]byte(url), &s.scratch) {
		if r := s.rules[k]; r.Priority <= s.rules[i].Priority || !r.HasMethod(method) {
			continue
		}
		if ok, err := s.patterns[k].Match([]byte(url), &s.scratch); ok && err == nil && len(list) < maxBefore {
			list = append(list, s.patterns[k])
		}
	}
	return list
}

// result is what was found, in the order of the rules.
func (s *search) result() (o Overlaps) {
	var keys [][2]int
	for key := range s.pairs {
		keys = append(keys, key)
	}
	slices.SortFunc(keys, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	if o.More = len(keys) > maxPairs; o.More {
		keys = keys[:maxPairs]
	}
	for _, key := range keys {
		o.Pairs = append(o.Pairs, s.pairs[key])
	}
	o.Uncompared = s.uncompared
	return o
}
