package request

import (
	gopath "path"
	"slices"
	"strings"
)

// Upstream is how a rule changes the path of what it forwards.
type Upstream struct {
	// BasePath is the path of `upstream.url` as it is written there,
	// percent-encoded; "" is "/".
	BasePath string
	// StripPath is `upstream.strip_path`, with or without slashes around it; ""
	// strips nothing.
	StripPath string
}

// Check says what of the Upstream would refuse every request, and what to write
// instead; "" if nothing would.
func (u Upstream) Check() string {
	if u.StripPath != "" && strings.Trim(u.StripPath, "/") == "" {
		return "strip_path strips the leading slash of every path: name the path to strip, or remove it"
	}
	if u.BasePath == "" {
		return ""
	}
	if u.BasePath[0] != '/' {
		return "the path of the upstream's url must start with a slash"
	}
	p, ref := readPath(u.BasePath, PathsStrict)
	if ref != nil || p.unclean || p.readings != nil {
		return "the path of the upstream's url must hold no dot segments, empty segments, escaped slashes, backslashes or semicolons"
	}
	return ""
}

// Rewrite gives the target, with its query, that r is forwarded with: the base
// path before Path, then the first occurrence of the strip path taken away,
// wherever it is (Oathkeeper proxy/proxy.go ConfigureBackendURL), and the
// trailing slash that the request had. A path that this leaves as it was keeps
// its escapes; any other is escaped anew.
//
// A target that does not start with a slash is refused, and with PathsStrict
// one that holds dot segments in any reading, or has a reading that the request
// did not have.
func Rewrite(r *Request, up Upstream) (target string, ref *Refusal) {
	path, ok := up.apply(r.Path)
	if !ok {
		return "", bad("what base path and strip_path make of the path does not start with a slash")
	}
	raw := r.RawPath
	if !r.whole || path != r.Path || !isValidPath(raw) {
		raw = EscapePath(path)
		if r.TrailingSlash && path != "/" {
			raw += "/"
		}
	}
	if ref := r.guard(path, raw, up); ref != nil {
		return "", ref
	}
	query := forwardedQuery(r.RawQuery)
	switch {
	case raw == r.RawPath && query == r.RawQuery:
		return r.target, nil
	case query != "":
		return raw + "?" + query, nil
	case r.HasQuery && r.RawQuery == "":
		return raw + "?", nil
	}
	return raw, nil
}

// apply gives what becomes of a decoded path.
func (u Upstream) apply(path string) (string, bool) {
	if u.BasePath != "" && u.BasePath != "/" {
		base, ok := DecodePath(u.BasePath)
		if !ok {
			return "", false
		}
		path = gopath.Join(base, path)
	}
	if u.StripPath != "" {
		path = strip(path, strings.Trim(u.StripPath, "/"))
	}
	if path == "" {
		path = "/"
	}
	return path, path[0] == '/'
}

// strip takes the first "/"+part out of path.
func strip(path, part string) string {
	for i := 0; i+1+len(part) <= len(path); i++ {
		if path[i] == '/' && path[i+1:i+1+len(part)] == part {
			return path[:i] + path[i+1+len(part):]
		}
	}
	return path
}

// guard reads the new raw path as New reads a request's.
func (r *Request) guard(path, raw string, up Upstream) *Refusal {
	if r.paths == PathsOathkeeper {
		if hasDotSegment(path) {
			return bad("the forwarded path holds dot segments")
		}
		return nil
	}
	if !r.Unclean && r.Readings == nil && raw == r.RawPath {
		return nil
	}
	p, ref := readPath(raw, PathsStrict)
	switch {
	case ref != nil:
		return ref
	case p.path != path || p.dotted:
		return bad("the forwarded path holds dot segments")
	}
	for _, other := range p.readings {
		if !slices.ContainsFunc(r.Readings, func(known string) bool {
			known, ok := up.apply(known)
			return ok && known == other
		}) {
			return bad("the forwarded path can be read in more ways than the path of the request")
		}
	}
	return nil
}
