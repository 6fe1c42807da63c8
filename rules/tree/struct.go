package tree

import (
	"math"
	"sort"
	"strconv"
	"unicode/utf8"
)

// ParseStruct reads the wire bytes of a google.protobuf.Struct
// (google/protobuf/struct.proto), which is what Envoy hands a Wasm module
// whose configuration is a Struct. It is stricter than protobuf's own parsers:
// unknown fields, a name that stands twice, a value without or with two kinds,
// NaN and infinities, invalid UTF-8 are refused. A Struct has no order, so
// members are sorted by name; it has no positions. The error is an *Error.
func ParseStruct(pb []byte, lim Limits) (*Node, error) {
	lim = lim.withDefaults()
	if len(pb) > lim.Bytes {
		return nil, lim.tooLong()
	}
	p := structParser{lim: lim, nodes: lim.Nodes - 1, names: make(words, 64)}
	n := &Node{}
	if err := p.object(n, pb); err != nil {
		return nil, err
	}
	return n, nil
}

type structParser struct {
	lim   Limits
	depth int
	nodes int
	names words
	texts words
	slab  slab
	split split
}

const (
	wireVarint = 0
	wireDouble = 1
	wireBytes  = 2
)

func damaged() *Error { return &Error{Message: "not a google.protobuf.Struct: the bytes are damaged"} }

func (p *structParser) object(n *Node, pb []byte) *Error {
	if p.depth++; p.depth > p.lim.Depth {
		return p.lim.tooDeep()
	}
	defer func() { p.depth-- }()
	n.Kind = Object
	from := p.slab.mark()
	for len(pb) > 0 {
		field, wire, rest := tag(pb)
		entry, rest := bytesField(rest)
		if field != 1 || wire != wireBytes || rest == nil {
			return damaged()
		}
		pb = rest
		key, value, err := p.entry(entry)
		if err != nil {
			return err
		}
		p.slab.push(key, value)
	}
	p.slab.sort(from)
	p.slab.members(n, from)
	for i := 1; i < len(n.Keys); i++ {
		if n.Keys[i] == n.Keys[i-1] {
			return &Error{Path: pathKey(n.Keys[i]), Message: "stands twice in this object; keep one"}
		}
	}
	return nil
}

type byName struct {
	names []string
	items []*Node
}

func (b byName) Len() int           { return len(b.names) }
func (b byName) Less(i, j int) bool { return b.names[i] < b.names[j] }
func (b byName) Swap(i, j int) {
	b.names[i], b.names[j] = b.names[j], b.names[i]
	b.items[i], b.items[j] = b.items[j], b.items[i]
}

// sort puts the members since from into the order of their names.
func (s *slab) sort(from int) {
	names, items := s.names[from:], s.open[from:]
	if len(names) > 16 {
		sort.Stable(byName{names, items})
		return
	}
	for i := 1; i < len(names); i++ {
		for j := i; j > 0 && names[j] < names[j-1]; j-- {
			names[j], names[j-1] = names[j-1], names[j]
			items[j], items[j-1] = items[j-1], items[j]
		}
	}
}

// entry reads a map entry; its value may come before its key.
func (p *structParser) entry(pb []byte) (string, *Node, *Error) {
	var key, value []byte
	for len(pb) > 0 {
		field, wire, rest := tag(pb)
		body, rest := bytesField(rest)
		if wire != wireBytes || rest == nil {
			return "", nil, damaged()
		}
		switch {
		case field == 1 && key == nil:
			key = body
		case field == 2 && value == nil:
			value = body
		default:
			return "", nil, damaged()
		}
		pb = rest
	}
	if !utf8.Valid(key) {
		return "", nil, &Error{Message: "a member name is not valid UTF-8"}
	}
	if value == nil {
		return "", nil, damaged().under(pathKey(string(key)))
	}
	name := p.names.intern(key)
	n, err := p.member(name, value)
	if err != nil {
		return "", nil, err.under(pathKey(name))
	}
	return name, n, nil
}

