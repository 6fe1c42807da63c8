package template

import (
	"maps"
	"strings"
)

// dictFunctions are Sprig's functions for maps (dict.go). Where Go's order of
// keys is random, it is that of the alphabet.
var dictFunctions = [...]function{
	{"dict", "a*", dict},
	{"get", "ms", func(_ *state, a []any) (any, error) {
		if v, ok := a[0].(map[string]any)[a[1].(string)]; ok {
			return v, nil
		}
		return "", nil
	}},
	{"set", "msa", set},
	{"unset", "ms", func(_ *state, a []any) (any, error) {
		delete(a[0].(map[string]any), a[1].(string))
		return a[0], nil
	}},
	{"hasKey", "ms", func(_ *state, a []any) (any, error) {
		_, ok := a[0].(map[string]any)[a[1].(string)]
		return ok, nil
	}},
	{"pluck", "sm*", func(_ *state, a []any) (any, error) {
		found := []any{}
		for _, m := range a[1:] {
			if v, ok := m.(map[string]any)[a[0].(string)]; ok {
				found = append(found, v)
			}
		}
		return found, nil
	}},
	{"keys", "m*", func(s *state, a []any) (any, error) {
		keys := []string{}
		for _, m := range a {
			keys = append(keys, mapKeys(m)...)
			if err := s.items(len(keys)); err != nil {
				return nil, err
			}
		}
		return keys, nil
	}},
	{"values", "m", func(s *state, a []any) (any, error) {
		m := a[0].(map[string]any)
		values := make([]any, 0, len(m))
		for _, key := range mapKeys(m) {
			values = append(values, m[key])
		}
		return values, s.items(len(m))
	}},
	{"pick", "ms*", func(_ *state, a []any) (any, error) {
		m := map[string]any{}
		for _, key := range a[1:] {
			if v, ok := a[0].(map[string]any)[key.(string)]; ok {
				m[key.(string)] = v
			}
		}
		return m, nil
	}},
	{"omit", "ms*", func(s *state, a []any) (any, error) {
		m := make(map[string]any, len(a[0].(map[string]any)))
		maps.Copy(m, a[0].(map[string]any))
		for _, key := range a[1:] {
			delete(m, key.(string))
		}
		return m, s.items(len(m))
	}},
	{"dig", "aaaa*", dig},
}

// changesMaps says that a function changes a map in its place.
func changesMaps(name string) bool {
	return name == "set" || name == "unset" || strings.Contains(strings.ToLower(name), "merge")
}

func dict(s *state, a []any) (any, error) {
	m := make(map[string]any, (len(a)+1)/2)
	for i := 0; i < len(a); i += 2 {
		key, err := text(a[i])
		if err != nil {
			return nil, err
		}
		m[key] = ""
		if i+1 < len(a) {
			m[key] = a[i+1]
		}
	}
	return m, s.items(len(m))
}

func set(s *state, a []any) (any, error) {
	m := a[0].(map[string]any)
	if m == nil {
		return nil, constError("assignment to entry in nil map")
	}
	if err := s.items(len(m) + 1); err != nil {
		return nil, err
	}
	m[a[1].(string)] = a[2]
	return m, nil
}

func dig(_ *state, a []any) (any, error) {
	last := len(a) - 1
	m, ok := a[last].(map[string]any)
	if !ok {
		return nil, constError("the last argument of dig must be a map, and is " + typeName(a[last]))
	}
	keys := a[:last-1]
	for _, key := range keys {
		if _, ok := key.(string); !ok {
			return nil, constError("a key of dig must be a string, and is " + typeName(key))
		}
	}
	for i, key := range keys {
		v, ok := m[key.(string)]
		switch {
		case !ok:
			return a[last-1], nil
		case i == len(keys)-1:
			return v, nil
		}
		if m, ok = v.(map[string]any); !ok {
			return nil, constError("dig finds no map, but " + typeName(v))
		}
	}
	return nil, nil
}
