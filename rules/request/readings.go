package request

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"
)

// server is how one server reads a path. The zero value with one round is
// Oathkeeper: decode once, then remove dot segments and empty segments.
type server struct {
	rounds    int // how often escapes are decoded
	keepSlash bool
	backslash bool // `\` separates segments
	params    params
	nul       nul
	overlong  bool // overlong UTF-8 is decoded
	invalid   invalid
	empty     empty
	early     bool // dot segments are removed before decoding, not after
}

// params is what becomes of `;` and what follows it in a segment.
type params uint8

const (
	paramsKept   params = iota
	paramsRaw           // cut before decoding, as Tomcat does
	paramsBefore        // cut after decoding, before dot segments are removed
	paramsAfter         // cut after dot segments were removed
	paramsModes
)

// nul is what becomes of a NUL byte.
type nul uint8

const (
	nulKept nul = iota
	nulEnds     // the path ends there, as a C string does
	nulDropped
	nulModes
)

// invalid is what becomes of bytes that are not UTF-8.
type invalid uint8

const (
	invalidKept invalid = iota
	invalidDropped
	invalidReplaced // by U+FFFD
	invalidLatin1   // all bytes are taken for ISO 8859-1
	invalidModes
)

// empty is what becomes of empty segments.
type empty uint8

const (
	emptyMerged    empty = iota
	emptyKept            // and taken away by `..` like any other (RFC 3986 section 5.2.4)
	emptyAuthority       // `//host/path` is taken for an authority and a path
	emptyModes
)

// modes is how many servers there are that differ in empty and early alone.
const modes = int(emptyModes) * 2

const (
	// maxReadings bounds Request.Readings.
	maxReadings = 16
	maxRounds   = 4
	// maxWork bounds what all ways together have to read, in bytes: a long path
	// may be disputed in fewer ways than a short one.
	maxWork = 128 << 10
)

const tooMany = "the path can be read in too many ways"

// disputes are the features of a path at any stage of its decoding.
type disputes struct {
	rounds                                                 int
	encSlash, backslash, semicolon, nul, overlong, invalid bool
}

// readOthers fills in what the other servers read.
func (p *reading) readOthers(raw string) *Refusal {
	d, ok := inspect(raw)
	if !ok || d.servers()*modes*len(raw) > maxWork {
		return bad(tooMany)
	}
	for _, s := range d.list() {
		for mode := range modes {
			s.empty, s.early = empty(mode/2), mode%2 == 1
			path, unclean, dotted := s.read(raw)
			p.unclean = p.unclean || unclean
			p.dotted = p.dotted || dotted
			if path == p.path || slices.Contains(p.readings, path) {
				continue
			}
			if len(p.readings) == maxReadings {
				return bad(tooMany)
			}
			p.readings = append(p.readings, path)
		}
	}
	return nil
}

// inspect decodes a path for as long as it changes; it gives false if that
// takes too long.
func inspect(raw string) (d disputes, ok bool) {
	for s := raw; ; {
		next := decode(s, false)
		d.look(s)
		d.look(next)
		next = decodeOverlong(next)
		if next == s {
			return d, true
		}
		if d.rounds++; d.rounds > maxRounds {
			return d, false
		}
		s = next
	}
}

func (d *disputes) look(s string) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			v, ok := escaped(s, i)
			d.encSlash = d.encSlash || ok && v == '/'
		case c == '\\':
			d.backslash = true
		case c == ';':
			d.semicolon = true
		case c == 0:
			d.nul = true
		}
	}
	d.invalid = d.invalid || !utf8.ValidString(s)
	d.overlong = d.overlong || decodeOverlong(s) != s
}

func (d *disputes) servers() int {
	n := min(max(d.rounds, 1), 3)
	for _, dispute := range []struct {
		present bool
		modes   int
	}{
		{d.encSlash, 2},
		{d.backslash, 2},
		{d.overlong, 2},
		{d.semicolon, int(paramsModes)},
		{d.nul, int(nulModes)},
		{d.invalid, int(invalidModes)},
	} {
		if dispute.present {
			n *= dispute.modes
		}
	}
	return n
}

// list gives every combination of what is disputed.
func (d *disputes) list() []server {
	list := []server{{rounds: 1}}
	vary := func(present bool, modes int, set func(s *server, mode int)) {
		if !present {
			return
		}
		for _, s := range list {
			for mode := 1; mode < modes; mode++ {
				set(&s, mode)
				list = append(list, s)
			}
		}
	}
	vary(d.rounds > 1, 2, func(s *server, _ int) { s.rounds = 2 })
	if d.rounds > 2 {
		list = append(list, server{rounds: d.rounds})
	}
	vary(d.encSlash, 2, func(s *server, _ int) { s.keepSlash = true })
	vary(d.backslash, 2, func(s *server, _ int) { s.backslash = true })
	vary(d.overlong, 2, func(s *server, _ int) { s.overlong = true })
	vary(d.semicolon, int(paramsModes), func(s *server, m int) { s.params = params(m) })
	vary(d.nul, int(nulModes), func(s *server, m int) { s.nul = nul(m) })
	vary(d.invalid, int(invalidModes), func(s *server, m int) { s.invalid = invalid(m) })
	return list
}

