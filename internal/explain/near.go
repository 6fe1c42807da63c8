package explain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"oathgate/internal/policy"
	"oathgate/rules/pattern"
	"oathgate/rules/request"
)

// Other is a rule that is not asked.
type Other struct {
	Rule
	// Fails is what does not fit: method, scheme, host or path; priority, if another rule goes before it; none, if
	// several rules are for the request.
	Fails string `json:"fails"`
	// Why says it in words.
	Why string `json:"why"`
}

// maxOthers is how many rules are named that are not asked.
const maxOthers = 5

// others finds the rule that is asked, if there is one, and says why those that are near are not.
func (e *explainer) others(r *request.Request) {
	urls := []string{r.Scheme + "://" + r.Authority + r.Path}
	if alt := r.AuthorityAlt(); alt != "" {
		urls = append(urls, r.Scheme+"://"+alt+r.Path)
	}
	var matching []*policy.Rule
	for _, url := range urls {
		if len(matching) == 0 {
			matching = e.matching(r.Method, url)
		}
	}
	slices.SortStableFunc(matching, func(a, b *policy.Rule) int { return cmp.Compare(b.Priority, a.Priority) })
	for i, rule := range matching {
		switch {
		case rule.Priority < matching[0].Priority:
			e.other(rule, "priority", fmt.Sprintf("it is for this request too, and its priority %d is lower than %d", rule.Priority, matching[0].Priority))
		case len(matching) > 1 && matching[1].Priority == matching[0].Priority:
			e.other(rule, "none", fmt.Sprintf("it is for this request, as others of priority %d are", rule.Priority))
		case i == 0:
			e.rule = rule
		}
	}
	if len(matching) == 0 {
		e.near(urls)
	}
}

// matching gives the rules for a method, "" for any, and a URL.
func (e *explainer) matching(method, url string) (list []*policy.Rule) {
	for i := range e.policy.Rules {
		rule := &e.policy.Rules[i]
		if rule.Pattern == nil || method != "" && !rule.HasMethod(method) {
			continue
		}
		if ok, err := rule.Pattern.Match([]byte(url), &e.scratch); ok && err == nil {
			list = append(list, rule)
		}
	}
	return list
}

// near names the rules that fail for the method alone, then those that go along with the URL for longest.
func (e *explainer) near(urls []string) {
	for _, url := range urls {
		for _, rule := range e.matching("", url) {
			if len(e.out.Others) < maxOthers {
				e.other(rule, "method", "it is for "+strings.Join(rule.Methods, ", "))
			}
		}
	}
	if len(e.out.Others) > 0 {
		return
	}
	type miss struct {
		rule *policy.Rule
		at   int
	}
	var list []miss
	for i := range e.policy.Rules {
		if rule := &e.policy.Rules[i]; rule.Pattern != nil {
			at, _ := pattern.Reach(rule.Pattern, urls[0])
			list = append(list, miss{rule, at})
		}
	}
	slices.SortStableFunc(list, func(a, b miss) int { return cmp.Compare(b.at, a.at) })
	for _, m := range list[:min(len(list), maxOthers)] {
		fails, why := misses(m.rule.Pattern, urls[0])
		e.other(m.rule, fails, why)
	}
}

func (e *explainer) other(r *policy.Rule, fails, why string) {
	e.out.Others = append(e.out.Others, Other{nameOf(r), fails, why})
}

// misses says with which part of a URL a pattern does not go on.
func misses(p *pattern.Pattern, url string) (fails, why string) {
	at, part := pattern.Reach(p, url)
	host := strings.Index(url, "://") + 3
	switch path := host + strings.IndexByte(url[host:], '/'); {
	case at < host:
		fails = "scheme"
	case at < path:
		fails = "host"
	default:
		fails = "path"
	}
	if !strings.HasPrefix(part, "<") {
		// Both from the segment on in which they part.
		for n := min(len(part), at); n > 0; n-- {
			if strings.HasSuffix(url[:at], part[:n]) {
				same := strings.LastIndexByte(part[:n], '/') + 1
				at, part = at-n+same, part[same:]
				break
			}
		}
	}
	rest := url[at:]
	switch {
	case part == "":
		return fails, fmt.Sprintf("the pattern is at its end, and the URL goes on with %q", rest)
	case rest == "":
		return fails, fmt.Sprintf("the URL ends where %q wants more or something else", part)
	}
	return fails, fmt.Sprintf("%q does not match at %q", part, rest)
}
