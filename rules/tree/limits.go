package tree

import "strconv"

// Limits bound one parse. A zero field means its default. Every limit
// refuses; none truncates.
type Limits struct {
	// Bytes is the longest input accepted; default 16 MiB.
	Bytes int
	// Depth is how many lists and objects may stand in each other; default 32.
	Depth int
	// Nodes is how many values one tree may hold, aliases written out; default
	// 2,000,000. It bounds the memory that a small text can ask for.
	Nodes int
}

const (
	defaultBytes = 16 << 20
	defaultDepth = 32
	defaultNodes = 2_000_000
)

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = defaultBytes
	}
	if l.Depth <= 0 {
		l.Depth = defaultDepth
	}
	if l.Nodes <= 0 {
		l.Nodes = defaultNodes
	}
	return l
}

// Error is why a parse failed. The parsers return no other type.
type Error struct {
	// Path is the place in the document ("rules[3].match"), "" at the top.
	Path string
	// Line and Column are 1-based, zero where the source has no positions.
	Line, Column int
	Message      string
}

// Error gives "line 3, column 7: access_rules: message", leaving out what is
// not known. It never quotes a value.
func (e *Error) Error() string {
	s := e.Message
	if e.Path != "" {
		s = e.Path + ": " + s
	}
	if e.Line > 0 {
		s = "line " + strconv.Itoa(e.Line) + ", column " + strconv.Itoa(e.Column) + ": " + s
	}
	return s
}

func (e *Error) under(prefix string) *Error {
	switch {
	case e.Path == "":
		e.Path = prefix
	case e.Path[0] == '[':
		e.Path = prefix + e.Path
	default:
		e.Path = prefix + "." + e.Path
	}
	return e
}

func (l Limits) tooLong() *Error {
	return &Error{Message: "longer than " + strconv.Itoa(l.Bytes) + " bytes"}
}

func (l Limits) tooDeep() *Error {
	return &Error{Message: "nested deeper than " + strconv.Itoa(l.Depth) + " levels"}
}

func (l Limits) tooMany() *Error {
	return &Error{Message: "more than " + strconv.Itoa(l.Nodes) + " values"}
}
