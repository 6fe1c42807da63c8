package template

import (
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"oathgate/rules/re2"
)

// builder turns the parse tree of one body into nodes, and checks what can be
// checked without data.
type builder struct {
	t      *Template
	bodies map[string]*body
	// assigned are the variables that some `=` assigns to, of all bodies: what
	// they hold is not followed.
	assigned map[string]bool
	scope    []declared
	slots    int
	dot      static
	depth    int
}

type declared struct {
	name  string
	slot  int
	value static
}

// static is what is known of a value before execution: that it stands at a
// path below the root.
type static struct {
	known bool
	path  []string
	shape *Shape
}

func build(t *Template, trees map[string]*parse.Tree, root *Shape) error {
	names := make([]string, 0, len(trees))
	bodies := make(map[string]*body, len(trees))
	assigned := map[string]bool{}
	for name, tree := range trees {
		names = append(names, name)
		bodies[name] = &body{}
		assignedIn(tree.Root, assigned)
	}
	sortStrings(names)
	for _, name := range names {
		b := builder{t: t, bodies: bodies, assigned: assigned}
		if name == t.name {
			b.dot = static{known: true, shape: root}
		}
		b.declare("$", b.dot)
		nodes, err := b.list(trees[name].Root)
		if err != nil {
			return err
		}
		*bodies[name] = body{nodes: nodes, slots: b.slots}
	}
	t.main = bodies[t.name]
	if t.main == nil {
		return constError("the template is empty")
	}
	return nil
}

