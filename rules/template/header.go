package template

import "iter"

// HeaderMap is a map of HTTP headers: Go's http.Header, made from header lines
// when it is asked. As keys of fields and index, names stand in canonical form.
type HeaderMap struct {
	lines iter.Seq2[string, string]
}

// NewHeaderMap makes a HeaderMap of header lines, names in any case. nil is
// Go's nil map, as the session's headers are before one is set.
func NewHeaderMap(lines iter.Seq2[string, string]) *HeaderMap {
	return &HeaderMap{lines: lines}
}

func (h *HeaderMap) none() bool { return h.lines == nil }

// Field gives the values of the header as []string.
func (h *HeaderMap) Field(name string) (any, bool) { return h.at(name), true }

// Call gives .Get "name", .Values "name" and .Clone.
func (h *HeaderMap) Call(method string, args []any) (any, error) {
	switch method {
	case "Get":
		name, err := oneString(args)
		if err != nil {
			return nil, err
		}
		return h.get(name), nil
	case "Values":
		name, err := oneString(args)
		if err != nil {
			return nil, err
		}
		return h.values(canonical(name)), nil
	case "Clone":
		return h, noArgs(args)
	case "Add", "Set", "Del", "Write", "WriteSubset":
		return nil, constError("cannot be called in a template")
	}
	return nil, ErrNoMethod
}

func (h *HeaderMap) get(name string) string {
	if h.lines == nil {
		return ""
	}
	name = canonical(name)
	for line, value := range h.lines {
		if isCanonical(line, name) {
			return value
		}
	}
	return ""
}

// at gives the values for a key in canonical form.
func (h *HeaderMap) at(key string) any { return h.values(key) }

func (h *HeaderMap) values(key string) []string {
	var values []string
	if h.lines == nil {
		return nil
	}
	for line, value := range h.lines {
		if isCanonical(line, key) {
			values = append(values, value)
		}
	}
	return values
}

func (h *HeaderMap) keys() []string {
	var keys []string
	if h.lines == nil {
		return nil
	}
	seen := map[string]bool{}
	for line := range h.lines {
		if key := canonical(line); !seen[key] {
			seen[key] = true
			keys = append(keys, key)
		}
	}
	return keys
}

// canonical is the canonical form of a header name (net/textproto,
// CanonicalMIMEHeaderKey): what is no token stays as it is.
func canonical(name string) string {
	if !isToken(name) || isCanonicalToken(name) {
		return name
	}
	b := []byte(name)
	for i := range b {
		b[i] = canonicalByte(name, i)
	}
	return string(b)
}

// isCanonical says that key is the canonical form of name.
func isCanonical(name, key string) bool {
	if len(name) != len(key) {
		return false
	}
	if !isToken(name) {
		return name == key
	}
	for i := range len(name) {
		if canonicalByte(name, i) != key[i] {
			return false
		}
	}
	return true
}

func isCanonicalToken(name string) bool {
	for i := range len(name) {
		if canonicalByte(name, i) != name[i] {
			return false
		}
	}
	return true
}

func canonicalByte(name string, i int) byte {
	c := name[i]
	upper := i == 0 || name[i-1] == '-'
	switch {
	case upper && 'a' <= c && c <= 'z':
		return c - 'a' + 'A'
	case !upper && 'A' <= c && c <= 'Z':
		return c - 'A' + 'a'
	}
	return c
}

func isToken(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case letter(c):
		case c == '!' || c == '#' || c == '$' || c == '%' || c == '&' || c == '\'' || c == '*' || c == '+' ||
			c == '-' || c == '.' || c == '^' || c == '`' || c == '|' || c == '~':
		default:
			return false
		}
	}
	return true
}

func oneString(args []any) (string, error) {
	if len(args) != 1 {
		return "", constError("wrong number of arguments: want 1")
	}
	s, ok := args[0].(string)
	if !ok {
		return "", constError("the argument must be a string, and is " + typeName(args[0]))
	}
	return s, nil
}

func noArgs(args []any) error {
	if len(args) != 0 {
		return constError("wrong number of arguments: want 0")
	}
	return nil
}
