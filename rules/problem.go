package rules

import (
	"strconv"

	"oathgate/rules/tree"
)

// Problem is one mistake in a document.
type Problem struct {
	// Document is the document's name.
	Document string
	// Rule is the rule's id, "" outside of rules.
	Rule string
	// Path is the place: "access_rules.rules[3].match.url". Never empty.
	Path string
	// Line and Column are 1-based, zero where the source has no positions.
	Line, Column int
	// Message says what is wrong and what to write instead. It quotes no
	// values of handler configurations: they may be secrets.
	Message string
}

// String gives `rules.yaml:12:5: rule "x": match.url: message`, without what
// is not known.
func (p Problem) String() string {
	s := p.Document
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
	}
	if s != "" {
		s += ": "
	}
	if p.Rule != "" {
		s += "rule " + strconv.Quote(p.Rule) + ": "
	}
	return s + p.Path + ": " + p.Message
}

// Error gives String: a Problem can be returned as an error.
func (p Problem) Error() string { return p.String() }

// parseProblem turns a parser's error into a problem.
func parseProblem(err error, name string) Problem {
	p := Problem{Document: name, Path: "(document)", Message: err.Error()}
	if e, ok := err.(*tree.Error); ok {
		p.Line, p.Column, p.Message = e.Line, e.Column, e.Message
		if e.Path != "" {
			p.Path = e.Path
		}
	}
	return p
}

// log gathers the problems of one document.
type log struct {
	name     string
	problems []Problem
	found    tree.Problems
	taken    int // how many of found are in problems
}

// flush attributes what was found since the last flush to a rule.
func (l *log) flush(rule string) {
	for _, p := range l.found.List()[l.taken:] {
		l.problems = append(l.problems, Problem{
			Document: l.name, Rule: rule, Path: p.Path, Line: p.Line, Column: p.Column, Message: p.Message,
		})
	}
	l.taken = l.found.Len()
}
