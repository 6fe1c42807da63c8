package request

import (
	gopath "path"
	"strings"
	"unicode/utf8"
)

// reading is what a raw path was read as; the fields are those of Request.
type reading struct {
	path     string
	trailing bool
	whole    bool
	unclean  bool
	// dotted says that a reading that servers dispute comes upon a dot segment.
	dotted   bool
	readings []string
}

// features are what a raw path has that servers disagree about.
type features struct {
	escape    bool // any percent escape
	dots      bool // a segment that starts with a dot
	encDots   bool // an escaped dot
	slashes   bool // empty segments
	encSlash  bool // an escaped slash
	backslash bool // plain or escaped
	semicolon bool // plain or escaped
	percent   bool // an escaped percent sign
	nul       bool // an escaped NUL
	high      bool // a byte above 0x7f, plain or escaped
	trailing  bool // a slash at the end, not the first
}

// plain says that a path is its own decoded and clean form, but for a trailing
// slash.
func (f *features) plain() bool {
	return !f.escape && !f.dots && !f.slashes && !f.high && !f.backslash && !f.semicolon
}

// ambiguous says whether another reading may exist. Plain dot segments are no
// reason: all servers agree on what they mean (RFC 3986 section 5.2.4).
func (f *features) ambiguous() bool {
	return f.encDots || f.slashes || f.encSlash || f.backslash || f.semicolon || f.percent || f.nul || f.high
}

// readPath reads a raw path that starts with a slash and holds no control
// character. It allocates nothing for a path without escapes and dot segments.
func readPath(raw string, paths Paths) (reading, *Refusal) {
	f, ok := scan(raw)
	if !ok {
		return reading{}, bad("the path holds a percent sign that is not followed by two hexadecimal digits")
	}
	if f.plain() {
		p := reading{path: raw, trailing: f.trailing, whole: true}
		if f.trailing {
			p.path = raw[:len(raw)-1]
		}
		return p, nil
	}
	decoded := raw
	if f.escape {
		decoded, _ = DecodePath(raw)
	}
	if f.high && utf8.ValidString(decoded) {
		f.high = false
	}
	p := clean(decoded)
	if paths == PathsOathkeeper || !f.ambiguous() {
		return p, nil
	}
	return p, p.readOthers(raw)
}

// clean gives Oathkeeper's reading of a decoded path.
func clean(decoded string) reading {
	p := reading{path: gopath.Clean(decoded)}
	p.trailing = len(p.path) > 1 && strings.HasSuffix(decoded, "/")
	want := len(p.path)
	if p.trailing {
		want++
	}
	p.whole = len(decoded) == want
	p.unclean = !p.whole
	return p
}

// hasDotSegment says whether a decoded path holds a segment `.` or `..`.
func hasDotSegment(p string) bool {
	for rest, more := p, true; more; {
		var segment string
		segment, rest, more = strings.Cut(rest, "/")
		if segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

// scan looks at every byte once; it gives false for a broken escape.
func scan(raw string) (f features, ok bool) {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		switch {
		case c == '/':
			if i+1 < len(raw) {
				f.slashes = f.slashes || raw[i+1] == '/'
				f.dots = f.dots || raw[i+1] == '.'
			} else if i > 0 {
				f.trailing = true
			}
		case c == '\\':
			f.backslash = true
		case c == ';':
			f.semicolon = true
		case c >= 0x80:
			f.high = true
		case c == '%':
			v, ok := escaped(raw, i)
			if !ok {
				return f, false
			}
			f.escape = true
			f.escapedByte(v)
			i += 2
		}
	}
	return f, true
}

func (f *features) escapedByte(v byte) {
	switch {
	case v == '.':
		f.encDots = true
	case v == '/':
		f.encSlash = true
	case v == '\\':
		f.backslash = true
	case v == ';':
		f.semicolon = true
	case v == '%':
		f.percent = true
	case v == 0:
		f.nul = true
	case v >= 0x80:
		f.high = true
	}
}
