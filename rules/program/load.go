package program

import (
	"strings"

	"oathgate/rules"
)

// Load reads the plugin configuration as Envoy hands it to the module and
// compiles it: a program, or all that is wrong. What the rules' handlers and
// patterns hold is checked even if the rules' own shape has mistakes; a mistake in
// the shape of the sections that configure handlers is reported first, without
// what follows from it.
func Load(text []byte) (*Program, []rules.Problem) {
	doc, problems := rules.ParseGuest(text)
	switch {
	case len(problems) == 0:
		return Compile(doc)
	case doc == nil || !inRules(problems):
		return nil, problems
	}
	shape := problems
	_, more := Compile(doc)
	for _, p := range more {
		if !follows(p, shape) {
			problems = append(problems, p)
		}
	}
	return nil, problems
}

// inRules reports whether all problems are of rules, or of options that say
// nothing about handlers.
func inRules(problems []rules.Problem) bool {
	for _, p := range problems {
		if !strings.HasPrefix(p.Path, "access_rules.rules[") && !strings.HasPrefix(p.Path, "oathgate.") {
			return false
		}
	}
	return true
}

// follows reports whether a problem is at the place of another one or in it, is of
// a handler whose name is wrong, or has no place: then the document lacks what it
// speaks of.
func follows(p rules.Problem, others []rules.Problem) bool {
	if p.Path == "" || p.Path == "(document)" {
		return true
	}
	for _, o := range others {
		if within(p.Path, o.Path) || o.Path == p.Path+".handler" {
			return true
		}
	}
	return false
}

// within reports whether path is outer or a place in it.
func within(path, outer string) bool {
	rest, ok := strings.CutPrefix(path, outer)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