// assignedIn collects the variables that n assigns to.
func assignedIn(n parse.Node, names map[string]bool) {
	pipe := func(p *parse.PipeNode) {
		if p == nil || !p.IsAssign {
			return
		}
		for _, v := range p.Decl {
			names[v.Ident[0]] = true
		}
	}
	branch := func(b *parse.BranchNode) {
		pipe(b.Pipe)
		assignedIn(b.List, names)
		if b.ElseList != nil {
			assignedIn(b.ElseList, names)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, n := range n.Nodes {
			assignedIn(n, names)
		}
	case *parse.ActionNode:
		pipe(n.Pipe)
	case *parse.TemplateNode:
		pipe(n.Pipe)
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	}
}

func (b *builder) declare(name string, value static) int {
	slot := len(b.scope)
	b.scope = append(b.scope, declared{name: name, slot: slot, value: value})
	b.slots = max(b.slots, len(b.scope))
	return slot
}

func (b *builder) variable(n parse.Node, name string) (declared, error) {
	for i := len(b.scope) - 1; i >= 0; i-- {
		if b.scope[i].name == name {
			return b.scope[i], nil
		}
	}
	return declared{}, fail(int(n.Position()), "undefined variable "+name)
}

func (b *builder) touch(v static) {
	if v.known {
		b.t.read = append(b.t.read, use{path: v.path})
	}
}

// consume says that the value may be read as a whole.
func (b *builder) consume(v static) {
	if v.known {
		b.t.read = append(b.t.read, use{path: v.path, whole: true})
	}
}

func (b *builder) enter(n parse.Node) error {
	if b.depth++; b.depth > 4*maxNesting {
		return fail(int(n.Position()), "the template is nested too deeply")
	}
	return nil
}

func (b *builder) list(l *parse.ListNode) ([]node, error) {
	if l == nil {
		return nil, nil
	}
	if err := b.enter(l); err != nil {
		return nil, err
	}
	defer func() { b.depth-- }()
	var nodes []node
	for _, n := range l.Nodes {
		built, err := b.node(n)
		if err != nil {
			return nil, err
		}
		if built != nil {
			nodes = append(nodes, built)
		}
	}
	return nodes, nil
}

func (b *builder) node(n parse.Node) (node, error) {
	pos := int(n.Position())
	switch n := n.(type) {
	case *parse.TextNode:
		return textNode(n.Text), nil
	case *parse.CommentNode:
		return nil, nil
	case *parse.ActionNode:
		p, v, err := b.pipe(n.Pipe)
		if err != nil {
			return nil, err
		}
		if len(n.Pipe.Decl) == 0 {
			b.consume(v)
		}
		return &actionNode{pipe: p, pos: p.pos}, nil
	case *parse.IfNode:
		return b.branch(&n.BranchNode, false)
	case *parse.WithNode:
		return b.branch(&n.BranchNode, true)
	case *parse.RangeNode:
		return b.rangeNode(n)
	case *parse.TemplateNode:
		body := b.bodies[n.Name]
		if body == nil {
			return nil, fail(pos, "there is no {{define "+quoted(n.Name)+"}}")
		}
		call := &callNode{body: body, pos: pos}
		if n.Pipe != nil {
			p, v, err := b.pipe(n.Pipe)
			if err != nil {
				return nil, err
			}
			b.consume(v)
			call.pipe = p
		}
		return call, nil
	case *parse.BreakNode:
		return jumpNode(flowBreak), nil
	case *parse.ContinueNode:
		return jumpNode(flowContinue), nil
	}
	return nil, fail(pos, "this action is not supported")
}

func (b *builder) branch(n *parse.BranchNode, with bool) (node, error) {
	mark, dot := len(b.scope), b.dot
	p, v, err := b.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	b.touch(v)
	inner := len(b.scope)
	if with {
		b.dot = v
	}
	then, err := b.list(n.List)
	if err != nil {
		return nil, err
	}
	b.scope, b.dot = b.scope[:inner], dot
	elseThen, err := b.list(n.ElseList)
	if err != nil {
		return nil, err
	}
	b.scope = b.scope[:mark]
	return &ifNode{pipe: p, with: with, then: then, elseThen: elseThen}, nil
}

func (b *builder) rangeNode(n *parse.RangeNode) (node, error) {
	mark, dot := len(b.scope), b.dot
	p, v, err := b.commands(n.Pipe)
	if err != nil {
		return nil, err
	}
	b.consume(v)
	r := &rangeNode{pipe: p, key: -1, value: -1, pos: p.pos}
	for i, decl := range n.Pipe.Decl {
		slot := -1
		if n.Pipe.IsAssign {
			d, err := b.variable(n, decl.Ident[0])
			if err != nil {
				return nil, err
			}
			slot = d.slot
		} else {
			slot = b.declare(decl.Ident[0], static{})
		}
		if i == len(n.Pipe.Decl)-1 {
			r.value = slot
		} else {
			r.key = slot
		}
	}
	inner := len(b.scope)
	b.dot = static{}
	if r.body, err = b.list(n.List); err != nil {
		return nil, err
	}
	b.scope, b.dot = b.scope[:inner], dot
	if r.elseThen, err = b.list(n.ElseList); err != nil {
		return nil, err
	}
	b.scope = b.scope[:mark]
	return r, nil
}

// pipe builds a pipeline and its variables.
func (b *builder) pipe(n *parse.PipeNode) (*pipe, static, error) {
	p, v, err := b.commands(n)
	if err != nil {
		return nil, static{}, err
	}
	for _, decl := range n.Decl {
		name := decl.Ident[0]
		if n.IsAssign {
			d, err := b.variable(n, name)
			if err != nil {
				return nil, static{}, err
			}
			b.consume(v)
			p.slots = append(p.slots, d.slot)
			continue
		}
		value := v
		if b.assigned[name] {
			b.consume(v)
			value = static{}
		}
		b.touch(value)
		p.slots = append(p.slots, b.declare(name, value))
	}
	return p, v, nil
}

func (b *builder) commands(n *parse.PipeNode) (*pipe, static, error) {
	if err := b.enter(n); err != nil {
		return nil, static{}, err
	}
	defer func() { b.depth-- }()
	p := &pipe{pos: int(n.Pos)}
	if len(n.Cmds) > 0 {
		p.pos = int(n.Cmds[0].Position())
	}
	var v static
	for i, cmd := range n.Cmds {
		b.consumeIf(i > 0, v)
		e, value, err := b.command(cmd, i > 0)
		if err != nil {
			return nil, static{}, err
		}
		p.commands = append(p.commands, e)
		v = value
	}
	return p, v, nil
}

func (b *builder) consumeIf(cond bool, v static) {
	if cond {
		b.consume(v)
	}
}

func (b *builder) command(cmd *parse.CommandNode, piped bool) (expr, static, error) {
	args := cmd.Args[1:]
	switch n := cmd.Args[0].(type) {
	case *parse.FieldNode:
		return b.chain(n, dotExpr{}, b.dot, n.Ident, args, piped)
	case *parse.VariableNode:
		d, err := b.variable(n, n.Ident[0])
		if err != nil {
			return nil, static{}, err
		}
		if len(n.Ident) > 1 {
			return b.chain(n, variable(d.slot), d.value, n.Ident[1:], args, piped)
		}
	case *parse.ChainNode:
		base, v, err := b.operand(n.Node)
		if err != nil {
			return nil, static{}, err
		}
		return b.chain(n, base, v, n.Field, args, piped)
	case *parse.IdentifierNode:
		e, err := b.call(n, args, piped)
		return e, static{}, err
	}
	if len(args) > 0 || piped {
		return nil, static{}, fail(int(cmd.Position()), "arguments for something that is not a function: "+short(cmd.Args[0]))
	}
	return b.operand(cmd.Args[0])
}

// operand builds a value without arguments.
func (b *builder) operand(n parse.Node) (expr, static, error) {
	pos := int(n.Position())
	switch n := n.(type) {
	case *parse.DotNode:
		return dotExpr{}, b.dot, nil
	case *parse.FieldNode:
		return b.chain(n, dotExpr{}, b.dot, n.Ident, nil, false)
	case *parse.VariableNode:
		d, err := b.variable(n, n.Ident[0])
		if err != nil {
			return nil, static{}, err
		}
		if len(n.Ident) > 1 {
			return b.chain(n, variable(d.slot), d.value, n.Ident[1:], nil, false)
		}
		return variable(d.slot), d.value, nil
	case *parse.ChainNode:
		base, v, err := b.operand(n.Node)
		if err != nil {
			return nil, static{}, err
		}
		return b.chain(n, base, v, n.Field, nil, false)
	case *parse.IdentifierNode:
		e, err := b.call(n, nil, false)
		return inner{e}, static{}, err
	case *parse.PipeNode:
		if len(n.Decl) > 0 {
			return nil, static{}, fail(pos, "a variable is set inside of parentheses; set it in an action of its own")
		}
		p, v, err := b.commands(n)
		return p, v, err
	case *parse.NilNode:
		return nil, static{}, fail(pos, "nil is not a command")
	case *parse.BoolNode:
		return constant{n.True}, static{}, nil
	case *parse.StringNode:
		return constant{n.Text}, static{}, nil
	case *parse.NumberNode:
		v, err := number(n)
		return constant{v}, static{}, err
	}
	return nil, static{}, fail(pos, "this is not supported: "+short(n))
}

// number is a constant's value where the type follows from how it is written.
func number(n *parse.NumberNode) (any, error) {
	hex := len(n.Text) > 2 && n.Text[0] == '0' && (n.Text[1] == 'x' || n.Text[1] == 'X') && !strings.ContainsAny(n.Text, "pP")
	switch {
	case n.IsComplex && !n.IsInt && !n.IsFloat, strings.HasSuffix(n.Text, "i"):
		return nil, fail(int(n.Pos), "complex numbers are not supported")
	case n.IsFloat && !hex && n.Text[0] != '\'' && strings.ContainsAny(n.Text, ".eEpP"):
		return n.Float64, nil
	case n.IsInt:
		return int(n.Int64), nil
	}
	return nil, fail(int(n.Pos), n.Text+" does not fit an int")
}

// argument builds argument i of a function with the signature.
func (b *builder) argument(n parse.Node, letter byte) (expr, error) {
	pos := int(n.Position())
	wrong := func() error {
		return fail(pos, "the argument "+short(n)+" must be "+letterName(letter))
	}
	switch n := n.(type) {
	case *parse.NilNode:
		if letter == 'a' || letter == 'm' {
			return constant{nil}, nil
		}
		return nil, wrong()
	case *parse.BoolNode:
		if letter != 'a' && letter != 'b' {
			return nil, wrong()
		}
	case *parse.StringNode:
		if letter != 'a' && letter != 's' {
			return nil, wrong()
		}
	case *parse.NumberNode:
		switch {
		case letter == 'i' && n.IsInt:
			return constant{int(n.Int64)}, nil
		case letter == 'f' && n.IsFloat:
			return constant{n.Float64}, nil
		case letter != 'a':
			return nil, wrong()
		}
	}
	e, v, err := b.operand(n)
	if err != nil {
		return nil, err
	}
	b.consume(v)
	return e, nil
}

// call builds a function call.
func (b *builder) call(n *parse.IdentifierNode, args []parse.Node, piped bool) (expr, error) {
	pos := int(n.Pos)
	count := len(args)
	if piped {
		count++
	}
	if n.Ident == "and" || n.Ident == "or" {
		if count == 0 {
			return nil, fail(pos, "the function "+n.Ident+" wants at least 1 argument, and gets 0")
		}
		l := &logic{or: n.Ident == "or", piped: piped}
		for _, a := range args {
			e, err := b.argument(a, 'a')
			if err != nil {
				return nil, err
			}
			l.args = append(l.args, e)
		}
		return l, nil
	}
	fn, reason := lookup(n.Ident)
	if fn == nil {
		return nil, fail(pos, reason)
	}
	if want := wants(fn.sig, count); want != "" {
		return nil, fail(pos, "the function "+fn.name+" wants "+want+", and gets "+strconv.Itoa(count))
	}
	c := &call{fn: fn, piped: piped, pos: pos}
	for i, a := range args {
		e, err := b.argument(a, letterOf(fn.sig, i))
		if err != nil {
			return nil, err
		}
		c.args = append(c.args, e)
	}
	if changesMaps(fn.name) {
		b.t.changes = true
	}
	if len(args) > 0 && takesRegex(fn) {
		if text, ok := c.args[0].(constant); ok {
			var err error
			if c.regex, err = re2.Compile(text.v.(string)); err != nil {
				return nil, fail(int(args[0].Position()), err.Error())
			}
		}
	}
	return c, nil
}

// wants says how many arguments sig takes, "" if count of them are right.
func wants(sig string, count int) string {
	want, variadic := len(sig), false
	if strings.HasSuffix(sig, "*") {
		want, variadic = want-2, true
	}
	switch {
	case count == want, variadic && count > want:
		return ""
	case variadic:
		return "at least " + arguments(want)
	}
	return arguments(want)
}

func arguments(n int) string {
	if n == 1 {
		return "1 argument"
	}
	return strconv.Itoa(n) + " arguments"
}

// chain builds base.names, with arguments for the last.
func (b *builder) chain(n parse.Node, base expr, v static, names []string, args []parse.Node, piped bool) (expr, static, error) {
	pos := int(n.Position())
	count := len(args)
	if piped {
		count++
	}
	params := ""
	if v.known {
		for i, name := range names {
			given := 0
			if i == len(names)-1 {
				given = count
			}
			next, p, err := follow(v, name, given)
			if err != nil {
				return nil, static{}, fail(pos, err.Error())
			}
			v, params = next, p
		}
		b.touch(v)
	}
	c := &chain{base: base, names: names, piped: piped, pos: pos}
	for i, a := range args {
		letter := byte('a')
		if i < len(params) {
			letter = params[i]
		}
		e, err := b.argument(a, letter)
		if err != nil {
			return nil, static{}, err
		}
		c.args = append(c.args, e)
	}
	return c, v, nil
}

// follow is v.name, called with count arguments; params is the signature if
// name is a method.
func follow(v static, name string, count int) (next static, params string, err error) {
	where := "." + strings.Join(v.path, ".")
	next = static{known: true, path: append(slices.Clone(v.path), name), shape: anyShape}
	if v.shape == nil {
		return next, "", constError("there is no field " + name + ": " + where + " has no fields")
	}
	if m, ok := v.shape.Methods[name]; ok {
		if m.Refused != "" {
			return next, "", constError("the method " + strings.Join(next.path, ".") + " " + m.Refused)
		}
		if want := wants(m.Params, count); want != "" {
			return next, "", constError("the method " + strings.Join(next.path, ".") + " wants " + want + ", and gets " + strconv.Itoa(count))
		}
		next.shape = m.Result
		return next, m.Params, nil
	}
	shape, ok := v.shape.Fields[name]
	switch {
	case ok && count > 0:
		return next, "", constError("." + strings.Join(next.path, ".") + " is not a function but has arguments")
	case ok:
		next.shape = shape
	case !v.shape.Open:
		names := v.shape.names()
		known := "; there are ." + strings.Join(names, ", .")
		if near := nearest(names, name); near != "" {
			known = near
		}
		return next, "", constError("there is no field " + name + " in " + where + known)
	}
	return next, "", nil
}

// short is a node's text, for messages.
func short(n parse.Node) string {
	s := n.String()
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return s
}
