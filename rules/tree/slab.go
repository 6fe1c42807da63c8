package tree

import "slices"

// slab is where a parser makes its nodes, and gathers the members of those that it has not read to their end.
type slab struct {
	// size is how many nodes are allocated at once, which nobody keeps longer than the others: those of a few elements
	// of a List. 0 allocates each by itself.
	size  int
	nodes []Node
	lists []*Node
	// open are the items, and their names, of the lists and objects that are being read.
	open  []*Node
	names []string
	// shapes are names of objects that may come again, by a hash; nil keeps none.
	shapes [][]string
}

func (s *slab) node() *Node {
	if s.size == 0 {
		return &Node{}
	}
	if len(s.nodes) == 0 {
		s.nodes = make([]Node, s.size)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	return n
}

// nodesAtOnce is a few times the number of values in an access rule.
const nodesAtOnce = 84

// repeats prepares for elements that are much alike.
func (s *slab) repeats() {
	s.size, s.shapes = nodesAtOnce, make([][]string, 64)
}

// mark is where the items of a list or an object begin among those that are open.
func (s *slab) mark() int { return len(s.open) }

// since is the number of items since mark gave from.
func (s *slab) since(from int) int { return len(s.open) - from }

// push adds an item, and its name if it has one.
func (s *slab) push(name string, item *Node) {
	s.open = append(s.open, item)
	s.names = append(s.names, name)
}

// items gives n the items since from.
func (s *slab) items(n *Node, from int) {
	open := s.open[from:]
	if len(open) == 0 {
		return
	}
	if s.size > 0 && len(open) <= s.size {
		if len(s.lists) < len(open) {
			s.lists = make([]*Node, s.size)
		}
		n.Items, s.lists = s.lists[:len(open):len(open)], s.lists[len(open):]
	} else {
		n.Items = make([]*Node, len(open))
	}
	copy(n.Items, open)
	s.open, s.names = s.open[:from], s.names[:from]
}

// members gives n the items since from with their names.
func (s *slab) members(n *Node, from int) {
	n.Keys = s.shape(s.names[from:])
	s.items(n, from)
}

// shape gives a copy of names that objects with the same ones share: nodes are read-only.
func (s *slab) shape(names []string) []string {
	if len(s.shapes) == 0 || len(names) == 0 {
		return append([]string(nil), names...)
	}
	h := uint32(0)
	for _, name := range names {
		h = h*31 + uint32(len(name))
		if name != "" {
			h = h*31 + uint32(name[0])
		}
	}
	slot := &s.shapes[h%uint32(len(s.shapes))]
	if !slices.Equal(*slot, names) {
		*slot = append([]string(nil), names...)
	}
	return *slot
}
