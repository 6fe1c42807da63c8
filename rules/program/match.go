package program

import (
	"slices"
	"strings"

	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// Match is the rule that a request matches.
type Match struct {
	// Rule is the one rule.
	Rule *Rule
	// Groups are what the pattern's capture groups matched, if the rule reads them.
	Groups []string
}

// Match finds the one rule for r. It is refused with 404 if there is none, with
// 500 if more than one of the highest priority match, with 400 if another reading
// of the path would lead elsewhere (DESIGN §3) or a header that the rule takes
// credentials from is repeated.
func (p *Program) Match(r *request.Request) (Match, *pipeline.Error) {
	p.steps = 0
	m, err := p.match(r, r.Path)
	if err != nil {
		return Match{}, err
	}
	if err := p.guard(r, &m); err != nil {
		return Match{}, err
	}
	for _, name := range m.Rule.tokenHeaders {
		if _, _, repeated := r.Headers.Single(name); repeated {
			return Match{}, pipeline.BadRequest("a header that carries credentials is repeated")
		}
	}
	return m, nil
}

// guard refuses a path that some server between here and the application could
// read as one that another rule, or the same rule differently, is for.
func (p *Program) guard(r *request.Request, m *Match) *pipeline.Error {
	if r.Unclean && !p.RulesRoute() && p.RequestOptions.Paths == request.PathsStrict {
		// Nothing is rewritten: the upstream would see the path as it came.
		return pipeline.BadRequest("the path is not in its normal form")
	}
	for _, reading := range r.Readings {
		other, err := p.match(r, reading)
		if err != nil || other.Rule != m.Rule || !slices.EqualFunc(other.Groups, m.Groups, m.Rule.alike) {
			return pipeline.BadRequest("the path can be read in more than one way")
		}
	}
	if len(r.Readings) > 0 && m.Rule.readsURL {
		return pipeline.BadRequest("the path can be read in more than one way, and this rule reads the URL")
	}
	return nil
}

// alike compares what a group captured of two readings. A slash that one of them left
// escaped is no difference for a rule that does not read its captures.
func (r *Rule) alike(a, b string) bool {
	return a == b || !r.readsGroups && unescapeSlash(a) == unescapeSlash(b)
}

func unescapeSlash(s string) string { return strings.ReplaceAll(s, "%2F", "/") }

// match finds the rule for one reading of the path. The authority is tried
// without the scheme's default port and, if no rule is for that, with it.
func (p *Program) match(r *request.Request, path string) (Match, *pipeline.Error) {
	var found search
	p.spell(r, "", path)
	if err := p.search(&found, r.Method); err != nil {
		return Match{}, err
	}
	if port := r.DefaultPort(); found.rule == nil && port != "" {
		p.spell(r, port, path)
		if err := p.search(&found, r.Method); err != nil {
			return Match{}, err
		}
	}
	switch {
	case found.rule == nil:
		return Match{}, pipeline.NoRule()
	case found.many:
		return Match{}, pipeline.ManyRules()
	}
	if !found.rule.readsGroups && len(r.Readings) == 0 {
		return Match{Rule: found.rule}, nil
	}
	groups, ok, err := found.rule.pattern.Captures(p.url, &p.scratch)
	if err != nil || !ok {
		return Match{}, tooComplex()
	}
	return Match{Rule: found.rule, Groups: groups}, nil
}

// spell writes the URL that patterns are compared with: of a canonical host with
// port, "" for none.
func (p *Program) spell(r *request.Request, port, path string) {
	url := append(p.url[:0], r.Scheme...)
	url = append(url, "://"...)
	url = append(url, r.Authority...)
	if port != "" {
		url = append(url, ':')
		url = append(url, port...)
	}
	p.url = append(url, path...)
}

// search is a match so far.
type search struct {
	rule *Rule
	many bool
}

// search looks for rules that the spelled URL matches.
func (p *Program) search(found *search, method string) *pipeline.Error {
	for _, i := range p.index.Candidates(p.url, &p.scratch) {
		if found.many && found.rule.priority == p.highest {
			// No other rule can change that, however many the client's URL names.
			return nil
		}
		rule := &p.rules[i]
		if rule == found.rule || !rule.hasMethod(method) {
			continue
		}
		ok, err := rule.pattern.Match(p.url, &p.scratch)
		p.steps += p.scratch.Steps()
		switch {
		case err != nil || p.steps > maxSteps:
			return tooComplex()
		case !ok || found.rule != nil && rule.priority < found.rule.priority:
		case found.rule != nil && rule.priority == found.rule.priority:
			found.many = true
		default:
			*found = search{rule: rule}
		}
	}
	return nil
}

// maxSteps bounds what all patterns together may take for all readings of one
// request: about 0.2 s in Wasm, more if they have backreferences. 10,000 rules that
// hold no literal text take as much on a path of 100 bytes.
const maxSteps = 64 * pattern.MaxSteps

// tooComplex is the refusal of a URL that a pattern, or all of them, could not be
// compared with in the steps it is allowed.
func tooComplex() *pipeline.Error {
	return pipeline.Internal("matching a rule's URL took too many steps")
}
