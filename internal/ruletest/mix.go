// Package ruletest makes sets of access rules for tests and benchmarks.
package ruletest

import (
	"encoding/json"
	"strconv"
)

// Rule is what is matched of an access rule.
type Rule struct {
	// URL is the pattern.
	URL string
	// Methods are the rule's; none stands for GET.
	Methods []string
	// Priority is the rule's.
	Priority int
	// Example is a URL that the pattern matches.
	Example string
}

// Mix makes the fixed mix of n rules of the benchmarks (DESIGN section 4): literal hosts, regular expressions for hosts
// and schemes, no literal beginning, lookaheads; 5 in 100 overlap with the rule before.
func Mix(n int) []Rule {
	list := make([]Rule, n)
	for i := range list {
		list[i] = mixed(i)
	}
	return list
}

func mixed(i int) (r Rule) {
	id := strconv.Itoa(i)
	switch i % 20 {
	case 0, 1, 2, 3, 4, 5:
		r.URL, r.Example = "http://host"+id+".example.com/api/<.*>", "http://host"+id+".example.com/api/users/7/posts"
	case 6, 7, 8, 9:
		r.URL, r.Example = "<https|http>://api.example.com/svc"+id+"/<.*>", "https://api.example.com/svc"+id+"/items/3"
	case 10, 11, 12:
		r.URL, r.Example = "http://<.*>/svc"+id+"/<.*>", "http://a.b.example.com/svc"+id+"/x"
	case 13, 14:
		r.URL, r.Example = "<https|http>://<[a-z]+>.example.com/team"+id+"/users/<[0-9]+>", "https://abc.example.com/team"+id+"/users/12345"
	case 15:
		r.URL, r.Example = "<.*>/reports/"+id+"/<[^/]+>/pdf", "https://reports.example.com/reports/"+id+"/may/pdf"
	case 16, 17:
		r.URL, r.Example = "https://shop.example.com/<(?!admin).*>/order"+id, "https://shop.example.com/eu/order"+id
	case 18:
		r.URL, r.Example = "https://exact.example.com/v1/things/"+id, "https://exact.example.com/v1/things/"+id
	case 19: // overlaps with its predecessor
		before := strconv.Itoa(i - 1)
		r.URL, r.Example = "https://exact.example.com/v1/<[a-z]+>/"+before, "https://exact.example.com/v1/things/"+before
	}
	return r
}

// Document is a plugin configuration with the rules, whose ids are their places in list. Every request that one rule
// matches is allowed.
func Document(strategy string, list []Rule) []byte {
	type object = map[string]any
	rules := make([]object, len(list))
	noop, enabled := []object{{"handler": "noop"}}, object{"noop": object{"enabled": true}}
	for i, r := range list {
		methods := r.Methods
		if len(methods) == 0 {
			methods = []string{"GET"}
		}
		rules[i] = object{
			"id": strconv.Itoa(i), "match": object{"url": r.URL, "methods": methods}, "priority": r.Priority,
			"authenticators": noop, "authorizer": object{"handler": "allow"}, "mutators": noop,
		}
	}
	text, err := json.Marshal(object{
		"access_rules":   object{"matching_strategy": strategy, "rules": rules},
		"authenticators": enabled, "authorizers": object{"allow": object{"enabled": true}}, "mutators": enabled,
	})
	if err != nil {
		panic(err) // of nothing but texts and numbers
	}
	return text
}
