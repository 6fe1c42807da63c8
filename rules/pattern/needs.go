package pattern

import "strings"

// needs is what every URL that matches has: cheap to check before the match, and what the index is built from.
type needs struct {
	prefix string
}

func (n *needs) from(t *tree) {
	if c := t.root; c.kind == kText {
		n.prefix = c.text
	} else if c.kind == kConcat && c.child.kind == kText {
		n.prefix = c.child.text
	}
}

func (n *needs) allow(url string) bool { return strings.HasPrefix(url, n.prefix) }
