package syntax

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// kind says what a token is.
type kind uint8

const (
	bad      kind = iota // fault says why
	end                  // of the text
	text                 // outside of actions
	left                 // {{
	right                // }}
	word                 // a keyword, a function, true, false, nil
	dot                  // .
	field                // .name
	variable             // $name
	number               //
	char                 // 'c'
	quoted               // "text" or `text`
	open                 // (
	closing              // )
	bar                  // |
	comma                // ,
	assign               // =
	declare              // :=
)

type token struct {
	kind     kind
	spaced   bool // white space stands before it
	pos, end int  // the bytes before it and its last one
	fault    string
}

// scanner cuts a text into tokens. A copy of one looks ahead.
type scanner struct {
	text   string
	pos    int
	inside bool // of an action
}

const (
	spaces    = " \t\r\n"
	openers   = "{{"
	closers   = "}}"
	trimClose = "-}}" // behind a space
)

func isSpace(c byte) bool { return strings.IndexByte(spaces, c) >= 0 }

func (s *scanner) next() token {
	if s.inside {
		return s.action()
	}
	for {
		start := s.pos
		n := strings.Index(s.text[start:], openers)
		switch {
		case start == len(s.text):
			return token{kind: end, pos: start, end: start}
		case n < 0:
			s.pos = len(s.text)
			return token{kind: text, pos: start, end: s.pos}
		}
		s.pos = start + n
		after := s.pos + len(openers)
		stop := s.pos
		if rest := s.text[after:]; len(rest) > 1 && rest[0] == '-' && isSpace(rest[1]) {
			after += 2
			stop = start + len(strings.TrimRight(s.text[start:s.pos], spaces))
		}
		if stop > start {
			return token{kind: text, pos: start, end: stop}
		}
		at := s.pos
		if !strings.HasPrefix(s.text[after:], "/*") {
			s.pos, s.inside = after, true
			return token{kind: left, pos: at, end: after}
		}
		n = strings.Index(s.text[after+2:], "*/")
		if n < 0 {
			return token{fault: "the comment has no end", pos: at}
		}
		s.pos = after + 2 + n + 2
		if !s.leave() {
			return token{fault: "a comment must stand alone in its {{ }}", pos: at}
		}
	}
}

// leave steps over the delimiter that ends an action, and over the space that its
// trim marker takes away, if there is a delimiter.
func (s *scanner) leave() bool {
	rest := s.text[s.pos:]
	switch {
	case strings.HasPrefix(rest, closers):
		s.pos += len(closers)
	case trims(rest):
		rest = rest[1+len(trimClose):]
		s.pos = len(s.text) - len(strings.TrimLeft(rest, spaces))
	default:
		return false
	}
	s.inside = false
	return true
}

// trims says that s starts with a delimiter with a trim marker.
func trims(s string) bool {
	return s != "" && isSpace(s[0]) && strings.HasPrefix(s[1:], trimClose)
}

// action gives the next token of an action.
func (s *scanner) action() token {
	t := token{pos: s.pos}
	for s.pos < len(s.text) && isSpace(s.text[s.pos]) && !trims(s.text[s.pos:]) {
		s.pos++
	}
	t.spaced = s.pos > t.pos
	t.pos = s.pos
	if s.leave() {
		t.kind = right
	} else {
		var n int
		t.kind, n, t.fault = cut(s.text[s.pos:])
		s.pos += n
	}
	t.end = s.pos
	return t
}

// cut gives the kind and the length of the token that s, which is inside of an action,
// starts with.
func cut(s string) (k kind, n int, fault string) {
	if s == "" {
		return bad, 0, "the action has no }}"
	}
	switch c := s[0]; {
	case c == '(':
		return open, 1, ""
	case c == ')':
		return closing, 1, ""
	case c == '|':
		return bar, 1, ""
	case c == ',':
		return comma, 1, ""
	case c == '=':
		return assign, 1, ""
	case strings.HasPrefix(s, ":="):
		return declare, 2, ""
	case c == '"', c == '\'', c == '`':
		k, n = quoted, quotation(s)
		if c == '\'' {
			k = char
		}
		if n == 0 {
			return bad, 0, "the quotation has no end"
		}
		return k, n, ""
	case isDigit(c), c == '+', c == '-', c == '.' && len(s) > 1 && isDigit(s[1]):
		n = numeral(s)
		switch {
		case n < len(s) && s[n] == 'i':
			return bad, 0, "complex numbers are not supported"
		case n < len(s) && (s[n] == '+' || s[n] == '-'), letters(s[n:]) > 0:
			return bad, 0, "a space must follow the number " + s[:n]
		}
		return number, n, ""
	case c == '$':
		k, n = variable, 1+letters(s[1:])
	case c == '.':
		k, n = field, 1+letters(s[1:])
		if n == 1 {
			k = dot
		}
	default:
		k, n = word, letters(s)
	}
	if n == 0 || !terminated(s[n:]) {
		_, size := utf8.DecodeRuneInString(s[n:])
		return bad, 0, "unexpected character " + strconv.Quote(s[n:n+size])
	}
	return k, n, ""
}

// letters gives the length of the letters, digits and underscores that s starts with.
func letters(s string) int {
	for i, r := range s {
		if r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return i
		}
	}
	return len(s)
}

// terminated says that a name may end before s.
func terminated(s string) bool {
	return s == "" || isSpace(s[0]) || strings.IndexByte(".,|:()", s[0]) >= 0 || strings.HasPrefix(s, closers)
}

// quotation gives the length of the quotation that s starts with, 0 if it has no end.
func quotation(s string) int {
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == s[0]:
			return i + 1
		case s[0] == '`':
		case s[i] == '\\':
			i++
			if i < len(s) && s[i] == '\n' {
				return 0
			}
		case s[i] == '\n':
			return 0
		}
	}
	return 0
}
