package rules

import (
	"strconv"

	"oathgate/rules/pattern"
	"oathgate/rules/tree"
)

// Decode reads a configuration document. The document is what could be read,
// and is to be used only if there are no problems. name is the document's in
// problems: a file's name, or what the source is called.
func Decode(root *tree.Node, name string) (*Document, []Problem) {
	d := decoder{log: log{name: name}, doc: &Document{Name: name}}
	d.document(tree.NewCursor(root, "", &d.found))
	return d.doc, d.problems
}

// DecodeRules reads a rule file, a list of rules; the paths in its problems
// start at the list: "[3].match.url".
func DecodeRules(root *tree.Node, name string) ([]Rule, []Problem) {
	d := decoder{log: log{name: name}, doc: &Document{Name: name}}
	d.rules(tree.NewCursor(root, "", &d.found))
	d.flush("")
	return d.doc.Rules, d.problems
}

type decoder struct {
	log
	doc *Document
}

func (d *decoder) document(root tree.Cursor) {
	o := root.Object()
	if !o.Present() {
		if !root.Present() {
			root.Fail("is missing; write an object with access_rules and the handlers")
		}
		d.flush("")
		return
	}
	o.AllowX()
	d.options(o.Field("oathgate"))
	d.flush("")
	d.accessRules(o.Field("access_rules"))
	d.doc.Authenticators = d.handlers(o.Field("authenticators"), authenticators[:])
	d.doc.Authorizers = d.handlers(o.Field("authorizers"), authorizers[:])
	d.doc.Mutators = d.handlers(o.Field("mutators"), mutators[:])
	d.errors(o.Field("errors"))
	d.version(o.Field("version"))
	for _, key := range [...]string{"serve", "log", "tracing", "profiling"} {
		d.ignore(o.Field(key), "Envoy's own configuration says this; the filter does not read it")
	}
	o.Done()
	d.flush("")
}

// ignore notes what is not used.
func (d *decoder) ignore(c tree.Cursor, why string) {
	n := c.Node()
	if n == nil || d.found.Unplaced {
		return
	}
	d.doc.Ignored = append(d.doc.Ignored, Problem{Document: d.name, Path: c.Path(), Line: n.Line, Column: n.Column, Message: why})
}

func (d *decoder) version(c tree.Cursor) {
	c = c.NullAsAbsent()
	if v := c.StringOr(""); c.Kind() == tree.String && (v == "" || v[0] != 'v' || !semver(v[1:])) {
		c.Fail(`must be a version of Oathkeeper such as "v0.40.0"`)
	}
}

func (d *decoder) accessRules(c tree.Cursor) {
	o := c.NullAsAbsent().Require("an object with rules, the list of access rules").Object()
	if o.Field("matching_strategy").NullAsAbsent().Enum("regexp", "regexp", "glob") == "glob" {
		d.doc.Strategy = pattern.Glob
	}
	repositories := o.Field("repositories").NullAsAbsent()
	if repositories.Present() && (repositories.Kind() != tree.Array || repositories.Len() > 0) {
		repositories.Fail("the filter has no files and fetches no rules; write the rules themselves under access_rules.rules")
	}
	list := o.Field("rules").NullAsAbsent()
	if o.Present() {
		list = list.Require("the list of access rules, [] for none")
	}
	o.Done()
	d.flush("")
	d.rules(list)
	d.flush("")
}

func (d *decoder) rules(list tree.Cursor) {
	if n := list.Len(); n > maxRules {
		list.Fail("holds " + strconv.Itoa(n) + " rules; at most " + strconv.Itoa(maxRules) + " can be served, divide them between filters")
		return
	}
	if list.Kind() == tree.Array {
		d.doc.Rules = make([]Rule, 0, list.Len())
	}
	list.Each(func(i int, c tree.Cursor) {
		d.flush("")
		r := d.rule(i, c)
		d.doc.Rules = append(d.doc.Rules, r)
		d.flush(r.ID)
	})
}
