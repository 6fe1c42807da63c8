package template

// builtins are Go's own functions and Oathkeeper's two. and and or are
// expressions of their own. slice is Sprig's.
var builtins = [...]function{
	{"print", "a", func(_ *state, a []any) (any, error) {
		if a[0] == nil {
			return "", nil
		}
		return text(a[0])
	}},
	{"printIndex", "ai", printIndex},
	{"println", "a*", func(_ *state, a []any) (any, error) {
		var p printer
		for i, v := range a {
			if i > 0 {
				p.byte(' ')
			}
			p.arg(v, 'v')
		}
		p.byte('\n')
		return string(p.buf), p.err
	}},
	{"printf", "sa*", func(_ *state, a []any) (any, error) {
		var p printer
		p.printf(a[0].(string), a[1:])
		return string(p.buf), p.err
	}},
	{"not", "a", func(_ *state, a []any) (any, error) { return !truth(a[0]), nil }},
	{"len", "a", length},
	{"index", "aa*", index},
}

func printIndex(_ *state, a []any) (any, error) {
	i := a[1].(int)
	n, ok := listLen(a[0])
	switch {
	case !ok || i >= n:
		return "", nil
	case i < 0:
		return nil, constError("slice index out of range")
	}
	v := listAt(a[0], i)
	if v == nil {
		return "<nil>", nil
	}
	return text(v)
}

func length(_ *state, a []any) (any, error) {
	if s, ok := a[0].(string); ok {
		return len(s), nil
	}
	if n, ok := listLen(a[0]); ok {
		return n, nil
	}
	if n, ok := mapLen(a[0]); ok {
		return n, nil
	}
	return nil, constError("len of type " + typeName(a[0]))
}

func index(_ *state, a []any) (any, error) {
	v := a[0]
	if v == nil {
		return nil, constError("index of untyped nil")
	}
	for _, i := range a[1:] {
		if s, ok := v.(string); ok {
			n, err := position(i, len(s))
			if err != nil {
				return nil, err
			}
			v = s[n]
			continue
		}
		if size, ok := listLen(v); ok {
			n, err := position(i, size)
			if err != nil {
				return nil, err
			}
			v = element(listAt(v, n))
			continue
		}
		if _, ok := mapLen(v); !ok {
			return nil, constError("can't index item of type " + typeName(v))
		}
		key, ok := i.(string)
		if !ok {
			return nil, constError("the key has type " + typeName(i) + "; should be string")
		}
		v = mapAt(v, key)
	}
	return plain(v), nil
}

func position(v any, size int) (int, error) {
	n, ok := integer(v)
	switch {
	case !ok:
		return 0, constError("cannot index with type " + typeName(v))
	case n < 0 || n >= int64(size):
		return 0, constError("index out of range")
	}
	return int(n), nil
}