// read gives the path that s reads. unclean says that it came upon dot segments
// or empty segments, dotted that it came upon dot segments, in the decoded path:
// what stands in the raw path the server that is not early finds there too.
func (s *server) read(raw string) (path string, unclean, dotted bool) {
	p := raw
	if s.params == paramsRaw {
		p = cutParams(p)
	}
	if s.early {
		p, _, _ = resolve(p, s.empty == emptyMerged, true)
	}
	for range s.rounds {
		p = decode(p, s.keepSlash)
		if s.overlong {
			p = decodeOverlong(p)
		}
	}
	p = s.characters(p)
	if s.params == paramsBefore {
		p = cutParams(p)
	}
	if s.empty == emptyAuthority && strings.HasPrefix(p, "//") {
		_, p, _ = strings.Cut(p[2:], "/")
		p = "/" + p
	}
	p, unclean, dotted = resolve(p, s.empty != emptyKept, !s.early)
	if s.params == paramsAfter {
		p = cutParams(p)
	}
	if p = strings.TrimRight(p, "/"); p == "" {
		p = "/"
	}
	return p, unclean, dotted
}

// characters applies what s makes of NUL bytes, bytes that are not UTF-8 and
// backslashes.
func (s *server) characters(p string) string {
	switch s.nul {
	case nulEnds:
		p, _, _ = strings.Cut(p, "\x00")
	case nulDropped:
		p = strings.ReplaceAll(p, "\x00", "")
	}
	switch s.invalid {
	case invalidDropped:
		p = strings.ToValidUTF8(p, "")
	case invalidReplaced:
		p = strings.ToValidUTF8(p, "\uFFFD")
	case invalidLatin1:
		p = fromLatin1(p)
	}
	if s.backslash {
		p = strings.ReplaceAll(p, "\\", "/")
	}
	return p
}

// resolve rebuilds a path from its segments, without empty ones if merge, and
// with dot segments removed if dots. unclean says that there were empty
// segments before the last, or dot segments; dotted that there were dot
// segments.
func resolve(p string, merge, dots bool) (out string, unclean, dotted bool) {
	b := make([]byte, 0, len(p)+1)
	for rest, more := strings.TrimPrefix(p, "/"), true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		switch {
		case segment == "" && more && merge:
			unclean = true
			continue
		case segment == "":
			unclean = unclean || more
		case dots && (segment == "." || segment == ".."):
			dotted = true
			if segment == ".." {
				b = b[:max(bytes.LastIndexByte(b, '/'), 0)]
			}
			if !more {
				b = append(b, '/')
			}
			continue
		}
		b = append(b, '/')
		b = append(b, segment...)
	}
	if len(b) == 0 {
		b = append(b, '/')
	}
	return string(b), unclean || dotted, dotted
}

// cutParams cuts each segment at its first `;`.
func cutParams(p string) string {
	if strings.IndexByte(p, ';') < 0 {
		return p
	}
	b := make([]byte, 0, len(p))
	cut := false
	for i := 0; i < len(p); i++ {
		switch p[i] {
		case ';':
			cut = true
		case '/':
			cut = false
		}
		if !cut {
			b = append(b, p[i])
		}
	}
	return string(b)
}

// decode percent-decodes once; what is no escape stays. With keepSlash an
// escaped slash stays too, in one spelling.
func decode(p string, keepSlash bool) string {
	if strings.IndexByte(p, '%') < 0 {
		return p
	}
	b := make([]byte, 0, len(p))
	for i := 0; i < len(p); i++ {
		c := p[i]
		if c == '%' {
			if v, ok := escaped(p, i); ok {
				i += 2
				if v == '/' && keepSlash {
					b = append(b, "%2F"...)
					continue
				}
				c = v
			}
		}
		b = append(b, c)
	}
	return string(b)
}

// decodeOverlong replaces overlong UTF-8 sequences (RFC 3629 section 10) by
// what a lenient decoder takes them for. A sequence that is not overlong stays
// what it is.
func decodeOverlong(p string) string {
	var b []byte
	for i := 0; i < len(p); {
		r, n := overlong(p[i:])
		if n == 0 {
			if b != nil {
				b = append(b, p[i])
			}
			i++
			continue
		}
		if b == nil {
			b = append(make([]byte, 0, len(p)), p[:i]...)
		}
		b = utf8.AppendRune(b, r)
		i += n
	}
	if b == nil {
		return p
	}
	return string(b)
}

// overlong gives the character of the sequence that s starts with, and its
// length, if its first byte is one that overlong sequences have; 0 otherwise.
func overlong(s string) (r rune, n int) {
	switch c := s[0]; {
	case c == 0xc0 || c == 0xc1:
		r, n = rune(c&0x1f), 2
	case c == 0xe0:
		n = 3
	case c == 0xf0:
		n = 4
	default:
		return 0, 0
	}
	if len(s) < n {
		return 0, 0
	}
	for i := 1; i < n; i++ {
		if s[i]&0xc0 != 0x80 {
			return 0, 0
		}
		r = r<<6 | rune(s[i]&0x3f)
	}
	return r, n
}

func fromLatin1(p string) string {
	b := make([]byte, 0, 2*len(p))
	for i := 0; i < len(p); i++ {
		b = utf8.AppendRune(b, rune(p[i]))
	}
	return string(b)
}
