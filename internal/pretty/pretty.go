// Package pretty lays out JSON text. It stands in for the package of this path (go.mod replaces it): gjson's modifiers
// @pretty and @ugly need one, and that one brings encoding/json along, which makes the module that Envoy compiles at
// every start 570 KB larger (6.37 MB where it is 5.80 MB with this). It has what gjson uses, and lays out the same.
//
// What is not JSON comes out as something, in time and space linear in what came in; at depths over MaxDepth it comes
// out as it is.
package pretty

import (
	"bytes"
	"sort"
)

// MaxDepth is how deep values may lie in values.
const MaxDepth = 512

// Options say how to lay out.
type Options struct {
	// Width is how many columns an array without objects may take that stands in one line.
	Width int
	// Prefix stands before every line.
	Prefix string
	// Indent stands before a line once for each level.
	Indent string
	// SortKeys puts the members of objects in the order of their names, as they are spelled.
	SortKeys bool
}

// DefaultOptions are Pretty's.
var DefaultOptions = &Options{Width: 80, Indent: "  "}

// Pretty lays out with DefaultOptions.
func Pretty(json []byte) []byte { return PrettyOptions(json, nil) }

// PrettyOptions lays out json, one member or element a line, and ends the last line if it is an object or array. nil
// are DefaultOptions.
func PrettyOptions(json []byte, opts *Options) []byte {
	if opts == nil {
		opts = DefaultOptions
	}
	p := printer{in: json, opts: opts, out: make([]byte, 0, 2*len(json)+2)}
	p.out = append(p.out, opts.Prefix...)
	p.value(0)
	if p.tooDeep {
		return json
	}
	if n := len(p.out); n > 0 && (p.out[n-1] == '}' || p.out[n-1] == ']') {
		p.out = append(p.out, '\n')
	}
	return p.out
}

// Ugly takes out all white space between tokens.
func Ugly(json []byte) []byte {
	p := printer{in: json, out: make([]byte, 0, len(json))}
	for p.space(); p.at < len(p.in); p.space() {
		if p.in[p.at] == '"' {
			p.text()
			continue
		}
		p.out = append(p.out, p.in[p.at])
		p.at++
	}
	return p.out
}

type printer struct {
	in      []byte
	at      int
	out     []byte
	opts    *Options
	tooDeep bool
}

func (p *printer) space() {
	for p.at < len(p.in) && p.in[p.at] <= ' ' {
		p.at++
	}
}

// peek gives the next byte that is not white space, 0 at the end.
func (p *printer) peek() byte {
	p.space()
	if p.at == len(p.in) {
		return 0
	}
	return p.in[p.at]
}

func (p *printer) line(depth int) {
	p.out = append(p.out, '\n')
	p.out = append(p.out, p.opts.Prefix...)
	for range depth {
		p.out = append(p.out, p.opts.Indent...)
	}
}

func (p *printer) value(depth int) {
	if p.tooDeep = p.tooDeep || depth > MaxDepth; p.tooDeep {
		return
	}
	switch p.peek() {
	case 0:
	case '{':
		p.object(depth)
	case '[':
		if end := flatArray(p.in[p.at:]); end > 0 && p.flat(p.in[p.at:p.at+end]) {
			p.at += end
			return
		}
		p.array(depth)
	case '"':
		p.text()
	default:
		p.word()
	}
}

// text takes a string over as it stands.
func (p *printer) text() {
	from := p.at
	for p.at++; p.at < len(p.in); p.at++ {
		if p.in[p.at] == '\\' {
			p.at++
		} else if p.in[p.at] == '"' {
			p.at++
			break
		}
	}
	p.at = min(p.at, len(p.in))
	p.out = append(p.out, p.in[from:p.at]...)
}

// word takes over a number, true, false or null; of anything else at least one byte.
func (p *printer) word() {
	from := p.at
	for p.at++; p.at < len(p.in) && p.in[p.at] > ' ' && !bytes.ContainsRune([]byte(`,:[]{}"`), rune(p.in[p.at])); p.at++ {
	}
	p.out = append(p.out, p.in[from:p.at]...)
}

func (p *printer) array(depth int) {
	p.at++
	p.out = append(p.out, '[')
	empty := true
	for c := p.peek(); c != 0 && c != ']'; c = p.peek() {
		if c == ',' {
			p.at++
			continue
		}
		if !empty {
			p.out = append(p.out, ',')
		}
		empty = false
		p.line(depth + 1)
		if p.value(depth + 1); p.tooDeep {
			return
		}
	}
	p.end(']', depth, empty)
}

func (p *printer) end(bracket byte, depth int, empty bool) {
	if !empty {
		p.line(depth)
	}
	if p.at < len(p.in) {
		p.at++
		p.out = append(p.out, bracket)
	}
}

// member is where a member of an object stands in out, and its name.
type member struct {
	name, text []byte
}

type byName []member

func (s byName) Len() int           { return len(s) }
func (s byName) Less(i, j int) bool { return bytes.Compare(s[i].name, s[j].name) < 0 }
func (s byName) Swap(i, j int)      { s[i], s[j] = s[j], s[i] }

func (p *printer) object(depth int) {
	p.at++
	p.out = append(p.out, '{')
	start := len(p.out)
	var members []member
	for c := p.peek(); c != 0 && c != '}'; c = p.peek() {
		if c == ',' {
			p.at++
			continue
		}
		if len(members) > 0 {
			p.out = append(p.out, ',')
		}
		p.line(depth + 1)
		from := len(p.out)
		p.value(depth + 1)
		name := len(p.out)
		if p.peek() == ':' {
			p.at++
			p.out = append(p.out, ": "...)
			p.value(depth + 1)
		}
		if p.tooDeep {
			return
		}
		members = append(members, member{p.out[from:name:name], p.out[from:len(p.out):len(p.out)]})
	}
	if p.opts.SortKeys && len(members) > 1 {
		p.sort(members, start, depth+1)
	}
	p.end('}', depth, len(members) == 0)
}

// sort writes the members anew, from start on.
func (p *printer) sort(members []member, start, depth int) {
	sort.Stable(byName(members))
	old := p.out
	p.out = append(make([]byte, 0, cap(old)), old[:start]...)
	for i, m := range members {
		if i > 0 {
			p.out = append(p.out, ',')
		}
		p.line(depth)
		p.out = append(p.out, m.text...)
	}
}

// flatArray gives the length of the array that in begins with, 0 if there is an object in it or no end.
func flatArray(in []byte) int {
	depth := 0
	for i := 0; i < len(in); i++ {
		switch in[i] {
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i + 1
			}
		case '{', '}':
			return 0
		case '"':
			for i++; i < len(in) && in[i] != '"'; i++ {
				if in[i] == '\\' {
					i++
				}
			}
		}
	}
	return 0
}

// flat writes an array without objects in one line, if it fits there.
func (p *printer) flat(array []byte) bool {
	column := len(p.out) - max(bytes.LastIndexByte(p.out, '\n'), 0)
	room := p.opts.Width - column
	if len(array) < 2 || room < 2 {
		return false
	}
	from := len(p.out)
	inner := printer{in: array, out: p.out}
	for inner.space(); inner.at < len(array) && len(inner.out)-from <= room; inner.space() {
		switch c := array[inner.at]; c {
		case '"':
			inner.text()
		case ',':
			inner.at++
			inner.out = append(inner.out, ", "...)
		default:
			inner.at++
			inner.out = append(inner.out, c)
		}
	}
	if len(inner.out)-from > room {
		return false
	}
	p.out = inner.out
	return true
}
