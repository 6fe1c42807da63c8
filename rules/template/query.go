package template

import "strings"

// Values are the parameters of a query: Go's url.Values.
type Values struct {
	pairs []pair
	index map[string][]string // nil until all keys are asked for
}

type pair struct{ name, value string }

// parseQuery is net/url's ParseQuery: what is malformed is left out.
func parseQuery(query string) []pair {
	var pairs []pair
	for query != "" {
		var item string
		item, query, _ = strings.Cut(query, "&")
		if item == "" || strings.Contains(item, ";") {
			continue
		}
		name, value, _ := strings.Cut(item, "=")
		name, ok := unescape(name, true)
		if !ok {
			continue
		}
		if value, ok = unescape(value, true); ok {
			pairs = append(pairs, pair{name, value})
		}
	}
	return pairs
}

// Field gives the values of the parameter as []string.
func (q *Values) Field(name string) (any, bool) { return q.at(name), true }

// Call gives .Get "name", .Has "name" and .Encode.
func (q *Values) Call(method string, args []any) (any, error) {
	switch method {
	case "Get", "Has":
		name, err := oneString(args)
		if err != nil {
			return nil, err
		}
		for _, p := range q.pairs {
			if p.name == name {
				if method == "Has" {
					return true, nil
				}
				return p.value, nil
			}
		}
		if method == "Has" {
			return false, nil
		}
		return "", nil
	case "Encode":
		return q.encode(), noArgs(args)
	case "Add", "Set", "Del":
		return nil, constError("cannot be called in a template")
	}
	return nil, ErrNoMethod
}

func (q *Values) at(name string) any {
	if q.index != nil {
		return q.index[name]
	}
	var values []string
	for _, p := range q.pairs {
		if p.name == name {
			values = append(values, p.value)
		}
	}
	return values
}

func (q *Values) keys() []string {
	if q.index == nil {
		q.index = make(map[string][]string, len(q.pairs))
		for _, p := range q.pairs {
			q.index[p.name] = append(q.index[p.name], p.value)
		}
	}
	keys := make([]string, 0, len(q.index))
	for name := range q.index {
		keys = append(keys, name)
	}
	return keys
}

// SortedQuery is a query as url.Values encodes what it parses: sorted by name, and
// without what cannot be decoded.
func SortedQuery(query string) string {
	return (&Values{pairs: parseQuery(query)}).encode()
}

func (q *Values) encode() string {
	var b strings.Builder
	keys := q.keys()
	sortStrings(keys)
	for _, key := range keys {
		for _, value := range q.index[key] {
			if b.Len() > 0 {
				b.WriteByte('&')
			}
			b.WriteString(escape(key, inQuery))
			b.WriteByte('=')
			b.WriteString(escape(value, inQuery))
		}
	}
	return b.String()
}
