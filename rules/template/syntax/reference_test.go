package syntax_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"oathgate/rules/template/syntax"
)

// reference is what text/template/parse makes of a text, in the form that show gives.
// complex says that a constant of it is a complex number.
func reference(text string) (form string, complex bool, err error) {
	trees := map[string]*parse.Tree{}
	t := parse.New("t")
	t.Mode = parse.SkipFuncCheck
	if _, err := t.Parse(text, "", "", trees); err != nil {
		return "", false, err
	}
	w := &goWriter{}
	bodies := map[string]func(){}
	for name, tree := range trees {
		bodies[name] = func() { w.node(tree.Root) }
	}
	w.all(bodies)
	return w.String(), w.complex, nil
}

// same parses text here and there: one verdict, one tree. It says whether both took it.
func same(t *testing.T, text string) bool {
	t.Helper()
	trees, fault := syntax.Parse("t", text)
	want, complex, wantErr := reference(text)
	if fault != nil {
		switch limit := strings.Contains(fault.Reason, "too deeply") || strings.Contains(fault.Reason, "2000 actions"); {
		case fault.Pos < 0 || fault.Pos > len(text) || fault.Reason == "" || trees != nil:
			t.Errorf("%q: a fault at %d: %q, trees %v", text, fault.Pos, fault.Reason, trees)
		case wantErr == nil && !complex && !(limit && nested(text)):
			t.Errorf("%q: refused: %d: %s, want\n%s", text, fault.Pos, fault.Reason, want)
		}
		return false
	}
	if wantErr != nil || complex {
		t.Errorf("%q: taken, want error %v", text, wantErr)
		return false
	}
	w := &writer{text: text}
	bodies := map[string]func(){}
	for name, nodes := range trees {
		bodies[name] = func() { w.nodes(nodes) }
	}
	w.all(bodies)
	if got := w.String(); got != want {
		t.Errorf("%q:\n%s, want\n%s", text, got, want)
	}
	if w.fault != "" {
		t.Errorf("%q: %s", text, w.fault)
	}
	return true
}

// nested says that a limit may refuse a text.
func nested(text string) bool {
	return strings.Count(text, "{{") > 60 || strings.Count(text, "(") > 60
}

type builder struct{ strings.Builder }

func (w *builder) put(parts ...string) {
	for _, s := range parts {
		w.WriteString(s)
	}
}

func (w *builder) all(bodies map[string]func()) {
	var names []string
	for name := range bodies {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		w.put(strconv.Quote(name), ": ")
		bodies[name]()
		w.put("\n")
	}
}

func (w *builder) constant(f float64, i int64, isInt, isReal bool) {
	w.put("<", strconv.FormatFloat(f, 'g', -1, 64))
	if math.Signbit(f) {
		w.put(" negative")
	}
	if isInt {
		w.put(" int ", strconv.FormatInt(i, 10))
	}
	if isReal {
		w.put(" real")
	}
	w.put(">")
}

// writer writes trees of this package.
type writer struct {
	builder
	text  string
	fault string
}

func (w *writer) nodes(nodes []syntax.Node) {
	for _, n := range nodes {
		if n.Pos < 0 || n.Pos > len(w.text) {
			w.fault = "a node is outside of the text"
		}
		word := [...]string{"text", "action", "if", "with", "range", "template", "break", "continue"}[n.Kind]
		w.put("[", word)
		if n.Kind == syntax.Text || n.Kind == syntax.Template {
			w.put(" ", strconv.Quote(n.Text))
		}
		if n.Pipe != nil {
			w.pipe(n.Pipe)
		}
		if n.Kind == syntax.If || n.Kind == syntax.With || n.Kind == syntax.Range {
			w.put(" then ")
			w.nodes(n.List)
			w.put(" else ")
			w.nodes(n.Else)
		}
		w.put("]")
	}
}

func (w *writer) pipe(p *syntax.Pipe) {
	w.put(" set ", strings.Join(p.Declares, ","), " ", strconv.FormatBool(p.Assign))
	for _, c := range p.Commands {
		w.put(" |")
		for _, o := range c {
			w.put(" ")
			w.operand(o)
		}
	}
}

