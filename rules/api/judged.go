package api

import (
	"strings"

	"oathgate/rules"
	"oathgate/rules/request"
)

const decisions = "/decisions"

// Judged finds the request that a request to /decisions asks about, or says why
// there is none. trusted are the peers whose headers count. The query is that of
// the request to /decisions, as in Oathkeeper, unless X-Original-URL brings its
// own. literal says that Oathkeeper would not decode the path.
func Judged(raw request.Raw, source rules.DecisionSource, trusted request.Networks) (judged request.Raw, literal bool, ref *request.Refusal) {
	asking, query, hasQuery := strings.Cut(raw.Path, "?")
	path := strings.TrimPrefix(asking, decisions)
	if hasDotSegment(path) {
		return raw, false, bad("the path under /decisions holds dot segments")
	}
	believed := raw.Peer != nil && trusted.Contains(raw.Peer())
	c, ref := readClaims(&raw, source, believed)
	if ref != nil {
		return raw, false, ref
	}
	judged = raw
	if believed {
		judged.ForwardedFor = raw.Headers.Get("x-forwarded-for")
	}
	if c.any {
		judged.Headers = without(raw.Headers)
	}
	switch {
	case source == rules.SourceXOriginal:
		return judged, false, c.original(&judged)
	case c.any:
		if ref := c.forwarded(&judged); ref != nil {
			return raw, false, ref
		}
	}
	if c.said[forwardedURI] {
		judged.ForwardedURI = c.value[forwardedURI]
		path, _, _ = strings.Cut(judged.ForwardedURI, "?")
	}
	if path == "" {
		return raw, false, bad("nothing names the path to be judged")
	}
	judged.Path, judged.Asking = path, asking
	if hasQuery {
		judged.Path += "?" + query
	}
	return judged, c.said[forwardedURI], nil
}

// forwarded takes over X-Forwarded-Method, -Proto and -Host, and checks
// X-Forwarded-Uri. What is not checked here is by package request.
func (c *claims) forwarded(judged *request.Raw) *request.Refusal {
	if c.said[forwardedMethod] {
		judged.Method = c.value[forwardedMethod]
	}
	if c.said[forwardedProto] {
		judged.Scheme = c.value[forwardedProto]
		// Rules tell `HTTPS` from `https` in Oathkeeper; both would be one here.
		if judged.Scheme != "http" && judged.Scheme != "https" {
			return bad("X-Forwarded-Proto is neither http nor https")
		}
	}
	if c.said[forwardedHost] {
		judged.Authority = c.value[forwardedHost]
		if judged.Authority == "" || strings.IndexByte(judged.Authority, ',') >= 0 {
			return bad("X-Forwarded-Host is empty or a list")
		}
		judged.Headers.Del("host")
	}
	if c.said[forwardedURI] {
		return target("X-Forwarded-Uri", c.value[forwardedURI])
	}
	return nil
}

// original takes over X-Original-Method and X-Original-URL. Both are needed: what
// asks is mostly a GET, whatever it asks about.
func (c *claims) original(judged *request.Raw) *request.Refusal {
	if !c.said[originalMethod] || !c.said[originalURL] {
		return bad("X-Original-Method or X-Original-URL is missing")
	}
	judged.Method = c.value[originalMethod]
	scheme, rest, ok := strings.Cut(c.value[originalURL], "://")
	if !ok || scheme != "http" && scheme != "https" {
		return bad("X-Original-URL does not start with http:// or https://")
	}
	judged.Scheme = scheme
	end := strings.IndexAny(rest, "/?#")
	if end <= 0 {
		return bad("X-Original-URL has no host or no path")
	}
	judged.Authority, judged.Path = rest[:end], rest[end:]
	judged.Headers.Del("host")
	return target("X-Original-URL", judged.Path)
}

// target checks the path and query that a header names.
func target(header, value string) *request.Refusal {
	path, _, _ := strings.Cut(value, "?")
	switch {
	case path == "" || path[0] != '/':
		return bad(header + " has no path that starts with a slash")
	case strings.IndexByte(value, '#') >= 0:
		return bad(header + " holds a fragment")
	case strings.Contains(path, ",/") || strings.Contains(value, ",http://") || strings.Contains(value, ",https://"):
		return bad(header + " is a list")
	}
	return nil
}

// hasDotSegment reports whether a path holds a segment `.` or `..` in some
// reading: escaped once or twice, between backslashes, or before a semicolon.
func hasDotSegment(path string) bool {
	for range 3 {
		for segment := range strings.FieldsFuncSeq(path, isSlash) {
			segment, _, _ = strings.Cut(segment, ";")
			if segment == "." || segment == ".." {
				return true
			}
		}
		decoded, ok := request.DecodePath(path)
		if !ok || decoded == path {
			return false
		}
		path = decoded
	}
	return false
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }
