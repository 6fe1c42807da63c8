// Package pattern compiles the URL patterns of access rules and matches URLs against them, in linear time or within a fixed number of steps.
//
// A pattern is literal text with fragments in angle brackets. What a fragment means depends on the strategy: with [Regexp] it is a regular
// expression as github.com/dlclark/regexp2 v1.2.0 reads it under its RE2 option, with [Glob] a glob as github.com/gobwas/glob v0.2.3 reads it with
// the separators '.' and '/': the two engines of Oathkeeper (rule/engine_regexp.go, rule/engine_glob.go; ory/ladon compiler/regex.go). Whatever
// this package cannot match exactly as those do is an error of [Compile] that says what to write instead.
//
// The URL is scheme://host/path without a query, with the host canonical: lower case, no trailing dot, no default port. The literal host of a
// pattern is brought into the same form.
package pattern

import "strconv"

// Strategy tells how the fragments of a pattern are read (Oathkeeper's access_rules.matching_strategy).
type Strategy uint8

const (
	// Regexp reads fragments as regular expressions.
	Regexp Strategy = iota
	// Glob reads fragments as globs; such a pattern captures nothing.
	Glob
)

// Limits of a pattern. Each refuses, at Compile or at a match.
const (
	// MaxPattern is the longest pattern, in bytes.
	MaxPattern = 2 << 10
	// MaxProgram is the largest executable form, in instructions; it bounds what counted repetitions expand to.
	MaxProgram = 4 << 10
	// MaxDepth is the deepest nesting of groups.
	MaxDepth = 64
	// MaxGroups is the largest number of groups, the fragments themselves included.
	MaxGroups = 100
	// MaxRepeat is the largest count in {n,m}.
	MaxRepeat = 1000
	// MaxURL is the longest URL that is matched, in bytes.
	MaxURL = 16 << 10
	// MaxSteps bounds the work of one match. Without a backreference, and without captures asked for inside a lookahead, a match takes at most a
	// constant number of steps for each pair of instruction and byte; MaxSteps bounds that product too.
	MaxSteps = 1 << 20
)

// Error is a pattern that cannot be used. Message says what is wrong and what to write instead.
type Error struct {
	Offset  int // byte offset into the pattern
	Message string
}

func (e *Error) Error() string {
	return "pattern, at byte " + strconv.Itoa(e.Offset) + ": " + e.Message
}

// Pattern is a compiled pattern. Its executable form is built at the first match, so it is not safe for concurrent use.
type Pattern struct {
	url      string
	strategy Strategy
	groups   int
	need     needs
	prog     *program
}

// Compile checks a pattern completely. An error is always an [*Error].
func Compile(s Strategy, url string) (*Pattern, error) {
	var c Compiler
	return c.Compile(s, url)
}

// Compiler compiles one pattern after the other in the same scratch space. The zero value is ready to use.
type Compiler struct{ t tree }

// Compile is the function Compile.
func (c *Compiler) Compile(s Strategy, url string) (*Pattern, error) {
	t := &c.t
	*t = tree{slab: t.slab[:0]}
	if err := t.parse(s, url); err != nil {
		return nil, err
	}
	p := &Pattern{url: url, strategy: s, groups: t.groups}
	p.need.from(t)
	return p, nil
}

// String returns the pattern as it was written.
func (p *Pattern) String() string { return p.url }

// NumGroups returns the number of strings that Captures yields: every group but the whole match, 0 with the Glob strategy.
func (p *Pattern) NumGroups() int { return p.groups }

// Match reports whether url matches. It allocates nothing once s has grown to the pattern. The error is [ErrSteps], [ErrLong] or [ErrText]: the
// caller refuses the request, it must not go on as if the pattern had not matched.
func (p *Pattern) Match(url []byte, s *Scratch) (bool, error) {
	if !p.need.allow(url) {
		s.steps = 0
		return false, nil
	}
	return p.executable().match(url, s, false)
}

// Captures matches url and returns the text of each group in .NET's order: unnamed groups from left to right, the fragments among them, then named
// ones. A group that took no part is "", a repeated one holds its last text. It returns nil and false where url does not match. Invalid UTF-8 in
// the URL comes out as U+FFFD, as from Oathkeeper.
func (p *Pattern) Captures(url []byte, s *Scratch) ([]string, bool, error) {
	if !p.need.allow(url) {
		return nil, false, nil
	}
	ok, err := p.executable().match(url, s, true)
	if !ok || err != nil {
		return nil, false, err
	}
	if p.groups == 0 {
		return []string{}, true, nil
	}
	text := string(url)
	out := make([]string, p.groups)
	for i := range out {
		if c := s.caps[i+1]; c.end >= 0 {
			out[i] = toValid(text[c.start:c.end])
		}
	}
	return out, true, nil
}

func (p *Pattern) executable() *program {
	if p.prog == nil {
		var t tree
		if err := t.parse(p.strategy, p.url); err != nil {
			// Compile has parsed the same bytes before: this program matches nothing and says so.
			p.prog = &program{broken: true}
			return p.prog
		}
		p.prog = t.generate()
	}
	return p.prog
}