func (w *writer) operand(o *syntax.Operand) {
	if o.Pos < 0 || o.Pos >= o.End || o.End > len(w.text) || strings.TrimSpace(w.text[o.Pos:o.End]) != w.text[o.Pos:o.End] {
		w.fault = "an operand is outside of the text, or holds space: " + strconv.Itoa(o.Pos) + " to " + strconv.Itoa(o.End)
	}
	names := strings.Join(o.Names, " ")
	switch o.Kind {
	case syntax.Dot:
		w.put("dot")
	case syntax.Nil:
		w.put("nil")
	case syntax.Bool:
		w.put(strconv.FormatBool(o.True))
	case syntax.String:
		w.put(strconv.Quote(o.Text))
	case syntax.Number:
		w.put(o.Text)
		w.constant(o.Constant.Float, o.Constant.Int, o.Constant.IsInt, o.Constant.Real)
	case syntax.Field:
		w.put("field(", names, ")")
	case syntax.Variable:
		w.put("variable(", names, ")")
	case syntax.Function:
		w.put("function(", o.Text, ")")
	case syntax.Group:
		w.put("(")
		w.pipe(o.Pipe)
		w.put(")")
	case syntax.Chain:
		w.put("chain(")
		w.operand(o.Base)
		w.put(" ", names, ")")
	default:
		w.fault = "an unknown kind of operand"
	}
}

// goWriter writes trees of text/template/parse.
type goWriter struct {
	builder
	complex bool
}

func (w *goWriter) node(n parse.Node) {
	switch n := n.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, n := range n.Nodes {
				w.node(n)
			}
		}
	case *parse.TextNode:
		w.put("[text ", strconv.Quote(string(n.Text)), "]")
	case *parse.ActionNode:
		w.put("[action")
		w.pipe(n.Pipe)
		w.put("]")
	case *parse.IfNode:
		w.branch("if", &n.BranchNode)
	case *parse.WithNode:
		w.branch("with", &n.BranchNode)
	case *parse.RangeNode:
		w.branch("range", &n.BranchNode)
	case *parse.TemplateNode:
		w.put("[template ", strconv.Quote(n.Name))
		if n.Pipe != nil {
			w.pipe(n.Pipe)
		}
		w.put("]")
	case *parse.BreakNode:
		w.put("[break]")
	case *parse.ContinueNode:
		w.put("[continue]")
	case *parse.DotNode:
		w.put("dot")
	case *parse.NilNode:
		w.put("nil")
	case *parse.BoolNode:
		w.put(strconv.FormatBool(n.True))
	case *parse.StringNode:
		w.put(strconv.Quote(n.Text))
	case *parse.NumberNode:
		w.number(n)
	case *parse.FieldNode:
		w.put("field(", strings.Join(n.Ident, " "), ")")
	case *parse.VariableNode:
		w.put("variable(", strings.Join(n.Ident, " "), ")")
	case *parse.IdentifierNode:
		w.put("function(", n.Ident, ")")
	case *parse.PipeNode:
		w.put("(")
		w.pipe(n)
		w.put(")")
	case *parse.ChainNode:
		w.put("chain(")
		w.node(n.Node)
		w.put(" ", strings.Join(n.Field, " "), ")")
	default:
		w.put("?")
	}
}

// number writes a number. A real one is what text/template gives a float64 for
// (exec.go, idealConstant).
func (w *goWriter) number(n *parse.NumberNode) {
	w.complex = w.complex || strings.HasSuffix(n.Text, "i")
	hex := len(n.Text) > 2 && n.Text[0] == '0' && strings.ContainsAny(n.Text[1:2], "xX") && !strings.ContainsAny(n.Text, "pP")
	w.put(n.Text)
	w.constant(n.Float64, n.Int64, n.IsInt, !hex && n.Text[0] != '\'' && strings.ContainsAny(n.Text, ".eEpP"))
	if !n.IsFloat && !n.IsComplex {
		w.put("?")
	}
}

func (w *goWriter) branch(word string, n *parse.BranchNode) {
	w.put("[", word)
	w.pipe(n.Pipe)
	w.put(" then ")
	w.node(n.List)
	w.put(" else ")
	w.node(n.ElseList)
	w.put("]")
}

func (w *goWriter) pipe(p *parse.PipeNode) {
	var names []string
	for _, v := range p.Decl {
		names = append(names, v.Ident[0])
	}
	w.put(" set ", strings.Join(names, ","), " ", strconv.FormatBool(p.IsAssign))
	for _, c := range p.Cmds {
		w.put(" |")
		for _, a := range c.Args {
			w.put(" ")
			w.node(a)
		}
	}
}
