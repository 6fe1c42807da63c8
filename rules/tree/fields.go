package tree

import "strings"

// Fields decodes an object whose names are known. It remembers what was
// asked for, so that Done can report the rest.
type Fields struct{ o *fields }

type fields struct {
	n      *Node // nil: absent, or not an object
	near   *Node
	at     place
	p      *Problems
	silent bool
	allowX bool
	// found has a bit for each of the first 64 members that was asked for.
	found uint64
	// asked are the names asked for. Only who reports them, or more than 64
	// members, needs them.
	asked []string
}

// Object takes what stands here as an object with known names. Absent, it
// gives an object without members; of another kind, that is reported and no
// member of it is reported missing.
func (c Cursor) Object() Fields {
	o := &fields{near: c.n, at: c.at, p: c.p, silent: c.silent}
	if c.n == nil {
		o.near = c.near
	} else if c.is(Object) {
		o.n = c.n
	} else {
		o.silent = true
	}
	return Fields{o}
}

// Present says whether there is an object at all.
func (f Fields) Present() bool { return f.o.n != nil }

// Has says whether the member is there, null included. It does not make the
// name known.
func (f Fields) Has(key string) bool { return f.o.n.Get(key) != nil }

// Field gives the member of that name, perhaps absent, and makes the name
// known.
func (f Fields) Field(key string) Cursor {
	return Cursor{n: f.o.ask(key), near: f.o.near, at: place{up: &f.o.at, key: key, index: -1}, p: f.o.p, silent: f.o.silent}
}

// ask makes a name known and gives its member, nil if absent.
func (o *fields) ask(key string) *Node {
	if o.named() {
		if o.asked == nil {
			o.asked = make([]string, 0, 10)
		}
		o.asked = append(o.asked, key)
	}
	i := o.n.find(key)
	if i < 0 {
		return nil
	}
	if i < 64 {
		o.found |= 1 << i
	}
	return o.n.Items[i]
}

// named says that the names asked for are kept.
func (o *fields) named() bool {
	return o.p != nil && !o.p.Unplaced || o.n != nil && len(o.n.Keys) > 64
}

// known says whether member i was asked for.
func (o *fields) known(i int) bool {
	if i < 64 {
		return o.found&(1<<i) != 0
	}
	return contains(o.asked, o.n.Keys[i])
}

// AllowX lets names that start with "x-" pass: they are the operator's own.
func (f Fields) AllowX() { f.o.allowX = true }

// Ignore makes names known whose values are not read here.
func (f Fields) Ignore(keys ...string) {
	for _, key := range keys {
		f.o.ask(key)
	}
}

// Done reports every member whose name was not asked for, with the names that
// are known here and the nearest one.
func (f Fields) Done() {
	if f.o.n == nil {
		return
	}
	for i, key := range f.o.n.Keys {
		if f.o.known(i) || f.o.allowX && strings.HasPrefix(key, "x-") {
			continue
		}
		c := Cursor{n: f.o.n.Items[i], at: place{up: &f.o.at, key: key, index: -1}, p: f.o.p, silent: f.o.silent}
		c.Fail(unknown(key, f.o.asked))
	}
}

func unknown(key string, known []string) string {
	switch near := Nearest(key, known); {
	case len(known) == 0:
		return "unknown key; no keys are known here: remove it"
	case near != "":
		return "unknown key; did you mean " + near + "? Known here: " + strings.Join(known, ", ")
	}
	return "unknown key; known here: " + strings.Join(known, ", ")
}

func contains(list []string, s string) bool {
	for _, item := range list {
		if item == s {
			return true
		}
	}
	return false
}
