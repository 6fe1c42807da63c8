package request

import (
	"sort"
	"strings"
)

// Query gives the first value of a query parameter, decoded; "" if there is
// none (net/url's Query().Get: a parameter that holds `;` or cannot be decoded
// does not count).
func (r *Request) Query(name string) string {
	for rest := r.RawQuery; rest != ""; {
		var p param
		var ok bool
		if p, rest, ok = nextParam(rest); ok && p.key == name {
			return p.value
		}
	}
	return ""
}

type param struct{ key, value string }

// byKey sorts parameters, for sort.Stable: slices.SortStableFunc would be in the
// module once more for each type.
type byKey []param

func (s byKey) Len() int           { return len(s) }
func (s byKey) Less(i, j int) bool { return s[i].key < s[j].key }
func (s byKey) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func nextParam(query string) (p param, rest string, ok bool) {
	part, rest, _ := strings.Cut(query, "&")
	if part == "" || strings.Contains(part, ";") {
		return param{}, rest, false
	}
	key, value, _ := strings.Cut(part, "=")
	key, ok = unescape(key, true)
	if !ok {
		return param{}, rest, false
	}
	value, ok = unescape(value, true)
	return param{key, value}, rest, ok
}

// forwardedQuery gives the query that is sent on: as it is, unless a parameter
// of it has no agreed meaning (a `;`, a broken escape). Then such parameters
// are dropped and the others encoded anew, sorted by name (Go's
// httputil.ReverseProxy).
func forwardedQuery(query string) string {
	if agreed(query) {
		return query
	}
	return EncodeQuery(query, func(string) bool { return true })
}

// EncodeQuery gives the parameters of a query that keep takes by their decoded
// names, sorted by name and encoded anew (net/url's Encode). One that holds `;` or
// cannot be decoded is left out.
func EncodeQuery(query string, keep func(name string) bool) string {
	var params []param
	for rest := query; rest != ""; {
		var p param
		var ok bool
		if p, rest, ok = nextParam(rest); ok && keep(p.key) {
			params = append(params, p)
		}
	}
	sort.Stable(byKey(params))
	var b strings.Builder
	for i, p := range params {
		if i > 0 {
			b.WriteByte('&')
		}
		escapeQuery(&b, p.key)
		b.WriteByte('=')
		escapeQuery(&b, p.value)
	}
	return b.String()
}

func agreed(query string) bool {
	for i := 0; i < len(query); i++ {
		switch query[i] {
		case ';':
			return false
		case '%':
			if _, ok := escaped(query, i); !ok {
				return false
			}
			i += 2
		}
	}
	return true
}
