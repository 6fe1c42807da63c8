//go:build !wasip1

package tree

import (
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// ParseYAML reads one YAML document, JSON included, as Oathkeeper reads its
// rule files, with the line and column of everything. Anchors, aliases and
// merge keys are written out, within the limits. It refuses duplicate keys,
// more than one document, keys that are no strings, directives, tags other
// than the core schema's, words and numbers that readers of YAML disagree on,
// and a merge key that stands after a key that it has too. The error is an
// *Error.
func ParseYAML(data []byte, lim Limits) (n *Node, err error) {
	lim = lim.withDefaults()
	if len(data) > lim.Bytes {
		return nil, lim.tooLong()
	}
	if !utf8.Valid(data) {
		return nil, &Error{Message: "not valid UTF-8"}
	}
	// The library is not ours: a panic of its, on a text that it never met, is
	// a refusal.
	defer func() {
		if recover() != nil {
			n, err = nil, &Error{Message: "not YAML"}
		}
	}()
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	if strings.Contains(text, "\r") {
		return nil, &Error{Message: "a carriage return stands without a newline; readers of YAML disagree on it"}
	}
	text, refused := finish(text)
	if refused != nil {
		return nil, refused
	}
	tokens := lexer.Tokenize(text)
	if refused := tame(tokens); refused != nil {
		return nil, refused
	}
	file, parseErr := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if parseErr != nil {
		return nil, syntaxError(parseErr)
	}
	y := yamlReader{lim: lim, nodes: lim.Nodes, lines: linesOf(text), anchors: map[string]ast.Node{}, open: map[ast.Node]bool{}}
	root, refused := y.file(file)
	if refused != nil {
		return nil, refused
	}
	return root, nil
}

// tame refuses token streams on which the recursive parser could exhaust the
// stack, which no recover catches.
func tame(tokens token.Tokens) *Error {
	const most = 1000
	flow, run := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType, token.TagType, token.AnchorType, token.MappingValueType:
			run++
		default:
			run = 0
		}
		if flow > most || run > most {
			return locate(t, "nested too deeply")
		}
	}
	return nil
}

// finish ends the text with a newline, without which the library loses the
// end of some texts; a block text it takes as the file has it, and a folded
// one, whose line breaks it would double, is refused.
func finish(text string) (string, *Error) {
	if strings.HasSuffix(text, "\n") {
		return text, nil
	}
	tokens := lexer.Tokenize(text)
	for _, t := range tokens[max(0, len(tokens)-3):] {
		switch t.Type {
		case token.LiteralType:
			return text, nil
		case token.FoldedType:
			return "", locate(t, "end the file with a newline; without one readers of YAML disagree on this text")
		}
	}
	return text + "\n", nil
}

