package template

// span is what one action wrote into the output.
type span struct {
	start, end int
	// json says that the action's pipeline encodes a value as JSON.
	json bool
}

// errStructure is what Payload refuses.
const errStructure = constError("a value would change the structure of the JSON text; write it with toJson")

// Payload is Execute for a template of a JSON text. What an action writes stays in
// the place that the template has for it: within the string around it, or else one
// JSON value, which is a list or an object only if the action has toJson or its
// like. Anything else is an error (OPA's CVE-2025-46569 is what happens without).
// Whether the whole is JSON is not checked.
func (t *Template) Payload(root Object) (string, error) {
	out, spans, err := t.execute(root, true)
	if err != nil {
		return "", err
	}
	s := &state{t: t}
	l := lexer{text: out}
	for _, sp := range spans {
		l.to(sp.start)
		inside, ended := l.inString, l.strings
		switch {
		case l.inEscape():
			return "", errStructure
		case !inside && !s.value(out[sp.start:sp.end], sp.json):
			return "", errStructure
		}
		l.to(sp.end)
		if inside && (!l.inString || l.strings != ended || l.inEscape()) {
			return "", errStructure
		}
	}
	return out, nil
}

// value says whether text is nothing, a scalar, or if encoded any JSON value.
func (s *state) value(text string, encoded bool) bool {
	p := jsonParser{text: text}
	if p.space(); p.i == len(text) {
		return true
	}
	v, err := parseJSON(s, text)
	if err != nil {
		return false
	}
	switch v.(type) {
	case map[string]any, []any:
		return encoded
	}
	return true
}

// lexer finds out where in a JSON text strings begin and end.
type lexer struct {
	text     string
	i        int
	inString bool
	// backslash says that one came last, hex how many digits of a \u are to come.
	backslash bool
	hex       int
	// strings is how many strings have ended.
	strings int
}

// inEscape says that what comes next is part of an escape.
func (l *lexer) inEscape() bool { return l.backslash || l.hex > 0 }

// to goes on until end.
func (l *lexer) to(end int) {
	for ; l.i < end; l.i++ {
		switch c := l.text[l.i]; {
		case l.backslash:
			l.backslash = false
			if c == 'u' {
				l.hex = 4
			}
		case c == '"':
			l.hex = 0
			if l.inString {
				l.strings++
			}
			l.inString = !l.inString
		case l.hex > 0:
			l.hex--
		case c == '\\' && l.inString:
			l.backslash = true
		}
	}
}
