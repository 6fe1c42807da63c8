// Package policy holds a configuration as the filter of `oathgate run`'s proxy holds it, with what the command says of
// its rules: their names and places. The filter itself has no use for it.
package policy

import (
	"slices"
	"strconv"
	"strings"

	"oathgate/internal/source"
	"oathgate/rules"
	"oathgate/rules/pattern"
	"oathgate/rules/program"
)

// Policy is a configuration without mistakes.
type Policy struct {
	// Document is the configuration, and Program what the filter makes of it.
	Document *rules.Document
	Program  *program.Program
	// Rules are Document.Rules and where they are from.
	Rules []Rule
	// Notes are what the configuration says and nobody does.
	Notes []rules.Problem
}

// Rule is an access rule and its place.
type Rule struct {
	*rules.Rule
	// Name is the rule's id, or "rule #3" after its place in its file.
	Name string
	// File, Line and Column are where its pattern stands; Line is 0 in a text without lines.
	File         string
	Line, Column int
	// Pattern is its own, nil of a rule for Oathkeeper's gRPC middleware, which no request matches.
	Pattern *pattern.Pattern
}

// Place gives `rules.yaml:12:5`.
func (r *Rule) Place() string {
	if r.Line == 0 {
		return r.File
	}
	return r.File + ":" + strconv.Itoa(r.Line) + ":" + strconv.Itoa(r.Column)
}

// HasMethod reports whether the rule is for a method, in whatever case.
func (r *Rule) HasMethod(method string) bool {
	return slices.ContainsFunc(r.Methods, func(m string) bool { return strings.EqualFold(m, method) })
}

// Load reads a configuration: a Policy, or all that is wrong.
func Load(opt source.Options) (*Policy, []rules.Problem) {
	c, problems := source.Load(opt)
	if len(problems) > 0 {
		return nil, problems
	}
	doc, problems := rules.ParseGuest(c.Document)
	if len(problems) > 0 {
		return nil, problems
	}
	doc.Options.Role = rules.RoleProxy
	p := &Policy{Document: doc, Notes: c.Notes}
	if p.Program, problems = program.Compile(doc); len(problems) > 0 {
		return nil, problems
	}
	count := map[string]int{}
	for i := range doc.Rules {
		from := c.Rules[i]
		count[from.Document]++
		r := Rule{Rule: &doc.Rules[i], Name: from.ID, File: from.Document, Line: from.Line, Column: from.Column}
		if r.Name == "" {
			r.Name = "rule #" + strconv.Itoa(count[from.Document])
		}
		if !r.RPC {
			var err error
			if r.Pattern, err = pattern.Compile(doc.Strategy, r.URL); err != nil {
				return nil, []rules.Problem{{Document: r.File, Rule: r.Name, Path: r.URLPath, Line: r.Line, Column: r.Column, Message: err.Error()}}
			}
		}
		p.Rules = append(p.Rules, r)
	}
	return p, nil
}
