package template

import "oathgate/rules/re2"

// regexFunctions are Sprig's functions for regular expressions (regex.go), each
// also under its name with must: an expression that does not compile is an error
// in all of them, also in regexMatch, which says false in Sprig.
var regexFunctions = [...]function{
	{"regexMatch", "ss", regexMatch},
	{"mustRegexMatch", "ss", regexMatch},
	{"regexFind", "ss", regexFind},
	{"mustRegexFind", "ss", regexFind},
	{"regexFindAll", "ssi", regexFindAll},
	{"mustRegexFindAll", "ssi", regexFindAll},
	{"regexReplaceAll", "sss", func(s *state, a []any) (any, error) { return regexReplace(s, a, false) }},
	{"mustRegexReplaceAll", "sss", func(s *state, a []any) (any, error) { return regexReplace(s, a, false) }},
	{"regexReplaceAllLiteral", "sss", func(s *state, a []any) (any, error) { return regexReplace(s, a, true) }},
	{"mustRegexReplaceAllLiteral", "sss", func(s *state, a []any) (any, error) { return regexReplace(s, a, true) }},
	{"regexSplit", "ssi", regexSplit},
	{"mustRegexSplit", "ssi", regexSplit},
	{"regexQuoteMeta", "s", func(_ *state, a []any) (any, error) { return re2.Quote(a[0].(string)), nil }},
}

// takesRegex says that a function's first argument is a regular expression.
func takesRegex(f *function) bool {
	for i := range regexFunctions {
		if regexFunctions[i].name == f.name {
			return len(f.sig) > 1
		}
	}
	return false
}

// stepsOfRegex is how many steps of a search count as one of the template.
const stepsOfRegex = 64

// regex is the expression of the call under way, and the steps a search may take.
func (s *state) regex(text any) (re *re2.Regexp, steps int, err error) {
	if re = s.compiled; re == nil {
		if re, err = re2.Compile(text.(string)); err != nil {
			return nil, 0, err
		}
		if err = s.work(len(text.(string))); err != nil {
			return nil, 0, err
		}
	}
	return re, (maxSteps - s.steps) * stepsOfRegex, nil
}

// searched counts what a search did.
func (s *state) searched(before, after int, err error) error {
	if err != nil {
		return err
	}
	return s.work((before - after) / stepsOfRegex)
}

func regexMatch(s *state, a []any) (any, error) {
	re, steps, err := s.regex(a[0])
	if err != nil {
		return nil, err
	}
	before := steps
	found, err := re.Match(a[1].(string), &steps)
	return found, s.searched(before, steps, err)
}

func regexFind(s *state, a []any) (any, error) {
	re, steps, err := s.regex(a[0])
	if err != nil {
		return nil, err
	}
	before := steps
	found, err := re.Find(a[1].(string), &steps)
	return found, s.searched(before, steps, err)
}

func regexFindAll(s *state, a []any) (any, error) {
	re, steps, err := s.regex(a[0])
	if err != nil {
		return nil, err
	}
	before := steps
	found, err := re.FindAll(a[1].(string), min(a[2].(int), maxItems+1), &steps)
	if err == nil {
		err = s.items(len(found))
	}
	return found, s.searched(before, steps, err)
}

func regexSplit(s *state, a []any) (any, error) {
	re, steps, err := s.regex(a[0])
	if err != nil {
		return nil, err
	}
	before := steps
	pieces, err := re.Split(a[1].(string), min(a[2].(int), maxItems+1), &steps)
	if err == nil {
		err = s.items(len(pieces))
	}
	return pieces, s.searched(before, steps, err)
}

func regexReplace(s *state, a []any, literal bool) (any, error) {
	re, steps, err := s.regex(a[0])
	if err != nil {
		return nil, err
	}
	before := steps
	text, err := re.Replace(a[1].(string), a[2].(string), literal, MaxOutput, &steps)
	return text, s.searched(before, steps, err)
}
