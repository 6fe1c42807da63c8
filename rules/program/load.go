package program

import (
	"strings"

	"oathgate/rules"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/token"
)

// Load reads the plugin configuration as Envoy hands it to the module and
// compiles it: a program, or all that is wrong.
func Load(text []byte) (*Program, []rules.Problem) { return LoadOn(text, token.Lack{}, nil) }

// LoadOn is Load for a host whose cryptography has gaps: a handler that needs what
// is not there is a problem. tidy, if there is one, is called now and then between two rules: reading one leaves more
// garbage behind than it makes of the program.
func LoadOn(text []byte, lack token.Lack, tidy func()) (*Program, []rules.Problem) {
	if g := rules.OpenGuest(text); g != nil {
		next := func() *rules.Rule {
			if n := g.Read(); n > 0 && n%tidyEvery == 0 && tidy != nil {
				tidy()
			}
			return g.Next()
		}
		if p, problems := compile(g.Document, g.NumRules(), next, lack, nil); len(problems) == 0 && g.Sound() {
			return p, nil
		}
	}
	if tidy != nil {
		tidy()
	}
	// There are mistakes. The document as a whole tells all of them, and where they are.
	doc, problems := rules.ParseGuest(text)
	return check(doc, problems, lack, nil)
}

// tidyEvery is the number of rules that are read before their garbage, about 8 KB each, is worth a collection.
const tidyEvery = 4000

// Check compiles a document, nil if there is none, that was read with the problems
// given: a program, or all that is wrong. What the rules' handlers and patterns hold
// is checked even if the rules' own shape has mistakes; a mistake in the shape of the
// sections that configure handlers is reported first, without what follows from it.
// ask, if there is one, is told every endpoint that the rules' handlers or, as
// upstreams, the rules themselves talk to.
func Check(doc *rules.Document, problems []rules.Problem, ask func(e callout.Endpoint, upstream bool)) (*Program, []rules.Problem) {
	return check(doc, problems, token.Lack{}, ask)
}

func check(doc *rules.Document, problems []rules.Problem, lack token.Lack, ask func(callout.Endpoint, bool)) (*Program, []rules.Problem) {
	switch {
	case len(problems) == 0:
		return compileAll(doc, lack, ask)
	case doc == nil || !inRules(problems):
		return nil, problems
	}
	shape := problems
	_, more := compileAll(doc, lack, ask)
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
