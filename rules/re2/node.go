package re2

type op uint8

const (
	opEmpty   op = iota // matches the empty text
	opChar              // one character of a class
	opAssert            // a place
	opConcat            // all of subs in a row
	opAlt               // one of subs
	opRepeat            // subs[0] from min to max times; max is -1 for any number
	opCapture           // subs[0], remembered as group number min
)

// node is a part of an expression.
type node struct {
	op       op
	lazy     bool
	assert   assertion
	class    *class
	min, max int
	subs     []*node
}

// assertion is what must hold of a place in the text.
type assertion uint8

const (
	beginText assertion = iota
	endText
	beginLine
	endLine
	wordEdge
	noWordEdge
)

// nullable says that n may match the empty text.
func (n *node) nullable() bool {
	switch n.op {
	case opChar:
		return false
	case opConcat, opCapture:
		for _, sub := range n.subs {
			if !sub.nullable() {
				return false
			}
		}
	case opAlt:
		for _, sub := range n.subs {
			if sub.nullable() {
				return true
			}
		}
		return false
	case opRepeat:
		return n.min == 0 || n.subs[0].nullable()
	}
	return true
}
