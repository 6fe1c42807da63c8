// Package syntax reads the language of Go's text/template, as its documentation
// describes it and as text/template/parse of Go 1.26 takes it: the same texts are
// accepted, with the same tree, and a function need not exist. It stands in for that
// package because that one brings fmt, os and reflection into the module.
//
// Two kinds of text are refused that text/template takes: constants that are complex
// numbers, and what is nested too deeply or has too many actions (limits.go).
package syntax

// Fault says where a text is wrong, and why.
type Fault struct {
	Pos    int // bytes before the place
	Reason string
}
