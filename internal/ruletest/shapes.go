package ruletest

import (
	"strconv"
	"strings"
)

// Shape is a kind of rule set that real rule files have, or that is hard to index.
type Shape struct {
	Name string
	// Glob says that the patterns are globs.
	Glob bool
	// Candidates is how many rules of 10,000 may be tried for a URL.
	Candidates int
	// Rule gives rule i of n.
	Rule func(i, n int) Rule
}

// Rules makes n rules.
func (s *Shape) Rules(n int) []Rule {
	list := make([]Rule, n)
	for i := range list {
		list[i] = s.Rule(i, n)
	}
	return list
}

// Strategy is the matching strategy of the patterns, as a configuration has it.
func (s *Shape) Strategy() string {
	if s.Glob {
		return "glob"
	}
	return "regexp"
}

// each makes a shape whose rules differ in a number, which stands for every # of pattern and example.
func each(name string, glob bool, candidates int, pattern, example string) Shape {
	return Shape{name, glob, candidates, func(i, _ int) Rule {
		id := strconv.Itoa(i)
		return Rule{URL: strings.ReplaceAll(pattern, "#", id), Example: strings.ReplaceAll(example, "#", id)}
	}}
}

var methods = [...]string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE"}

// Shapes are those that the index is measured with.
func Shapes() []Shape {
	const long = "https://api.example.com/organizations/"
	return []Shape{
		{"mix", false, 4, func(i, _ int) Rule { return mixed(i) }},
		each("paths of one host", false, 1, "https://api.example.com/service#/<.*>", "https://api.example.com/service#/users/7"),
		each("hosts", false, 1, "https://tenant#.example.com/<.*>", "https://tenant#.example.com/users/7"),
		each("hosts, shared suffix", false, 1, "<https|http>://<[a-z0-9-]+>.team#.internal.example.com/<.*>", "https://a-1.team#.internal.example.com/users"),
		each("alternative hosts", false, 4, "<https|http>://<a#.example.com|b#.example.org>/<.*>", "https://b#.example.org/users/7"),
		each("alternative hosts, one path", false, 20, "<https?>://<(api|www)#.example.com|shop#.example.org>/health", "https://www#.example.com/health"),
		each("alternative paths", false, 8, "https://api.example.com/<users#|orders#/.*|(v1|v2)/items#>", "https://api.example.com/v2/items#"),
		each("case ignored", false, 8, "https://api.example.com/<(?i)Orders#/.*>", "https://api.example.com/oRDERS#/x"),
		each("case ignored, alternatives", false, 8, "https://api.example.com/<(?i)(users#|orders#)/[a-z]+>", "https://api.example.com/USERS#/abc"),
		each("optional port and rest", false, 16, "<https?>://www.example.com<(:[0-9]+)?>/page#<(/.*)?>", "https://www.example.com:8443/page#/x"),
		each("lookahead", false, 8, "https://api.example.com/<(?!admin|internal)[^/]+>/item#", "https://api.example.com/eu/item#"),
		each("long beginning", false, 16, long+"<[0-9]+>/projects/<[0-9]+>/resources/r#", long+"12/projects/345/resources/r#"),
		each("globs", true, 1, "http<{,s}>://<*>.example.com/service#/<**>", "https://a.example.com/service#/x/y"),
		each("globs, alternative hosts", true, 8, "https://<{a#,b#}>.example.com/<**>", "https://b#.example.com/x/y"),
		{"one method each", false, 8, func(i, _ int) Rule {
			id := strconv.Itoa(i / len(methods))
			return Rule{
				URL: "https://api.example.com/items" + id + "/<[0-9]+>", Example: "https://api.example.com/items" + id + "/7",
				Methods: methods[i%len(methods):][:1],
			}
		}},
		{"hosts times paths", false, 100, func(i, n int) Rule {
			side := 1
			for side*side < n {
				side++
			}
			host, path := strconv.Itoa(i%side), strconv.Itoa(i/side)
			return Rule{URL: "<https|http>://tenant" + host + ".example.com/service" + path + "/<.*>", Example: "https://tenant" + host + ".example.com/service" + path + "/x"}
		}},
		{"the same", false, 10000, func(int, int) Rule {
			return Rule{URL: "https://api.example.com/<.*>", Example: "https://api.example.com/x"}
		}},
		{"no literal text", false, 10000, func(i, _ int) Rule {
			id := strconv.Itoa(i)
			digits := ""
			for _, c := range id {
				digits += "[" + string(c) + "x]"
			}
			return Rule{URL: "<https?>://<[a-z.]+>/<" + digits + ">/<[a-z]*>", Example: "https://a.example.com/" + id + "/a"}
		}},
	}
}
