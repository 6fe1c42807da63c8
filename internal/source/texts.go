package source

import (
	"bytes"
	"sort"
	"strconv"
	"strings"

	"oathgate/rules"
	"oathgate/rules/tree"
)

// texts gives every line of everything that was read a number of its own: what is merged of several texts still
// knows where each part is from.
type texts struct {
	list  []span
	lines int
}

// span is the lines of one text: a file, an environment variable.
type span struct {
	name  string
	first int // the number of its first line
	plain bool
}

// add numbers the lines of a text and gives the tree that was read from it with these numbers. A plain text has no
// lines to name.
func (t *texts) add(name string, text []byte, plain bool, n *tree.Node) *tree.Node {
	base := t.lines
	t.list = append(t.list, span{name: name, first: base + 1, plain: plain})
	t.lines += bytes.Count(text, []byte("\n")) + 1
	return moved(n, base)
}

func moved(n *tree.Node, by int) *tree.Node {
	m := *n
	m.Line = max(n.Line, 1) + by
	m.Items = make([]*tree.Node, len(n.Items))
	for i, item := range n.Items {
		m.Items[i] = moved(item, by)
	}
	return &m
}

// find gives the text that a numbered line is of, and the line in it, 0 in a plain one.
func (t *texts) find(line int) (name string, local int) {
	i := sort.Search(len(t.list), func(i int) bool { return t.list[i].first > line }) - 1
	switch {
	case i < 0:
		return "", 0
	case t.list[i].plain:
		return t.list[i].name, 0
	}
	return t.list[i].name, line - t.list[i].first + 1
}

// locate names the text that a problem of what was merged is in; a rule is named as in the list that it is from.
func (l *loader) locate(root *tree.Node, p rules.Problem) rules.Problem {
	if p.Line == 0 {
		if n := nearest(root, p.Path); n != nil {
			p.Line, p.Column = n.Line, n.Column
		}
	}
	if p.Line > 0 {
		if p.Document, p.Line = l.texts.find(p.Line); p.Line == 0 {
			p.Column = 0
		}
	}
	const prefix = "access_rules.rules["
	index, rest, ok := strings.Cut(strings.TrimPrefix(p.Path, prefix), "]")
	at, err := strconv.Atoi(index)
	if !ok || err != nil || !strings.HasPrefix(p.Path, prefix) {
		return p
	}
	for _, list := range l.lists {
		if at < len(list.rules) {
			p.Path = list.path + "[" + strconv.Itoa(at) + "]" + rest
			if text(list.rules[at].Get("id")) == "" && p.Rule != "" {
				p.Rule = "rule #" + strconv.Itoa(at+1)
			}
			break
		}
		at -= len(list.rules)
	}
	return p
}

// nearest is what stands at a path, or at the longest beginning of it where something stands with a line.
func nearest(n *tree.Node, path string) *tree.Node {
	var last *tree.Node
	for n != nil {
		if n.Line > 0 {
			last = n
		}
		key, rest, _ := strings.Cut(path, ".")
		n, path = n.Get(key), rest
	}
	return last
}
