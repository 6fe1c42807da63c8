package pattern

import "strings"

// authority brings the literal host of a pattern into the form of a canonical request's: ASCII lower case, no trailing dot, no default port. It sees the
// segments of the pattern in order.
type authority struct {
	scheme  string // the literal text before ://, "" if a fragment took part
	started bool
	ended   bool
	tainted bool // a fragment of the authority can match '/', so that what follows it may be path text
	mixed   bool // a fragment stands in the authority
	before  bool // a fragment stands before the authority
	slashed bool // one of those can match '/', so that it may hold the authority itself
}

func (a *authority) fragment(n *node) {
	switch {
	case a.ended:
	case !a.started:
		a.before = true
		a.slashed = a.slashed || takes(n, '/')
	default:
		a.mixed = true
		a.tainted = a.tainted || takes(n, '/')
	}
}

func (a *authority) literal(seg segment, last bool) (string, *Error) {
	if a.ended {
		return seg.text, nil
	}
	head, rest := "", seg.text
	if !a.started {
		i := strings.IndexByte(rest, '/')
		if a.slashed {
			if err := ambiguous(before(rest, i), seg.offset); err != nil {
				return "", err
			}
		}
		if i < 0 {
			return rest, nil
		}
		if !strings.HasPrefix(rest[i:], "//") {
			a.ended = true
			return rest, nil
		}
		a.started = true
		if !a.before {
			a.scheme = strings.TrimSuffix(rest[:i], ":")
		}
		head, rest = rest[:i+2], rest[i+2:]
	}
	host, tail := rest, ""
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		host, tail = rest[:i], rest[i:]
	}
	if a.tainted {
		if err := ambiguous(host, seg.offset+len(head)); err != nil {
			return "", err
		}
	}
	if tail != "" || last {
		a.ended = true
		host = a.finish(host)
	}
	return head + lowerASCII(host) + tail, nil
}

// ambiguous refuses capital letters in text of which it is not known whether it is part of a host.
func ambiguous(s string, offset int) *Error {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			return &Error{
				offset + i,
				"a capital letter that may belong to the host or to the path: write the host in lower case, or keep / out of the fragment before it with [^/]",
			}
		}
	}
	return nil
}

// finish drops the trailing dot and the default port of an authority's last piece.
func (a *authority) finish(host string) string {
	if a.tainted {
		return host
	}
	if !a.mixed {
		if a.scheme == "http" {
			host = strings.TrimSuffix(host, ":80")
		} else if a.scheme == "https" {
			host = strings.TrimSuffix(host, ":443")
		}
	}
	name, port := host, ""
	if i := strings.LastIndexByte(host, ':'); i >= 0 && allDigits(host[i+1:]) {
		name, port = host[:i], host[i:]
	}
	if len(name) > 1 && name[len(name)-1] == '.' && name[len(name)-2] != '.' {
		name = name[:len(name)-1]
	}
	return name + port
}

// before returns s up to i, all of it where i is negative.
func before(s string, i int) string {
	if i < 0 {
		return s
	}
	return s[:i]
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return true
}

func lowerASCII(s string) string {
	for i := range len(s) {
		if c := s[i]; c >= 'A' && c <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if b[j] >= 'A' && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// takes tells whether n can consume the character r.
func takes(n *node, r rune) bool {
	switch n.kind {
	case kText:
		return strings.ContainsRune(n.text, r)
	case kChar:
		return n.char == r
	case kClass:
		return n.class.has(r)
	case kDot:
		return r != '\n'
	case kRef:
		return true
	case kAhead, kNotAhead:
		return false
	}
	for c := n.child; c != nil; c = c.next {
		if takes(c, r) {
			return true
		}
	}
	return false
}
