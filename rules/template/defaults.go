package template

// defaults are Sprig's functions for empty values (defaults.go).
var defaults = [...]function{
	{"default", "aa*", func(_ *state, a []any) (any, error) {
		if len(a) == 1 || empty(a[1]) {
			return a[0], nil
		}
		return a[1], nil
	}},
	{"empty", "a", func(_ *state, a []any) (any, error) { return empty(a[0]), nil }},
	{"coalesce", "a*", func(_ *state, a []any) (any, error) {
		for _, v := range a {
			if !empty(v) {
				return v, nil
			}
		}
		return nil, nil
	}},
	{"all", "a*", func(_ *state, a []any) (any, error) {
		for _, v := range a {
			if empty(v) {
				return false, nil
			}
		}
		return true, nil
	}},
	{"any", "a*", func(_ *state, a []any) (any, error) {
		for _, v := range a {
			if !empty(v) {
				return true, nil
			}
		}
		return false, nil
	}},
	{"ternary", "aab", func(_ *state, a []any) (any, error) {
		if a[2].(bool) {
			return a[0], nil
		}
		return a[1], nil
	}},
	{"fail", "s", func(_ *state, a []any) (any, error) { return nil, constError(a[0].(string)) }},
}

// empty is Sprig's empty: for the values there are, what is not true.
func empty(v any) bool { return !truth(v) }
