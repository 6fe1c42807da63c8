package tree

import (
	"strconv"
	"strings"
	"time"
)

// place is one element of a path, spelled out only when a problem needs it.
type place struct {
	up    *place
	key   string // a member's name, or at the root the path given
	index int    // an element's index, -1 for a member
	root  bool
}

func (at *place) path() string {
	switch {
	case at.root:
		return at.key
	case at.index >= 0:
		return joinPath(at.up.path(), pathIndex(at.index))
	}
	return joinPath(at.up.path(), pathKey(at.key))
}

// Cursor is a place in a tree, perhaps an absent one, that decodes what stands
// there. Every method reports a mistake at most once, to the Problems given
// to NewCursor, and then returns a usable zero or default.
type Cursor struct {
	n      *Node // nil: absent
	near   *Node // where an absent value should have stood
	at     place
	p      *Problems
	silent bool // a mistake above was reported already
}

// NewCursor starts at n, which may be nil, under the given path.
func NewCursor(n *Node, path string, p *Problems) Cursor {
	return Cursor{n: n, at: place{key: path, root: true, index: -1}, p: p}
}

// Node gives what stands here, nil if absent.
func (c Cursor) Node() *Node { return c.n }

// Path gives this place as problems name it, "" if they are not to have any.
func (c Cursor) Path() string {
	if c.p != nil && c.p.Unplaced {
		return ""
	}
	return c.at.path()
}

// Present says whether something stands here, null included.
func (c Cursor) Present() bool { return c.n != nil }

// Kind gives the kind of what stands here, Null if absent.
func (c Cursor) Kind() Kind {
	if c.n == nil {
		return Null
	}
	return c.n.Kind
}

// NullAsAbsent takes a null as if the key were not there.
func (c Cursor) NullAsAbsent() Cursor {
	if c.n != nil && c.n.Kind == Null {
		c.near, c.n = c.n, nil
	}
	return c
}

// Fail reports a problem at this place.
func (c Cursor) Fail(message string) {
	if c.silent || c.p == nil {
		return
	}
	problem := Problem{Path: c.Path(), Message: message}
	if from := c.n; from != nil || c.near != nil {
		if from == nil {
			from = c.near
		}
		problem.Line, problem.Column, problem.Inherited = from.Line, from.Column, from.Inherited
	}
	c.p.Add(problem)
}

// Require reports an absent value, with a hint of what to write ("a list of
// HTTP methods"); what the cursor decodes afterwards adds no second problem.
func (c Cursor) Require(hint string) Cursor {
	if c.n == nil {
		c.Fail("is missing; write " + hint)
		c.silent = true
	}
	return c
}

// is reports a value of another kind than wanted.
func (c Cursor) is(k Kind) bool {
	if c.n == nil {
		return false
	}
	if c.n.Kind == k {
		return true
	}
	m := "must be " + k.String() + ", not " + c.n.Kind.String()
	switch {
	case k == String && c.n.Kind == Bool && c.n.Text != "":
		m += ": YAML reads this word as " + strconv.FormatBool(c.n.Bool) + "; put it in quotes"
	case k == String && (c.n.Kind == Bool || c.n.Kind == Number):
		m += "; put it in quotes"
	case k == Array && c.n.Kind != Null && c.n.Kind != Object:
		m += "; write it in [ ]"
	}
	c.Fail(m)
	return false
}

// String gives a required string. It may be empty.
func (c Cursor) String() string {
	c = c.Require("a string")
	return c.StringOr("")
}

// StringOr gives a string, def if absent.
func (c Cursor) StringOr(def string) string {
	switch {
	case c.n == nil:
		return def
	case c.is(String):
		return c.n.Text
	}
	return def
}

// Bool gives a boolean, def if absent.
func (c Cursor) Bool(def bool) bool {
	if c.n != nil && c.is(Bool) {
		return c.n.Bool
	}
	return def
}

// Int gives a whole number from min to max, def if absent.
func (c Cursor) Int(def, min, max int) int {
	if c.n == nil || !c.is(Number) {
		return def
	}
	f := c.n.Number
	if f != float64(int64(f)) || f < float64(min) || f > float64(max) {
		c.Fail("must be a whole number from " + strconv.Itoa(min) + " to " + strconv.Itoa(max))
		return def
	}
	return int(f)
}

// Duration gives a length of time as Oathkeeper's schemas spell it,
// ^[0-9]+(ns|us|ms|s|m|h)$; def if absent.
func (c Cursor) Duration(def time.Duration) time.Duration {
	if c.n == nil || !c.is(String) {
		return def
	}
	d, ok := ParseDuration(c.n.Text)
	if !ok {
		c.Fail(`must be a whole number and one unit of ns, us, ms, s, m, h, such as "500ms"`)
		return def
	}
	return d
}

// ParseDuration reads ^[0-9]+(ns|us|ms|s|m|h)$; false for anything else and
// for more than time.Duration holds.
func ParseDuration(s string) (time.Duration, bool) {
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	if digits == 0 {
		return 0, false
	}
	var unit time.Duration
	switch s[digits:] {
	case "ns":
		unit = time.Nanosecond
	case "us":
		unit = time.Microsecond
	case "ms":
		unit = time.Millisecond
	case "s":
		unit = time.Second
	case "m":
		unit = time.Minute
	case "h":
		unit = time.Hour
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	if err != nil || n > int64(1<<63-1)/int64(unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// Enum gives one of the allowed strings, def if absent.
func (c Cursor) Enum(def string, allowed ...string) string {
	if c.n == nil || !c.is(String) {
		return def
	}
	for _, a := range allowed {
		if c.n.Text == a {
			return a
		}
	}
	m := "must be one of " + strings.Join(allowed, ", ")
	if near := Nearest(c.n.Text, allowed); near != "" {
		m += "; did you mean " + near + "?"
	}
	c.Fail(m)
	return def
}

// Strings gives a list of strings, nil if absent; elements of another kind
// are reported one by one and left out.
func (c Cursor) Strings() []string {
	var list []string
	c.Each(func(_ int, item Cursor) {
		if item.is(String) {
			list = append(list, item.n.Text)
		}
	})
	return list
}

// KV is one member of a StringMap.
type KV struct{ Key, Value string }

// StringMap gives an object whose values are all strings, in document order,
// nil if absent; members of another kind are reported and left out.
func (c Cursor) StringMap() []KV {
	var list []KV
	c.Members(func(key string, item Cursor) {
		if item.is(String) {
			list = append(list, KV{key, item.n.Text})
		}
	})
	return list
}

// Each visits a list's elements; nothing if absent.
func (c Cursor) Each(visit func(i int, item Cursor)) {
	if c.n == nil || !c.is(Array) {
		return
	}
	up := c.at
	for i, item := range c.n.Items {
		visit(i, Cursor{n: item, at: place{up: &up, index: i}, p: c.p, silent: c.silent})
	}
}

// Len gives how many elements a list or members an object has, 0 for
// everything else.
func (c Cursor) Len() int {
	if c.n == nil {
		return 0
	}
	return len(c.n.Items)
}

// Members visits an object's members in document order, for objects whose
// names are data (headers, clusters); nothing if absent.
func (c Cursor) Members(visit func(key string, item Cursor)) {
	if c.n == nil || !c.is(Object) {
		return
	}
	up := c.at
	for i, item := range c.n.Items {
		visit(c.n.Keys[i], Cursor{n: item, at: place{up: &up, key: c.n.Keys[i], index: -1}, p: c.p, silent: c.silent})
	}
}