// member reads the value of a member.
func (p *structParser) member(key string, pb []byte) (*Node, *Error) {
	if !p.split.enter(p.depth, key) {
		return p.value(pb)
	}
	defer p.split.leave()
	if field, wire, rest := tag(pb); p.split.here() && field == 6 && wire == wireBytes {
		return p.leaveOut(rest)
	}
	return p.value(pb)
}

// value reads a google.protobuf.Value, a oneof of six kinds.
func (p *structParser) value(pb []byte) (*Node, *Error) {
	if p.nodes--; p.nodes < 0 {
		return nil, p.lim.tooMany()
	}
	field, wire, rest := tag(pb)
	n := p.slab.node()
	var err *Error
	switch {
	case rest == nil:
		return nil, damaged()
	case field == 1 && wire == wireVarint:
		var v uint64
		if v, rest = varint(rest); rest == nil || v != 0 {
			return nil, damaged()
		}
	case field == 2 && wire == wireDouble:
		if len(rest) < 8 {
			return nil, damaged()
		}
		rest, err = rest[8:], n.setNumber(math.Float64frombits(fixed64(rest)))
	case field == 4 && wire == wireVarint:
		var v uint64
		if v, rest = varint(rest); rest == nil || v > 1 {
			return nil, damaged()
		}
		n.Kind, n.Bool = Bool, v == 1
	case wire == wireBytes && (field == 3 || field == 5 || field == 6):
		var body []byte
		if body, rest = bytesField(rest); rest == nil {
			return nil, damaged()
		}
		switch field {
		case 3:
			n.Kind, n.Text = String, p.texts.intern(body)
			if !utf8.Valid(body) {
				err = &Error{Message: "the string is not valid UTF-8"}
			}
		case 5:
			err = p.object(n, body)
		case 6:
			err = p.list(n, body)
		}
	default:
		return nil, damaged()
	}
	if err == nil && len(rest) > 0 {
		err = damaged()
	}
	if err != nil {
		return nil, err
	}
	return n, nil
}

// list reads a google.protobuf.ListValue.
func (p *structParser) list(n *Node, pb []byte) *Error {
	if p.depth++; p.depth > p.lim.Depth {
		return p.lim.tooDeep()
	}
	defer func() { p.depth-- }()
	n.Kind = Array
	from := p.slab.mark()
	for len(pb) > 0 {
		field, wire, rest := tag(pb)
		body, rest := bytesField(rest)
		if field != 1 || wire != wireBytes || rest == nil {
			return damaged()
		}
		item, err := p.value(body)
		if err != nil {
			return err.under(pathIndex(p.slab.since(from)))
		}
		p.slab.push("", item)
		pb = rest
	}
	p.slab.items(n, from)
	return nil
}

// setNumber keeps f and spells it as JSON would.
func (n *Node) setNumber(f float64) *Error {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return &Error{Message: "the number is not finite"}
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	n.Kind, n.Number, n.Text = Number, f, strconv.FormatFloat(f, format, -1, 64)
	return nil
}

// tag reads a field's number and wire type; rest is nil if there is none.
func tag(pb []byte) (field uint64, wire byte, rest []byte) {
	v, rest := varint(pb)
	return v >> 3, byte(v & 7), rest
}

// varint reads a base-128 varint of at most 64 bits; rest is nil if damaged,
// never nil otherwise.
func varint(pb []byte) (v uint64, rest []byte) {
	for i := 0; i < len(pb) && i < 10; i++ {
		b := pb[i]
		if i == 9 && b > 1 {
			return 0, nil
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			return v, pb[i+1:]
		}
	}
	return 0, nil
}

// bytesField reads a length and so many bytes; rest is nil if damaged, never
// nil otherwise.
func bytesField(pb []byte) (body, rest []byte) {
	length, rest := varint(pb)
	if rest == nil || length > uint64(len(rest)) {
		return nil, nil
	}
	return rest[:length:length], rest[length:]
}

func fixed64(b []byte) uint64 {
	var v uint64
	for i := range 8 {
		v |= uint64(b[i]) << (8 * i)
	}
	return v
}
