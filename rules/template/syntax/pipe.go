package syntax

import "slices"

// pipe reads a pipeline of an action, and the token that ends it.
func (p *parser) pipe(of string, stop kind) *Pipe {
	pipe := &Pipe{}
	pos := p.token.pos
	p.variables(pipe, of)
	for p.fault == nil && p.token.kind != stop {
		at := p.token.pos
		c := p.command()
		if len(pipe.Commands) > 0 && len(c) > 0 && c[0].Kind <= Number {
			p.fail(at, "what a value is piped to must be a function")
		}
		pipe.Commands = append(pipe.Commands, c)
	}
	if len(pipe.Commands) == 0 {
		p.fail(pos, "missing value for "+of)
	}
	p.advance()
	return pipe
}

// variables reads `$a :=`, `$a =` and, in a range, `$a, $b :=`.
func (p *parser) variables(pipe *Pipe, of string) {
	for p.token.kind == variable {
		ahead := p.scanner
		next := ahead.next()
		switch next.kind {
		case assign, declare, comma:
		default:
			return
		}
		if next.kind == comma && (of != "range" || len(pipe.Declares) > 0) {
			p.fail(next.pos, "too many variables for "+of)
			return
		}
		pipe.Declares = append(pipe.Declares, p.spelling())
		p.vars = append(p.vars, p.spelling())
		p.advance()
		p.advance()
		if next.kind != comma {
			pipe.Assign = next.kind == assign
			return
		}
		if p.token.kind != variable {
			p.unexpected(of + ", which sets variables only")
		}
	}
}

// command reads a command, and the bar behind it. A bar may be the last of a pipeline,
// as in text/template.
func (p *parser) command() Command {
	var c Command
	for {
		o := p.operand()
		if o == nil {
			p.unexpected("a command")
			return nil
		}
		c = append(c, o)
		switch {
		case p.token.kind == bar:
			p.advance()
			return c
		case p.token.kind == right, p.token.kind == closing:
			return c
		case !p.token.spaced:
			p.unexpected("a command")
			return nil
		}
	}
}

// operand reads a value and the names of fields behind it. It gives nil where no value
// can start, and after a fault it may.
func (p *parser) operand() *Operand {
	o := &Operand{Pos: p.token.pos}
	s := p.spelling()
	switch p.token.kind {
	case dot:
		p.advance()
	case field:
		o.Kind, o.Names = Field, []string{s[1:]}
		p.advance()
	case variable:
		o.Kind, o.Names = Variable, []string{s}
		if !slices.Contains(p.vars, s) {
			p.fail(o.Pos, "undefined variable "+s)
		}
		p.advance()
	case number, char:
		o.Kind, o.Text = Number, s
		var fault string
		if p.token.kind == char {
			o.Constant, fault = character(s)
		} else {
			o.Constant, fault = constant(s)
		}
		if fault != "" {
			p.fail(o.Pos, fault)
		}
		p.advance()
	case quoted:
		o.Kind, o.Text = String, p.string()
	case open:
		if p.groups++; p.groups > maxGroups {
			p.fail(o.Pos, "the template nests its parentheses too deeply")
		}
		p.advance()
		o.Kind, o.Pipe = Group, p.pipe("the parentheses", closing)
		p.groups--
	case word:
		switch s {
		case "nil":
			o.Kind = Nil
		case "true", "false":
			o.Kind, o.True = Bool, s == "true"
		case "block", "break", "continue", "define", "else", "end", "if", "range", "template", "with":
			return nil
		default:
			o.Kind, o.Text = Function, s
		}
		p.advance()
	default:
		return nil
	}
	for p.token.kind == field && !p.token.spaced {
		switch o.Kind {
		case Field, Variable, Chain:
		case Function, Group:
			o.End = p.behind
			o = &Operand{Kind: Chain, Pos: o.Pos, Base: o}
		default:
			p.fail(p.token.pos, "a constant has no fields")
			return nil
		}
		o.Names = append(o.Names, p.spelling()[1:])
		p.advance()
	}
	o.End = p.behind
	return o
}
