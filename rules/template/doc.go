// Package template executes the templates of Oathkeeper's configuration: Go's
// text/template language with missingkey=zero, Oathkeeper's print and
// printIndex (x/template.go), and functions of Sprig v3.3.0.
//
// It parses and executes with code of its own over plain values, because
// reflection would keep every exported method in the module. Results are those of text/template; what fails there fails here, at
// the latest when the template is executed. What can be seen to fail when the
// template is compiled is refused then, also where a condition would have kept
// it from being executed.
package template

// Functions that many places call carry go:noinline: compiled for Wasm, a copy
// of them in every place made the module 130 KiB larger.

// Values are nil, bool, int, int64, float64, string, []any, []string,
// map[string]any and Object; functions also make uint8, []int, [][]any and
// map[string]string.

// Object is a value with named fields.
type Object interface {
	// Field gives the field's value; ok is false if there is no such field.
	Field(name string) (value any, ok bool)
}

// Callable is an Object with methods.
type Callable interface {
	// Call gives what the method returns for args, or ErrNoMethod.
	Call(method string, args []any) (any, error)
}

// StringFielder is an Object that can give a string field without making an
// interface value of it. ok is false if it has no such field of that type:
// then Field is asked.
type StringFielder interface {
	StringField(name string) (value string, ok bool)
}

// StringsFielder is StringFielder for []string.
type StringsFielder interface {
	StringsField(name string) (value []string, ok bool)
}

// Marshaler is an Object that toJson can print.
type Marshaler interface {
	// JSON gives plain values and Records.
	JSON() any
}

// Record is a JSON object whose members keep their order.
type Record []Member

// Member is a member of a Record.
type Member struct {
	Name  string
	Value any
}

type constError string

func (e constError) Error() string { return string(e) }

// ErrNoMethod is what Callable.Call gives for a method it does not have.
const ErrNoMethod = constError("no such method")
