package rules

import (
	"bytes"

	"oathgate/rules/tree"
)

// GuestDocument is the name of the plugin configuration in problems.
const GuestDocument = "plugin configuration"

// ParseGuest reads the plugin configuration as Envoy hands it to the module:
// JSON text (a StringValue, or what Istio makes of pluginConfig) or the raw
// bytes of a google.protobuf.Struct.
func ParseGuest(data []byte) (*Document, []Problem) {
	if len(bytes.TrimSpace(data)) == 0 {
		return nil, []Problem{{Document: GuestDocument, Path: "(document)", Message: "is empty; write Oathkeeper's configuration with the rules under access_rules.rules"}}
	}
	parse := tree.ParseJSON
	if isStruct(data) {
		parse = tree.ParseStruct
	}
	root, err := parse(data, tree.Limits{})
	if err != nil {
		return nil, []Problem{parseProblem(err, GuestDocument)}
	}
	return Decode(root, GuestDocument)
}

// Guest is a plugin configuration that has no mistake so far. Its rules are read one at a time, since all of them as
// they were written take many times the memory of what becomes of them.
type Guest struct {
	// Document is unplaced and has no Rules.
	Document *Document
	list     *tree.List
	next     int
	decoder  decoder
	rule     Rule
}

// OpenGuest begins to read what ParseGuest reads at once; nil if that would find a mistake, which is then for it to
// tell.
func OpenGuest(data []byte) *Guest {
	if len(data) == 0 {
		return nil
	}
	split := tree.SplitJSON
	if isStruct(data) {
		split = tree.SplitStruct
	}
	root, list, err := split(data, tree.Limits{}, "access_rules", "rules")
	if err != nil || list.Len() > maxRules {
		return nil
	}
	g := &Guest{list: list, decoder: decoder{doc: &Document{Name: GuestDocument, Unplaced: true}}}
	g.Document = g.decoder.doc
	g.decoder.found.Unplaced = true
	g.decoder.document(tree.NewCursor(root, "", &g.decoder.found))
	if g.mistaken() {
		return nil
	}
	return g
}

// NumRules is the number of rules.
func (g *Guest) NumRules() int { return g.list.Len() }

// Read is the number of rules that Next has given.
func (g *Guest) Read() int { return g.next }

// Next gives one rule after the other, each good until the next call; nil after the last one or before one with a
// mistake.
func (g *Guest) Next() *Rule {
	if g.next == g.NumRules() || g.mistaken() {
		return nil
	}
	n, err := g.list.Parse(g.next)
	if err != nil {
		return nil
	}
	g.rule = g.decoder.rule(g.next, tree.NewCursor(n, "", &g.decoder.found))
	if g.mistaken() {
		return nil
	}
	g.next++
	return &g.rule
}

// Sound reports whether every rule was read and none has a mistake: ParseGuest would find none either.
func (g *Guest) Sound() bool { return g.next == g.NumRules() && !g.mistaken() }

func (g *Guest) mistaken() bool { return g.decoder.found.Len() > 0 }

// isStruct tells the two apart. A Struct with a member starts with the byte
// 0x0a, but so does JSON text after an empty line, and "\n{" may start either.
// Every member of a Struct has the tag of its value, the byte 0x12, which
// never stands in JSON: control characters are escaped there.
func isStruct(data []byte) bool {
	return data[0] == 0x0a && bytes.IndexByte(data, 0x12) >= 0
}
