package syntax

// Kind says what a Node is.
type Kind uint8

const (
	Text     Kind = iota // Text is written as it is
	Action               // {{ Pipe }}
	If                   // {{if Pipe}} List {{else}} Else {{end}}
	With                 // {{with Pipe}} List {{else}} Else {{end}}
	Range                // {{range Pipe}} List {{else}} Else {{end}}
	Template             // {{template Text Pipe}}; {{block}} is one, too
	Break                // {{break}}
	Continue             // {{continue}}
)

// Node is a part of a template's body.
type Node struct {
	Kind Kind
	Pos  int // bytes before it
	Text string
	Pipe *Pipe // nil if there is none
	List []Node
	Else []Node // an {{else if}} is an If here
}

// Pipe is a pipeline: what each command gives is the last argument of the next.
type Pipe struct {
	Declares []string // variables that it sets, with their $
	Assign   bool     // they are there already: `=`, not `:=`
	Commands []Command
}

// Command is a value, or a function or method with its arguments.
type Command []*Operand

// OperandKind says what an Operand is.
type OperandKind uint8

const (
	// These cannot take arguments.
	Dot    OperandKind = iota
	Nil                // nil
	Bool               // True
	String             // Text, without its quotes
	Number             // Constant

	Field    // .Names[0].Names[1]
	Variable // Names[0], with its $, .Names[1]
	Function // Text
	Group    // (Pipe)
	Chain    // Base.Names[0], where Base is a Function or a Group
)

// Operand is a value in a command.
type Operand struct {
	Kind     OperandKind
	Pos, End int // the bytes before it and its last one
	Text     string
	True     bool
	Constant Constant
	Names    []string
	Pipe     *Pipe
	Base     *Operand
}

// Constant is a number's value.
type Constant struct {
	Float float64
	Int   int64
	IsInt bool // Int is exact
	// Real says that the number is written as one: with a point, an exponent, or both.
	Real bool
}
