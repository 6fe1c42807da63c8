package template

// typeFunctions are Sprig's functions for types (reflect.go).
var typeFunctions = [...]function{
	{"typeOf", "a", func(_ *state, a []any) (any, error) { return typed(a[0], typeName(a[0])) }},
	{"typeIs", "sa", func(_ *state, a []any) (any, error) { return typed(a[1], a[0] == typeName(a[1])) }},
	{"typeIsLike", "sa", func(_ *state, a []any) (any, error) {
		name := typeName(a[1])
		return typed(a[1], a[0] == name || "*"+a[0].(string) == name)
	}},
	{"kindOf", "a", func(_ *state, a []any) (any, error) { return typed(a[0], kindName(a[0])) }},
	{"kindIs", "sa", func(_ *state, a []any) (any, error) { return typed(a[1], a[0] == kindName(a[1])) }},
	{"deepEqual", "aa", func(s *state, a []any) (any, error) { return deepEqual(s, a[0], a[1], 0) }},
}

func typed(v, answer any) (any, error) {
	if !known(v) {
		return nil, constError("the value's type has no name here")
	}
	return answer, nil
}
