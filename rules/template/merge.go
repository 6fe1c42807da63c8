package template

// mergeFunctions are Sprig's functions that merge and copy maps (dict.go,
// dario.cat/mergo, mitchellh/copystructure).
var mergeFunctions = [...]function{
	{"merge", "mm*", func(s *state, a []any) (any, error) { return merged(s, a, false) }},
	{"mustMerge", "mm*", func(s *state, a []any) (any, error) { return merged(s, a, false) }},
	{"mergeOverwrite", "mm*", func(s *state, a []any) (any, error) { return merged(s, a, true) }},
	{"mustMergeOverwrite", "mm*", func(s *state, a []any) (any, error) { return merged(s, a, true) }},
	{"deepCopy", "a", copied},
	{"mustDeepCopy", "a", copied},
}

func copied(s *state, a []any) (any, error) {
	if a[0] == nil {
		return nil, constError("there is nothing to copy")
	}
	return deepCopy(s, a[0], 0)
}

// merged merges maps into the first, in its place.
func merged(s *state, a []any, overwrite bool) (any, error) {
	into := a[0].(map[string]any)
	for _, from := range a[1:] {
		from := from.(map[string]any)
		if into == nil && from != nil {
			into = map[string]any{}
		}
		if err := merge(s, into, from, overwrite, 0); err != nil {
			return nil, err
		}
	}
	return into, nil
}

// merge puts what from holds where into has nothing, or an empty value, or with
// overwrite anything; maps in both are merged in turn.
func merge(s *state, into, from map[string]any, overwrite bool, depth int) error {
	if depth > maxDepth {
		return errDeep
	}
	if err := s.items(len(into) + len(from)); err != nil {
		return err
	}
	for key, value := range from {
		old, has := into[key]
		if value == nil {
			if overwrite {
				into[key] = nil
			}
			continue
		}
		if err := mergeable(value); err != nil {
			return err
		}
		if inner, ok := value.(map[string]any); ok {
			if oldInner, ok := old.(map[string]any); ok && oldInner != nil {
				if err := merge(s, oldInner, inner, overwrite, depth+1); err != nil {
					return err
				}
			}
			if has && !empty(old) {
				if _, ok := mapLen(old); ok {
					continue
				}
			}
		}
		if overwrite || !has || empty(old) {
			into[key] = value
		}
	}
	return nil
}

// mergeable refuses what reflection merges field by field.
func mergeable(v any) error {
	if _, ok := v.(map[string]any); ok || isScalar(v) {
		return nil
	}
	if _, ok := listLen(v); ok {
		return nil
	}
	return constError("a value of type " + typeName(v) + " is not supported here")
}

// deepCopy copies maps and lists that a template can change.
func deepCopy(s *state, v any, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errDeep
	}
	switch v := v.(type) {
	case map[string]any:
		if err := s.items(len(v)); v == nil || err != nil {
			return v, err
		}
		c := make(map[string]any, len(v))
		if err := s.record(v); err != nil {
			return nil, err
		}
		for key, value := range v {
			value, err := deepCopy(s, value, depth+1)
			if err != nil {
				return nil, err
			}
			c[key] = value
		}
		return c, nil
	case []any:
		if err := s.items(len(v)); v == nil || err != nil {
			return v, err
		}
		c := make([]any, len(v))
		if err := s.record(v); err != nil {
			return nil, err
		}
		for i := range v {
			value, err := deepCopy(s, v[i], depth+1)
			if err != nil {
				return nil, err
			}
			c[i] = value
		}
		return c, nil
	}
	return v, nil
}