// escapesAreHex checks the digits after \x, \u and \U in the double-quoted
// string that starts at t, which the library does not. It looks at the text,
// because the library's token does not keep the digits.
func (y *yamlReader) escapesAreHex(t *token.Token) bool {
	if !strings.Contains(t.Origin, `\`) {
		return true
	}
	if t.Position == nil || t.Position.Line < 1 || t.Position.Line > len(y.lines) {
		return false
	}
	quoted := y.lines[t.Position.Line-1]
	for i := 1; i < t.Position.Column && quoted != ""; i++ {
		_, size := utf8.DecodeRuneInString(quoted)
		quoted = quoted[size:]
	}
	if quoted == "" || quoted[0] != '"' {
		return false
	}
	for i := 1; i+1 < len(quoted) && quoted[i] != '"'; i++ {
		if quoted[i] != '\\' {
			continue
		}
		i++
		digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[quoted[i]]
		if len(quoted)-i-1 < digits || strings.Trim(quoted[i+1:i+1+digits], "0123456789abcdefABCDEF") != "" {
			return false
		}
		i += digits
	}
	return true
}

func locate(t *token.Token, message string) *Error {
	e := &Error{Message: message}
	if t != nil && t.Position != nil {
		e.Line, e.Column = t.Position.Line, t.Position.Column
	}
	return e
}

func syntaxError(err error) *Error {
	var located interface {
		GetToken() *token.Token
		GetMessage() string
	}
	if errors.As(err, &located) {
		return locate(located.GetToken(), "not YAML: "+located.GetMessage())
	}
	return &Error{Message: "not YAML"}
}

// linesOf gives the text from each line's start to the end of the text.
func linesOf(text string) []string {
	lines := []string{text}
	for i := 0; i < len(text); i++ {
		if text[i] == '\n' {
			lines = append(lines, text[i+1:])
		}
	}
	return lines
}

type yamlReader struct {
	lines   []string
	lim     Limits
	nodes   int
	depth   int
	anchors map[string]ast.Node
	open    map[ast.Node]bool // anchors being written out
}

func (y *yamlReader) file(file *ast.File) (*Node, *Error) {
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if _, ok := doc.Body.(*ast.DirectiveNode); ok {
			return nil, locate(doc.Body.GetToken(), "directives are not understood; remove the line")
		}
		if body != nil {
			return nil, locate(doc.Body.GetToken(), "a second document; keep one, without a further ---")
		}
		body = doc.Body
	}
	if body == nil {
		return nil, &Error{Message: "is empty"}
	}
	return y.node(body)
}

func start(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}

func (y *yamlReader) at(n ast.Node, message string) *Error { return locate(start(n), message) }

func (y *yamlReader) node(from ast.Node) (*Node, *Error) {
	if from == nil {
		return &Node{}, nil
	}
	if y.nodes--; y.nodes < 0 {
		return nil, y.at(from, y.lim.tooMany().Message)
	}
	n, err := y.content(from)
	if err != nil {
		return nil, err
	}
	n.Line, n.Column = 0, 0
	if t := start(from); t != nil && t.Position != nil {
		n.Line, n.Column = t.Position.Line, t.Position.Column
	}
	return n, nil
}

func (y *yamlReader) content(from ast.Node) (*Node, *Error) {
	switch from := from.(type) {
	case *ast.MappingNode:
		return y.mapping(from, from.Values)
	case *ast.MappingValueNode:
		return y.mapping(from, []*ast.MappingValueNode{from})
	case *ast.SequenceNode:
		return y.sequence(from)
	case *ast.AnchorNode:
		name := from.Name.GetToken().Value
		// The name is bound before its value is read, so that an alias inside
		// it finds itself and not an earlier anchor of that name.
		y.anchors[name] = from.Value
		return y.guarded(from.Value, from)
	case *ast.AliasNode:
		target, ok := y.anchors[from.Value.GetToken().Value]
		if !ok {
			return nil, y.at(from, "no anchor of this name stands before it")
		}
		return y.guarded(target, from)
	case *ast.TagNode:
		return y.tagged(from)
	}
	return y.scalar(from, "")
}

func (y *yamlReader) guarded(target, from ast.Node) (*Node, *Error) {
	if target == nil {
		return &Node{}, nil
	}
	if y.open[target] {
		return nil, y.at(from, "the anchor contains itself")
	}
	y.open[target] = true
	defer delete(y.open, target)
	return y.node(target)
}

func (y *yamlReader) enter(n ast.Node) *Error {
	if y.depth++; y.depth > y.lim.Depth {
		return y.at(n, y.lim.tooDeep().Message)
	}
	return nil
}

func (y *yamlReader) sequence(from *ast.SequenceNode) (*Node, *Error) {
	if err := y.enter(from); err != nil {
		return nil, err
	}
	defer func() { y.depth-- }()
	n := &Node{Kind: Array}
	for i, value := range from.Values {
		item, err := y.node(value)
		if err != nil {
			return nil, err.under(pathIndex(i))
		}
		n.Items = append(n.Items, item)
	}
	return n, nil
}

func (y *yamlReader) mapping(from ast.Node, values []*ast.MappingValueNode) (*Node, *Error) {
	if err := y.enter(from); err != nil {
		return nil, err
	}
	defer func() { y.depth-- }()
	n := &Node{Kind: Object}
	var merged *Node
	for _, v := range values {
		if v.Key.IsMergeKey() {
			if merged != nil {
				return nil, y.at(v.Key, "a second merge key; write one, <<: [*a, *b]")
			}
			var err *Error
			if merged, err = y.merged(v.Value); err != nil {
				return nil, err
			}
			for _, key := range n.Keys {
				if merged.Get(key) != nil {
					return nil, y.at(v.Key, "readers of YAML disagree whether this merge key overrides "+pathKey(key)+", which stands before it; write << first").under(pathKey(key))
				}
			}
			continue
		}
		key, err := y.key(v.Key)
		if err != nil {
			return nil, err
		}
		item, err := y.node(v.Value)
		if err != nil {
			return nil, err.under(pathKey(key))
		}
		if t := v.Key.GetToken(); t != nil && t.Position != nil {
			item.Line, item.Column = t.Position.Line, t.Position.Column
		}
		n.Keys, n.Items = append(n.Keys, key), append(n.Items, item)
	}
	if twice, ok := duplicate(n.Keys); ok {
		e := &Error{Path: pathKey(twice), Message: "stands twice in this object; keep one"}
		for i, key := range n.Keys {
			if key == twice {
				e.Line, e.Column = n.Items[i].Line, n.Items[i].Column
			}
		}
		return nil, e
	}
	return overlay(merged, n), nil
}

// overlay adds the members of under that n has not.
func overlay(under, n *Node) *Node {
	if under == nil {
		return n
	}
	out := &Node{Kind: Object}
	have := make(map[string]bool, len(n.Keys))
	for _, key := range n.Keys {
		have[key] = true
	}
	for i, key := range under.Keys {
		if !have[key] {
			out.Keys, out.Items = append(out.Keys, key), append(out.Items, under.Items[i])
		}
	}
	out.Keys, out.Items = append(out.Keys, n.Keys...), append(out.Items, n.Items...)
	return out
}

// merged reads what a merge key names: an object, or a list of objects of
// which the earlier take precedence (yaml.org/type/merge.html).
func (y *yamlReader) merged(value ast.Node) (*Node, *Error) {
	n, err := y.node(value)
	if err != nil {
		return nil, err
	}
	switch n.Kind {
	case Object:
		return n, nil
	case Array:
		out := &Node{Kind: Object}
		for _, item := range n.Items {
			if item.Kind != Object {
				return nil, y.at(value, "a merge key takes objects only")
			}
			out = overlay(item, out)
		}
		return out, nil
	}
	return nil, y.at(value, "a merge key takes an object, or a list of objects")
}

func (y *yamlReader) key(from ast.MapKeyNode) (string, *Error) {
	var node ast.Node = from
	if k, ok := node.(*ast.MappingKeyNode); ok {
		node = k.Value
	}
	switch node.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode, *ast.LiteralNode:
	default:
		return "", y.at(from, "a key must be a plain or quoted word")
	}
	n, err := y.scalar(node, "")
	if err != nil {
		return "", err
	}
	switch {
	case n.Kind == String:
		return n.Text, nil
	case n.Kind == Number && jsonInt.MatchString(n.Text):
		return n.Text, nil
	}
	return "", y.at(from, "this key is "+n.Kind.String()+" in YAML; put it in quotes")
}

func (y *yamlReader) tagged(from *ast.TagNode) (*Node, *Error) {
	want, ok := map[string]Kind{
		"!!str": String, "!!map": Object, "!!seq": Array, "!!int": Number, "!!float": Number, "!!bool": Bool, "!!null": Null,
	}[from.Start.Value]
	if !ok {
		return nil, y.at(from, "unknown tag; remove it")
	}
	var n *Node
	var err *Error
	switch from.Value.(type) {
	case *ast.MappingNode, *ast.MappingValueNode, *ast.SequenceNode, *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		n, err = y.content(from.Value)
	case nil:
		n = &Node{}
	default:
		n, err = y.scalar(from.Value, from.Start.Value)
	}
	if err == nil && n.Kind != want {
		err = y.at(from, "the tag does not fit the value; remove it")
	}
	return n, err
}

// scalar reads a word by what was written, not by how the library took it.
func (y *yamlReader) scalar(from ast.Node, tagged string) (*Node, *Error) {
	t := from.GetToken()
	if literal, ok := from.(*ast.LiteralNode); ok {
		return y.str(from, literal.Value.Value)
	}
	if t == nil {
		return nil, y.at(from, "not understood")
	}
	switch t.Type {
	case token.DoubleQuoteType:
		if !y.escapesAreHex(t) {
			return nil, y.at(from, "an escape in this string lacks hexadecimal digits")
		}
		return y.str(from, t.Value)
	case token.SingleQuoteType:
		return y.str(from, t.Value)
	case token.ImplicitNullType:
		return &Node{}, nil
	}
	switch from.(type) {
	case *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.NullNode, *ast.InfinityNode, *ast.NanNode:
	default:
		return nil, y.at(from, "not understood here; write a value")
	}
	// The library drops a tab inside a plain word.
	if strings.Contains(strings.TrimSpace(t.Origin), "\t") {
		return nil, y.at(from, "a tab stands in this text; put it in double quotes and write \\t")
	}
	if tagged == "!!str" {
		return y.str(from, t.Value)
	}
	n, refusal := plain(t.Value)
	if refusal != "" {
		return nil, y.at(from, refusal)
	}
	return &n, nil
}

func (y *yamlReader) str(from ast.Node, s string) (*Node, *Error) {
	if !utf8.ValidString(s) {
		return nil, y.at(from, "the string is not valid UTF-8")
	}
	return &Node{Kind: String, Text: s}, nil
}
