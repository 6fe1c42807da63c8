package template

import (
	"slices"
	"strconv"
	"strings"

	"oathgate/rules/re2"
	"oathgate/rules/template/syntax"
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

func build(t *Template, trees map[string][]syntax.Node, root *Shape) error {
	names := make([]string, 0, len(trees))
	bodies := make(map[string]*body, len(trees))
	assigned := map[string]bool{}
	for name, nodes := range trees {
		names = append(names, name)
		bodies[name] = &body{}
		assignedIn(nodes, assigned)
	}
	sortStrings(names)
	for _, name := range names {
		b := builder{t: t, bodies: bodies, assigned: assigned}
		if name == t.name {
			b.dot = static{known: true, shape: root}
		}
		b.declare("$", b.dot)
		nodes, err := b.list(trees[name])
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

// assignedIn collects the variables that nodes assign to.
func assignedIn(nodes []syntax.Node, names map[string]bool) {
	for _, n := range nodes {
		if n.Pipe != nil && n.Pipe.Assign {
			for _, name := range n.Pipe.Declares {
				names[name] = true
			}
		}
		assignedIn(n.List, names)
		assignedIn(n.Else, names)
	}
}

func (b *builder) declare(name string, value static) int {
	slot := len(b.scope)
	b.scope = append(b.scope, declared{name: name, slot: slot, value: value})
	b.slots = max(b.slots, len(b.scope))
	return slot
}

func (b *builder) variable(pos int, name string) (declared, error) {
	for i := len(b.scope) - 1; i >= 0; i-- {
		if b.scope[i].name == name {
			return b.scope[i], nil
		}
	}
	return declared{}, fail(pos, "undefined variable "+name)
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

func (b *builder) list(list []syntax.Node) ([]node, error) {
	var nodes []node
	for i := range list {
		built, err := b.node(&list[i])
		if err != nil {
			return nil, err
		}
		nodes = append(nodes, built)
	}
	return nodes, nil
}

func (b *builder) node(n *syntax.Node) (node, error) {
	switch n.Kind {
	case syntax.Text:
		return textNode(n.Text), nil
	case syntax.If, syntax.With:
		return b.branch(n)
	case syntax.Range:
		return b.rangeNode(n)
	case syntax.Template:
		body := b.bodies[n.Text]
		if body == nil {
			return nil, fail(n.Pos, "there is no {{define "+quoted(n.Text)+"}}")
		}
		call := &callNode{body: body, pos: n.Pos}
		if n.Pipe != nil {
			p, v, err := b.pipe(n.Pipe)
			if err != nil {
				return nil, err
			}
			b.consume(v)
			call.pipe = p
		}
		return call, nil
	case syntax.Break:
		return jumpNode(flowBreak), nil
	case syntax.Continue:
		return jumpNode(flowContinue), nil
	}
	p, v, err := b.pipe(n.Pipe)
	if err != nil {
		return nil, err
	}
	if len(p.slots) == 0 {
		b.consume(v)
	}
	return &actionNode{pipe: p, pos: p.pos}, nil
}

func (b *builder) branch(n *syntax.Node) (node, error) {
	with := n.Kind == syntax.With
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
	elseThen, err := b.list(n.Else)
	if err != nil {
		return nil, err
	}
	b.scope = b.scope[:mark]
	return &ifNode{pipe: p, with: with, then: then, elseThen: elseThen}, nil
}

func (b *builder) rangeNode(n *syntax.Node) (node, error) {
	mark, dot := len(b.scope), b.dot
	p, v, err := b.commands(n.Pipe)
	if err != nil {
		return nil, err
	}
	b.consume(v)
	r := &rangeNode{pipe: p, key: -1, value: -1, pos: p.pos}
	for i, name := range n.Pipe.Declares {
		slot := -1
		if n.Pipe.Assign {
			d, err := b.variable(n.Pos, name)
			if err != nil {
				return nil, err
			}
			slot = d.slot
		} else {
			slot = b.declare(name, static{})
		}
		if i == len(n.Pipe.Declares)-1 {
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
	if r.elseThen, err = b.list(n.Else); err != nil {
		return nil, err
	}
	b.scope = b.scope[:mark]
	return r, nil
}

// pipe builds a pipeline and its variables.
func (b *builder) pipe(n *syntax.Pipe) (*pipe, static, error) {
	p, v, err := b.commands(n)
	if err != nil {
		return nil, static{}, err
	}
	for _, name := range n.Declares {
		if n.Assign {
			d, err := b.variable(p.pos, name)
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

func (b *builder) commands(n *syntax.Pipe) (*pipe, static, error) {
	p := &pipe{pos: n.Commands[0][0].Pos}
	var v static
	for i, cmd := range n.Commands {
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

func (b *builder) command(cmd syntax.Command, piped bool) (expr, static, error) {
	o, args := cmd[0], cmd[1:]
	switch o.Kind {
	case syntax.Field, syntax.Variable, syntax.Chain:
		return b.fields(o, args, piped)
	case syntax.Function:
		e, err := b.call(o, args, piped)
		return e, static{}, err
	}
	if len(args) > 0 || piped {
		return nil, static{}, b.noFunction(o)
	}
	return b.operand(o)
}

func (b *builder) noFunction(o *syntax.Operand) error {
	return fail(o.Pos, "arguments for something that is not a function: "+b.short(o))
}

// operand builds a value without arguments.
func (b *builder) operand(o *syntax.Operand) (expr, static, error) {
	switch o.Kind {
	case syntax.Dot:
		return dotExpr{}, b.dot, nil
	case syntax.Nil:
		return nil, static{}, fail(o.Pos, "nil is not a command")
	case syntax.Bool:
		return constant{o.True}, static{}, nil
	case syntax.String:
		return constant{o.Text}, static{}, nil
	case syntax.Number:
		v, err := number(o)
		return constant{v}, static{}, err
	case syntax.Function:
		e, err := b.call(o, nil, false)
		return inner{e}, static{}, err
	case syntax.Group:
		if len(o.Pipe.Declares) > 0 {
			return nil, static{}, fail(o.Pos, "a variable is set inside of parentheses; set it in an action of its own")
		}
		p, v, err := b.commands(o.Pipe)
		return p, v, err
	}
	return b.fields(o, nil, false)
}

// number is a constant's value where the type follows from how it is written.
func number(o *syntax.Operand) (any, error) {
	switch {
	case o.Constant.Real:
		return o.Constant.Float, nil
	case o.Constant.IsInt:
		return int(o.Constant.Int), nil
	}
	return nil, fail(o.Pos, o.Text+" does not fit an int")
}

// argument builds argument i of a function with the signature.
func (b *builder) argument(o *syntax.Operand, letter byte) (expr, error) {
	fits := true
	switch o.Kind {
	case syntax.Nil:
		if letter == 'a' || letter == 'm' {
			return constant{nil}, nil
		}
		fits = false
	case syntax.Bool:
		fits = letter == 'a' || letter == 'b'
	case syntax.String:
		fits = letter == 'a' || letter == 's'
	case syntax.Number:
		switch {
		case letter == 'i' && o.Constant.IsInt:
			return constant{int(o.Constant.Int)}, nil
		case letter == 'f':
			return constant{o.Constant.Float}, nil
		}
		fits = letter == 'a'
	}
	if !fits {
		return nil, fail(o.Pos, "the argument "+b.short(o)+" must be "+letterName(letter))
	}
	e, v, err := b.operand(o)
	if err != nil {
		return nil, err
	}
	b.consume(v)
	return e, nil
}

// call builds a function call.
func (b *builder) call(o *syntax.Operand, args []*syntax.Operand, piped bool) (expr, error) {
	count := len(args)
	if piped {
		count++
	}
	if o.Text == "and" || o.Text == "or" {
		if count == 0 {
			return nil, fail(o.Pos, "the function "+o.Text+" wants at least 1 argument, and gets 0")
		}
		l := &logic{or: o.Text == "or", piped: piped}
		for _, a := range args {
			e, err := b.argument(a, 'a')
			if err != nil {
				return nil, err
			}
			l.args = append(l.args, e)
		}
		return l, nil
	}
	fn, reason := lookup(o.Text)
	if fn == nil {
		return nil, fail(o.Pos, reason)
	}
	if want := wants(fn.sig, count); want != "" {
		return nil, fail(o.Pos, "the function "+fn.name+" wants "+want+", and gets "+strconv.Itoa(count))
	}
	c := &call{fn: fn, piped: piped, pos: o.Pos}
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
				return nil, fail(args[0].Pos, err.Error())
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

// fields builds a value's fields, the last of which may be a method with arguments, or
// a variable without fields.
func (b *builder) fields(o *syntax.Operand, args []*syntax.Operand, piped bool) (expr, static, error) {
	c := &chain{base: dotExpr{}, names: o.Names, piped: piped, pos: o.Pos}
	v := b.dot
	switch o.Kind {
	case syntax.Variable:
		d, err := b.variable(o.Pos, o.Names[0])
		switch {
		case err != nil:
			return nil, static{}, err
		case len(o.Names) > 1:
		case len(args) > 0 || piped:
			return nil, static{}, b.noFunction(o)
		default:
			return variable(d.slot), d.value, nil
		}
		c.base, c.names, c.pos, v = variable(d.slot), o.Names[1:], o.Pos+len(o.Names[0]), d.value
	case syntax.Chain:
		var err error
		if c.base, v, err = b.operand(o.Base); err != nil {
			return nil, static{}, err
		}
		c.pos = o.Base.End
	}
	count := len(args)
	if piped {
		count++
	}
	params := ""
	if v.known {
		pos := c.pos
		for i, name := range c.names {
			given := 0
			if i == len(c.names)-1 {
				given = count
			}
			next, p, err := follow(v, name, given)
			if err != nil {
				return nil, static{}, fail(pos, err.Error())
			}
			v, params = next, p
			pos += len(".") + len(name)
		}
		b.touch(v)
	}
	if o.Kind == syntax.Field && len(c.names) > 1 {
		c.pos += len(".") + len(c.names[0])
	}
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
	if m := v.shape.method(name); m != nil {
		if m.Refused != "" {
			return next, "", constError("the method " + strings.Join(next.path, ".") + " " + m.Refused)
		}
		if want := wants(m.Params, count); want != "" {
			return next, "", constError("the method " + strings.Join(next.path, ".") + " wants " + want + ", and gets " + strconv.Itoa(count))
		}
		next.shape = m.Result
		return next, m.Params, nil
	}
	shape, ok := v.shape.field(name)
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

// short is a value as it is written, for messages.
func (b *builder) short(o *syntax.Operand) string {
	s := b.t.text[o.Pos:o.End]
	if len(s) > 40 {
		s = s[:40] + "..."
	}
	return s
}
