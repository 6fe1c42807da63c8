package errorhandler

import (
	"strings"

	"oathgate/rules/request"
)

// destination is a URI reference (RFC 3986 section 4.1) in pieces, each as it is
// written.
type destination struct {
	// prefix is scheme and authority, "" for a reference that is relative to the
	// server that was asked.
	prefix, path string
	// query is with its question mark, fragment with its number sign.
	query, fragment string
}

// parseDestination reads a URI reference, or says what is wrong with it and what to
// write instead.
func parseDestination(s string) (d destination, mistake string) {
	if s == "" {
		return d, "is empty, which sends clients in a circle; write the URL to send them to"
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0:
			return d, "holds a character that no URL holds; write it percent-encoded"
		case c == '%' && !isEscape(s[i:]):
			return d, "holds a percent sign that is not followed by two hexadecimal digits; write %25"
		}
	}
	s, d.fragment = cutBefore(s, '#')
	if strings.LastIndexByte(d.fragment, '#') > 0 {
		return d, "holds two number signs; write the second as %23"
	}
	s, d.query = cutBefore(s, '?')
	if i := schemeEnd(s); i > 0 {
		d.prefix, s = s[:i+1], s[i+1:]
	}
	if rest, ok := strings.CutPrefix(s, "//"); ok {
		authority, path := cutBefore(rest, '/')
		if host := authority[strings.LastIndexByte(authority, '@')+1:]; host == "" || host[0] == ':' {
			return d, "has no host; write one behind the two slashes"
		}
		d.prefix, s = d.prefix+"//"+authority, path
	}
	d.path = s
	if first, _ := cutBefore(s, '/'); d.prefix == "" && strings.IndexByte(first, ':') >= 0 {
		return d, "has a colon before the first slash, but no scheme; write ./ before it"
	}
	return d, ""
}

// cutBefore cuts s before the first c.
func cutBefore(s string, c byte) (before, from string) {
	i := strings.IndexByte(s, c)
	if i < 0 {
		return s, ""
	}
	return s[:i], s[i:]
}

func isEscape(s string) bool {
	if len(s) < 3 {
		return false
	}
	_, ok := request.DecodePath(s[:3])
	return ok
}

// schemeEnd gives the place of the colon behind a scheme (RFC 3986 section 3.1), 0
// if there is none.
func schemeEnd(s string) int {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// around makes room for the value of a query parameter: what stands before and
// behind it. The others are encoded anew and sorted, as net/url's Encode does it;
// those of the same name give way.
func (d *destination) around(param string) (before, after string) {
	query := strings.TrimPrefix(d.query, "?")
	before = request.EncodeQuery(query, func(name string) bool { return name < param })
	if before != "" {
		before += "&"
	}
	after = request.EncodeQuery(query, func(name string) bool { return name > param })
	if after != "" {
		after = "&" + after
	}
	return "?" + before + request.EscapeQuery(param) + "=", after + d.fragment
}
