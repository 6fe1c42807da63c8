package pattern

// segment is a piece of a pattern: literal text or the inside of a first-level <...>.
type segment struct {
	text     string
	offset   int
	fragment bool
}

// split cuts a pattern into segments. Delimiters are counted by plain bytes, as ory/ladon's compiler does: neither a backslash nor a bracket hides them.
func split(url string, into []segment) ([]segment, *Error) {
	level, start := 0, 0
	for i := 0; i < len(url); i++ {
		switch url[i] {
		case '<':
			if level++; level == 1 {
				if i > start {
					into = append(into, segment{text: url[start:i], offset: start})
				}
				start = i + 1
			}
		case '>':
			if level--; level < 0 {
				return nil, &Error{i, "> without <: a fragment is written <...>, and inside it < and > must pair (no lookbehind, no atomic group)"}
			}
			if level == 0 {
				into = append(into, segment{text: url[start:i], offset: start, fragment: true})
				start = i + 1
			}
		}
	}
	if level != 0 {
		return nil, &Error{start, "< without >: close the fragment with >; inside it < and > must pair (no lookbehind), \\x3c stands for a literal <"}
	}
	if start < len(url) {
		into = append(into, segment{text: url[start:], offset: start})
	}
	return into, nil
}
