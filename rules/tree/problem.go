package tree

import "strconv"

// Problem is one mistake of the operator's.
type Problem struct {
	// Path is where: "authenticators[0].config.only". Never empty.
	Path string
	// Line and Column are 1-based, zero where the source has no positions.
	Line, Column int
	// Inherited: the mistake stands in the global configuration that the place
	// was merged from, so every rule that uses it has the same one.
	Inherited bool
	// Message says what is wrong and what to write instead. It never quotes a
	// string value: values may be secrets.
	Message string
}

// String gives "line 3, column 7: path: message".
func (p Problem) String() string {
	s := p.Path + ": " + p.Message
	if p.Line > 0 {
		s = "line " + strconv.Itoa(p.Line) + ", column " + strconv.Itoa(p.Column) + ": " + s
	}
	return s
}

// Problems collects mistakes in the order they were found. The zero value is
// ready to use.
type Problems struct {
	list []Problem
	// Unplaced has problems counted only, and no path spelled out: for a first look at what is most likely right.
	Unplaced bool
}

// Add appends one; an empty path becomes "(document)".
func (p *Problems) Add(problem Problem) {
	if problem.Path == "" && !p.Unplaced {
		problem.Path = "(document)"
	}
	p.list = append(p.list, problem)
}

// Len says how many there are.
func (p *Problems) Len() int { return len(p.list) }

// List gives them; the caller must not change it.
func (p *Problems) List() []Problem { return p.list }
