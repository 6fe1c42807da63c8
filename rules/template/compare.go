package template

// comparisons are text/template's: values of different kinds are an error, not
// unequal.
var comparisons = [...]function{
	{"eq", "aa*", func(_ *state, a []any) (any, error) { return equalsAny(a) }},
	{"ne", "aa", func(_ *state, a []any) (any, error) {
		equal, err := equalsAny(a)
		return !equal, err
	}},
	{"lt", "aa", func(_ *state, a []any) (any, error) { return less(a[0], a[1]) }},
	{"le", "aa", func(_ *state, a []any) (any, error) { return lessOrEqual(a[0], a[1]) }},
	{"gt", "aa", func(_ *state, a []any) (any, error) {
		le, err := lessOrEqual(a[0], a[1])
		return !le, err
	}},
	{"ge", "aa", func(_ *state, a []any) (any, error) {
		lt, err := less(a[0], a[1])
		return !lt, err
	}},
}

type kind uint8

const (
	otherKind kind = iota
	boolKind
	intKind
	uintKind
	floatKind
	stringKind
)

//go:noinline
func kindOf(v any) kind {
	switch v.(type) {
	case bool:
		return boolKind
	case int, int64:
		return intKind
	case uint8:
		return uintKind
	case float64:
		return floatKind
	case string:
		return stringKind
	}
	return otherKind
}

// comparable says that the kinds are one, integers of both sorts being one.
func comparable(a, b kind) bool {
	return a == b || a == intKind && b == uintKind || a == uintKind && b == intKind
}

func equalsAny(a []any) (bool, error) {
	if len(a) < 2 {
		return false, constError("missing argument for comparison")
	}
	for _, v := range a[1:] {
		equal, err := equals(a[0], v)
		if equal || err != nil {
			return equal, err
		}
	}
	return false, nil
}

func equals(a, b any) (bool, error) {
	ka, kb := kindOf(a), kindOf(b)
	if !comparable(ka, kb) {
		if a != nil && b != nil {
			return false, incompatible(a, b)
		}
		return false, nil
	}
	switch ka {
	case boolKind:
		return a.(bool) == b.(bool), nil
	case floatKind:
		return a.(float64) == b.(float64), nil
	case stringKind:
		return a.(string) == b.(string), nil
	case intKind, uintKind:
		x, _ := integer(a)
		y, _ := integer(b)
		return x == y, nil
	}
	if a != nil && b != nil && kindName(a) != kindName(b) {
		return false, incompatible(a, b)
	}
	if isNil(a) || isNil(b) {
		return isNil(a) == isNil(b), nil
	}
	return false, constError("values of type " + typeName(b) + " cannot be compared")
}

func less(a, b any) (bool, error) {
	ka, kb := kindOf(a), kindOf(b)
	if ka == otherKind || kb == otherKind {
		return false, constError("invalid type for comparison")
	}
	if !comparable(ka, kb) {
		return false, incompatible(a, b)
	}
	switch ka {
	case floatKind:
		return a.(float64) < b.(float64), nil
	case stringKind:
		return a.(string) < b.(string), nil
	case intKind, uintKind:
		x, _ := integer(a)
		y, _ := integer(b)
		return x < y, nil
	}
	return false, constError("invalid type for comparison")
}

func lessOrEqual(a, b any) (bool, error) {
	lt, err := less(a, b)
	if lt || err != nil {
		return lt, err
	}
	return equals(a, b)
}

//go:noinline
func incompatible(a, b any) error {
	return constError("incompatible types for comparison: " + typeName(a) + " and " + typeName(b))
}

// deepEqual is reflect.DeepEqual for data: types count. It counts steps.
func deepEqual(s *state, a, b any, depth int) (bool, error) {
	if depth > maxDepth {
		return false, errDeep
	}
	if err := s.work(1); err != nil {
		return false, err
	}
	a, b = plain(a), plain(b)
	if a == nil || b == nil {
		return a == nil && b == nil, nil
	}
	if typeName(a) != typeName(b) {
		return false, nil
	}
	if isScalar(a) {
		return a == b, nil
	}
	if isNil(a) != isNil(b) {
		return false, nil
	}
	if n, ok := listLen(a); ok {
		if m, _ := listLen(b); n != m {
			return false, nil
		}
		for i := range n {
			if equal, err := deepEqual(s, listAt(a, i), listAt(b, i), depth+1); !equal {
				return false, err
			}
		}
		return true, nil
	}
	if n, ok := mapLen(a); ok {
		if m, _ := mapLen(b); n != m {
			return false, nil
		}
		keys, others := mapKeys(a), mapKeys(b)
		for i, key := range keys {
			if others[i] != key {
				return false, nil
			}
			if equal, err := deepEqual(s, mapAt(a, key), mapAt(b, key), depth+1); !equal {
				return false, err
			}
		}
		return true, nil
	}
	return false, constError("values of this type cannot be compared")
}
