package workload

import "strconv"

// Rule is what one access rule matches: GET requests, by Oathkeeper's pattern of their URL, and, for heimdall, by the
// parts that it looks at. Where heimdall has nothing like a pattern, what it matches is wider: it has no lookahead, and
// no pattern whose first path segment is open.
type Rule struct {
	ID  string
	URL string // Oathkeeper's pattern
	// Host and Path are heimdall's: "" is every host.
	Host, Path string
	// Digits, if not "", is the segment of Path that must be a number.
	Digits string
	// Example is a URL that this rule matches and no other, or "": all that it matches has a second rule.
	Example string
}

// alike is n rules that differ in one path segment, of any host: the recipe of ../shared/peers/README.md. Setups with
// one rule have the first.
func alike(n int) []Rule {
	rules := make([]Rule, n)
	for i := range rules {
		id := strconv.Itoa(i)
		rules[i] = Rule{
			ID: "r" + id, URL: "http://<.*>/svc" + id + "/<.*>", Path: "/svc" + id + "/**", Example: "http://" + host + "/svc" + id + "/items/7",
		}
	}
	return rules
}

// mix is n rules of the mix of DESIGN §4: literal hosts, regexp hosts and schemes, patterns without a literal prefix,
// lookahead, and 5 % that overlap with the rule before. The first, the middle and the last have literal hosts.
func mix(n int) []Rule {
	rules := make([]Rule, n)
	for i := range rules {
		rules[i] = mixed(i)
	}
	return rules
}

func mixed(i int) Rule {
	id := strconv.Itoa(i)
	r := Rule{ID: "r" + id}
	switch i % 20 {
	case 1, 6, 11, 16: // any scheme
		r.URL, r.Host, r.Path = "<https|http>://api.example.com/svc"+id+"/<.*>", "api.example.com", "/svc"+id+"/**"
		r.Example = "http://api.example.com/svc" + id + "/items/3"
	case 2, 7, 12: // any host
		r.URL, r.Path = "http://<.*>/svc"+id+"/<.*>", "/svc"+id+"/**"
		r.Example = "http://a.b.example.com/svc" + id + "/x"
	case 3, 13: // any scheme, some hosts
		r.URL, r.Host, r.Path = "<https|http>://<[a-z]+>.example.com/team"+id+"/users/<[0-9]+>", "*.example.com", "/team"+id+"/users/:user"
		r.Digits, r.Example = "user", "http://abc.example.com/team"+id+"/users/12345"
	case 4: // no literal prefix
		r.URL, r.Path = "<.*>/reports/"+id+"/<[^/]+>/pdf", "/reports/"+id+"/:month/pdf"
		r.Example = "http://reports.example.com/reports/" + id + "/may/pdf"
	case 8, 15: // lookahead
		r.URL, r.Host, r.Path = "http://shop.example.com/<(?!admin).*>/order"+id, "shop.example.com", "/:region/order"+id
		r.Example = "http://shop.example.com/eu/order" + id
	case 17: // no pattern at all; the next overlaps with it
		r.URL, r.Host, r.Path = "http://exact.example.com/v1/things/"+id, "exact.example.com", "/v1/things/"+id
	case 18:
		before := strconv.Itoa(i - 1)
		r.URL, r.Host, r.Path = "http://exact.example.com/v1/<[a-z]+>/"+before, "exact.example.com", "/v1/:kind/"+before
		r.Example = "http://exact.example.com/v1/others/" + before
	default: // a literal host
		r.URL, r.Host, r.Path = "http://host"+id+".example.com/api/<.*>", "host"+id+".example.com", "/api/**"
		r.Example = "http://host" + id + ".example.com/api/users/7/posts"
	}
	return r
}

// nothing is a URL that no rule matches, which only a look at the path shows.
const nothing = "http://api.example.com/nothing/items/3"
