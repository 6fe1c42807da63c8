package template

import (
	"strconv"
	"strings"

	"oathgate/rules/re2"
)

// state is one execution.
type state struct {
	t     *Template
	out   []byte
	vars  []any // of the template being executed
	stack []any // arguments of the calls being evaluated
	steps int
	made  int
	calls int
	// spans are what actions wrote, if marked.
	spans  []span
	marked bool
	env    Environment
	// entropy is what is left of random bytes.
	entropy []byte
	// compiled is the regular expression of the call under way, if it is known.
	compiled *re2.Regexp
}

// failure is an error at a place of the template's text.
type failure struct {
	pos int
	msg string
}

func (f *failure) Error() string { return f.msg }

// at gives err the place it is at, unless it has one.
//
//go:noinline
func at(pos int, err error) error {
	if _, ok := err.(*failure); ok {
		return err
	}
	return &failure{pos: pos, msg: err.Error()}
}

//go:noinline
func fail(pos int, msg string) error { return &failure{pos: pos, msg: msg} }

// located is err with line and column in text.
func located(text string, err error) error {
	f, ok := err.(*failure)
	if !ok {
		return err
	}
	pos := min(f.pos, len(text))
	line := 1 + strings.Count(text[:pos], "\n")
	column := pos - strings.LastIndexByte(text[:pos], '\n')
	return constError("line " + strconv.Itoa(line) + ", column " + strconv.Itoa(column) + ": " + f.msg)
}

const (
	errSteps  = constError("the template takes too many steps")
	errOutput = constError("the template gives more than 64 KiB")
	errMade   = constError("the template makes too many values")
	errItems  = constError("the template makes a list of more than 10000 elements")
	errDeep   = constError("lists and maps are nested too deeply")
)

// work counts n steps.
func (s *state) work(n int) error {
	if s.steps += n; s.steps > maxSteps {
		return errSteps
	}
	return nil
}

// fits says whether a function may make a string of n bytes.
func (s *state) fits(n int) error {
	if n < 0 || n > MaxOutput {
		return errOutput
	}
	return nil
}

// items says whether a function may make a list or map of n elements.
func (s *state) items(n int) error {
	if n < 0 || n > maxItems {
		return errItems
	}
	return s.work(n / 16)
}

// cost is what it takes at least to look at v.
//
//go:noinline
func cost(v any) int {
	switch v := v.(type) {
	case string:
		return len(v) / 256
	case map[string]any:
		return len(v) / 16
	}
	n, _ := listLen(v)
	return n / 16
}

// record counts v, which a function made.
func (s *state) record(v any) error {
	switch v := v.(type) {
	case string:
		if err := s.fits(len(v)); err != nil {
			return err
		}
		s.made += len(v)
	case map[string]any:
		s.made += 48 * len(v)
	default:
		n, _ := listLen(v)
		s.made += 16 * n
	}
	if s.made > maxMade {
		return errMade
	}
	return nil
}

func (s *state) write(text string) error {
	if len(s.out)+len(text) > MaxOutput {
		return errOutput
	}
	s.out = append(s.out, text...)
	return nil
}

// print writes the value of an action.
func (s *state) print(v any) error {
	switch v := v.(type) {
	case string:
		return s.write(v)
	case nil, absent:
		return s.write("<no value>")
	}
	p := printer{buf: s.out}
	p.arg(v, 'v')
	if p.err != nil {
		return p.err
	}
	s.out = p.buf
	return nil
}

// text is v as fmt's %v prints it.
func text(v any) (string, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	var p printer
	p.arg(v, 'v')
	return string(p.buf), p.err
}
