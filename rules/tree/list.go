package tree

// List is a list that SplitJSON or SplitStruct has left out of a tree. Its elements are parsed one at a time, so that
// a long one takes no more memory than its longest element.
type List struct {
	elements [][]byte
	parse    func(element []byte) (*Node, *Error)
}

// listWords is how many names and short texts of a list's elements are kept to be shared.
const listWords = 1024

// Len says how many elements the list has, as far as that can be said before they are parsed.
func (l *List) Len() int {
	if l == nil {
		return 0
	}
	return len(l.elements)
}

// Parse reads element i, each once: what they may hold together is limited. The error is an *Error whose place is not
// the one in the document.
func (l *List) Parse(i int) (*Node, error) {
	n, err := l.parse(l.elements[i])
	if err != nil {
		return nil, err
	}
	return n, nil
}

// SplitJSON is ParseJSON, but the list at path, names of members from the top on, is empty in the tree and is
// returned by itself; nil if there is none. The text is what ParseJSON accepts if every element can be parsed, too.
// The list keeps data.
func SplitJSON(data []byte, lim Limits, path ...string) (*Node, *List, error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, nil, lim.tooLong()
	}
	p := &jsonParser{data: data, lim: lim, line: 1, nodes: lim.Nodes, names: make(words, listWords), split: split{path: path}}
	n, err := p.document()
	if err != nil {
		return nil, nil, err
	}
	l := p.split.list
	if l != nil {
		p.slab.repeats()
		p.texts = p.names
		l.parse = func(element []byte) (*Node, *Error) {
			p.data, p.pos, p.depth, p.split = element, 0, len(path)+1, split{}
			return p.document()
		}
	}
	return n, l, nil
}

// SplitStruct is to ParseStruct what SplitJSON is to ParseJSON.
func SplitStruct(pb []byte, lim Limits, path ...string) (*Node, *List, error) {
	lim = lim.withDefaults()
	if len(pb) > lim.Bytes {
		return nil, nil, lim.tooLong()
	}
	p := &structParser{lim: lim, nodes: lim.Nodes - 1, names: make(words, listWords), split: split{path: path}}
	n := &Node{}
	if err := p.object(n, pb); err != nil {
		return nil, nil, err
	}
	l := p.split.list
	if l != nil {
		p.slab.repeats()
		p.texts = p.names
		l.parse = func(element []byte) (*Node, *Error) {
			p.depth, p.split = len(path)+1, split{}
			return p.value(element)
		}
	}
	return n, l, nil
}

// split finds the list to leave out. The zero split finds none.
type split struct {
	path []string
	// along is how many names of path lead to the object at hand.
	along int
	list  *List
}

// enter reports whether a member of an object at a depth, 1 at the top, is on the path; leave must follow then.
func (s *split) enter(depth int, key string) bool {
	if s.along == len(s.path) || depth != s.along+1 || key != s.path[s.along] {
		return false
	}
	s.along++
	return true
}

func (s *split) leave() { s.along-- }

// here reports whether the member entered is the one at the path's end.
func (s *split) here() bool { return s.along == len(s.path) }

// leaveOut finds where the elements of a list begin and end. Whether they are JSON is not looked at: if each of them
// is, brackets and quotes have been counted right.
func (p *jsonParser) leaveOut() (*Node, *Error) {
	if p.nodes--; p.nodes < 0 {
		return nil, p.at(p.lim.tooMany())
	}
	l := &List{}
	p.split.list = l
	if err := p.enter(); err != nil {
		return nil, err
	}
	p.depth--
	n := &Node{Kind: Array}
	if p.peek() == ']' {
		p.pos++
		return n, nil
	}
	for {
		start := p.pos
		if !p.skip() {
			return nil, p.fail("not JSON: the list is not closed")
		}
		l.elements = append(l.elements, p.data[start:p.pos])
		p.pos++
		if p.data[p.pos-1] == ']' {
			return n, nil
		}
	}
}

// skip goes to the comma or bracket that ends an element; false if there is none.
func (p *jsonParser) skip() bool {
	for depth := 0; p.pos < len(p.data); p.pos++ {
		switch p.data[p.pos] {
		case '"':
			if !p.skipText() {
				return false
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return p.data[p.pos] == ']'
			}
			depth--
		case ',':
			if depth == 0 {
				return true
			}
		}
	}
	return false
}

// skipText goes to the quote that closes a string.
func (p *jsonParser) skipText() bool {
	for p.pos++; p.pos < len(p.data); p.pos++ {
		switch p.data[p.pos] {
		case '"':
			return true
		case '\\':
			p.pos++
		}
	}
	return false
}

// leaveOut finds the elements of a google.protobuf.ListValue; pb is what follows its tag in the Value.
func (p *structParser) leaveOut(pb []byte) (*Node, *Error) {
	body, rest := bytesField(pb)
	if rest == nil || len(rest) > 0 {
		return nil, damaged()
	}
	if p.nodes--; p.nodes < 0 {
		return nil, p.lim.tooMany()
	}
	if p.depth >= p.lim.Depth {
		return nil, p.lim.tooDeep()
	}
	l := &List{}
	p.split.list = l
	for len(body) > 0 {
		field, wire, rest := tag(body)
		element, rest := bytesField(rest)
		if field != 1 || wire != wireBytes || rest == nil {
			return nil, damaged()
		}
		l.elements = append(l.elements, element)
		body = rest
	}
	return &Node{Kind: Array}, nil
}
