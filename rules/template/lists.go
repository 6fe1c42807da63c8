package template

// listFunctions are Sprig's functions for lists (list.go), each also under its
// name with must: for what a template can see, the two are one.
var listFunctions = [...]function{
	{"list", "a*", list},
	{"tuple", "a*", list},
	{"append", "aa", push},
	{"push", "aa", push},
	{"mustAppend", "aa", push},
	{"mustPush", "aa", push},
	{"prepend", "aa", prepend},
	{"mustPrepend", "aa", prepend},
	{"first", "a", first},
	{"mustFirst", "a", first},
	{"rest", "a", rest},
	{"mustRest", "a", rest},
	{"last", "a", last},
	{"mustLast", "a", last},
	{"initial", "a", initial},
	{"mustInitial", "a", initial},
	{"reverse", "a", reverse},
	{"mustReverse", "a", reverse},
	{"uniq", "a", uniq},
	{"mustUniq", "a", uniq},
	{"compact", "a", compact},
	{"mustCompact", "a", compact},
	{"without", "aa*", without},
	{"mustWithout", "aa*", without},
	{"has", "aa", has},
	{"mustHas", "aa", has},
	{"slice", "aa*", slice},
	{"mustSlice", "aa*", slice},
	{"concat", "a*", concat},
	{"chunk", "ia", chunk},
	{"mustChunk", "ia", chunk},
	{"toStrings", "a", func(s *state, a []any) (any, error) { return stringsOf(s, a[0]) }},
	{"sortAlpha", "a", sortAlpha},
}

func list(s *state, a []any) (any, error) {
	return append(make([]any, 0, len(a)), a...), s.items(len(a))
}

// elements copies the list v, with room for more elements.
func elements(s *state, v any, more int) ([]any, error) {
	n, ok := listLen(v)
	if !ok {
		return nil, constError("the value is no list, but of type " + typeName(v))
	}
	if err := s.items(n + more); err != nil {
		return nil, err
	}
	items := make([]any, n, n+more)
	for i := range items {
		items[i] = listAt(v, i)
	}
	return items, nil
}

func push(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 1)
	if err != nil {
		return nil, err
	}
	return append(items, a[1]), nil
}

func prepend(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 1)
	if err != nil {
		return nil, err
	}
	return append([]any{a[1]}, items...), nil
}

func first(_ *state, a []any) (any, error) {
	n, ok := listLen(a[0])
	switch {
	case !ok:
		return nil, constError("Cannot find first on type " + kindName(a[0]))
	case n == 0:
		return nil, nil
	}
	return listAt(a[0], 0), nil
}

func last(_ *state, a []any) (any, error) {
	n, ok := listLen(a[0])
	switch {
	case !ok:
		return nil, constError("Cannot find last on type " + kindName(a[0]))
	case n == 0:
		return nil, nil
	}
	return listAt(a[0], n-1), nil
}

func rest(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil || len(items) == 0 {
		return []any(nil), err
	}
	return items[1:], nil
}

func initial(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil || len(items) == 0 {
		return []any(nil), err
	}
	return items[:len(items)-1], nil
}

func reverse(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil {
		return nil, err
	}
	for i, j := 0, len(items)-1; i < j; i, j = i+1, j-1 {
		items[i], items[j] = items[j], items[i]
	}
	return items, nil
}

func contains(s *state, items []any, v any) (bool, error) {
	for _, item := range items {
		if equal, err := deepEqual(s, v, item, 0); equal || err != nil {
			return equal, err
		}
	}
	return false, nil
}

func uniq(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for _, v := range items {
		found, err := contains(s, kept, v)
		if err != nil {
			return nil, err
		}
		if !found {
			kept = append(kept, v)
		}
	}
	return kept, nil
}

func compact(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for _, v := range items {
		if !empty(v) {
			kept = append(kept, v)
		}
	}
	return kept, nil
}

func without(s *state, a []any) (any, error) {
	items, err := elements(s, a[0], 0)
	if err != nil {
		return nil, err
	}
	kept := []any{}
	for _, v := range items {
		found, err := contains(s, a[1:], v)
		if err != nil {
			return nil, err
		}
		if !found {
			kept = append(kept, v)
		}
	}
	return kept, nil
}

func has(s *state, a []any) (any, error) {
	if a[1] == nil {
		return false, nil
	}
	items, err := elements(s, a[1], 0)
	if err != nil {
		return nil, err
	}
	return contains(s, items, a[0])
}

func slice(_ *state, a []any) (any, error) {
	n, ok := listLen(a[0])
	if !ok {
		return nil, constError("list should be type of slice or array but " + kindName(a[0]))
	}
	if n == 0 {
		return nil, nil
	}
	start, end := int64(0), int64(n)
	if len(a) > 1 {
		start = toInt64(a[1])
	}
	if len(a) > 2 {
		end = toInt64(a[2])
	}
	// Go also gives what lies behind a list's end, as far as memory was
	// allocated for it.
	if start < 0 || start > end || end > int64(n) {
		return nil, constError("slice index out of bounds")
	}
	switch v := a[0].(type) {
	case []any:
		return v[start:end:end], nil
	case []string:
		return v[start:end:end], nil
	case []int:
		return v[start:end:end], nil
	case [][]any:
		return v[start:end:end], nil
	}
	return nil, nil
}

func concat(s *state, a []any) (any, error) {
	var all []any
	for _, v := range a {
		items, err := elements(s, v, len(all))
		if err != nil {
			return nil, err
		}
		all = append(all, items...)
	}
	return all, nil
}

func chunk(s *state, a []any) (any, error) {
	size := a[0].(int)
	items, err := elements(s, a[1], 0)
	if err != nil {
		return nil, err
	}
	if size <= 0 {
		return nil, constError("the size of a chunk must be positive")
	}
	size = max(1, min(size, len(items)))
	chunks := make([][]any, 0, (len(items)+size-1)/size)
	for len(items) > 0 {
		n := min(size, len(items))
		chunks = append(chunks, items[:n:n])
		items = items[n:]
	}
	return chunks, nil
}

func sortAlpha(s *state, a []any) (any, error) {
	n, ok := listLen(a[0])
	if !ok {
		text, err := text(a[0])
		return []string{text}, err
	}
	texts, err := stringsOf(s, a[0])
	if err != nil {
		return nil, err
	}
	// Sprig sorts a list of strings in its place.
	sorted := append([]string(nil), texts...)
	sortStrings(sorted)
	return sorted, s.work(n)
}
