package request

import "strings"

// Raw is a request as the server received it.
type Raw struct {
	Method, Scheme, Authority string
	// Path is the request target in origin form, with its query.
	Path string
	// Headers are without pseudo headers. The Request keeps the slice unless it
	// has to change a line: then it makes a copy.
	Headers Headers
	// Peer gives the IP address of the direct peer, "" if it is not known. It may be
	// nil, and is called only where the address is looked at.
	Peer func() string
	// ForwardedURI is the X-Forwarded-Uri that Path was taken from, "" for none.
	ForwardedURI string
	// Asking is the path of the request that asks about this one, under /decisions, "" if nobody asks.
	Asking string
	// ForwardedFor is the X-Forwarded-For of a trusted peer, "" for none.
	ForwardedFor string
}

// Paths says how paths are read.
type Paths uint8

const (
	// PathsStrict gives every reading of a path (oathgate.paths: strict).
	PathsStrict Paths = iota
	// PathsOathkeeper knows Oathkeeper's reading alone (oathgate.paths:
	// oathkeeper).
	PathsOathkeeper
)

// Options are the limits and the policy of New.
type Options struct {
	Paths Paths
	// MaxPath bounds the request target with its query, in bytes; 0 is 8 KiB.
	MaxPath int
	// MaxHeaders bounds the number of header lines; 0 is 128.
	MaxHeaders int
	// MaxHeaderBytes bounds names and values together, in bytes; 0 is 64 KiB.
	MaxHeaderBytes int
}

// Request is a canonical request. It does not change until it is read anew.
type Request struct {
	// Method is a token, in the case it was sent in.
	Method string
	// Scheme is http or https.
	Scheme string
	// Authority is in lower case, without a trailing dot and without the scheme's
	// default port.
	Authority string
	// OriginalAuthority is as sent.
	OriginalAuthority string
	// RawPath and RawQuery are the target as sent, split at the first `?`.
	RawPath, RawQuery string
	// HasQuery says that there was a `?`.
	HasQuery bool
	// Path is Oathkeeper's reading: percent-decoded once, cleaned as by Go's
	// path.Clean, without a trailing slash unless it is "/".
	Path string
	// TrailingSlash says that the decoded path ended in a slash that Path lacks.
	TrailingSlash bool
	// Unclean says that RawPath holds, in some reading, dot segments or empty
	// segments. Rewrite forwards none of them; whoever forwards RawPath as it is
	// forwards a spelling that a server may resolve differently from Path, and
	// should refuse.
	Unclean bool
	// Readings are the other paths that servers could take RawPath for, each
	// without slashes at its end: nil for an ordinary path, at most 16. Always nil
	// with PathsOathkeeper.
	Readings []string
	// Headers have lower-case names, no host, and one cookie line at most.
	Headers Headers
	// ForwardedURI, Asking and ForwardedFor are those of Raw.
	ForwardedURI, Asking, ForwardedFor string

	peer   func() string
	target string
	paths  Paths
	// defaultPort is the scheme's if Authority stands for a host with that port.
	defaultPort string
	// whole says that cleaning took nothing from the decoded path but one
	// trailing slash.
	whole bool
}

const (
	defaultMaxPath        = 8 << 10
	defaultMaxHeaders     = 128
	defaultMaxHeaderBytes = 64 << 10
	// maxParams and maxCookies are where Go's net/url and net/http give up, and
	// where Oathkeeper then sees no parameter and no cookie at all.
	maxParams  = 10000
	maxCookies = 3000
)

// New makes the canonical request. What is malformed or repeats Host or
// Authorization is refused with 400, headers over a limit with 431.
func New(raw Raw, opt Options) (*Request, *Refusal) {
	r := &Request{}
	if ref := r.Read(raw, opt); ref != nil {
		return nil, ref
	}
	return r, nil
}

// Read is New into a Request whose former content is forgotten. A refused one is
// not to be used.
func (r *Request) Read(raw Raw, opt Options) *Refusal {
	headers, host, ref := readHeaders(raw.Headers, opt)
	if ref != nil {
		return ref
	}
	*r = Request{
		Method: raw.Method, Headers: headers, peer: raw.Peer, target: raw.Path, paths: opt.Paths,
		ForwardedURI: raw.ForwardedURI, Asking: raw.Asking, ForwardedFor: raw.ForwardedFor,
	}
	switch {
	case !IsToken(raw.Method):
		return bad("the method is not a token")
	case equalFoldASCII(raw.Method, "CONNECT"):
		return bad("CONNECT is not served")
	case equalFoldASCII(raw.Scheme, "https"):
		r.Scheme = "https"
	case equalFoldASCII(raw.Scheme, "http"):
		r.Scheme = "http"
	default:
		return bad("the scheme is neither http nor https")
	}
	r.OriginalAuthority = raw.Authority
	if host.ok {
		if raw.Authority == "" {
			r.OriginalAuthority = host.value
		} else if !equalFoldASCII(raw.Authority, host.value) {
			return bad("Host and :authority differ")
		}
	}
	if ref := r.readAuthority(); ref != nil {
		return ref
	}
	return r.readTarget(raw.Path, opt)
}

// Unread is the little that is known of a request that was refused: what error
// handlers look at.
func Unread(raw Raw) *Request {
	return &Request{Method: raw.Method, Headers: raw.Headers, peer: raw.Peer}
}

// Peer is the IP address of the direct peer, "" if it is not known.
func (r *Request) Peer() string {
	if r.peer == nil {
		return ""
	}
	return r.peer()
}

func (r *Request) readTarget(target string, opt Options) *Refusal {
	if len(target) > limit(opt.MaxPath, defaultMaxPath) {
		return bad("the path is too long")
	}
	// This also refuses `OPTIONS *` and the absolute form: servers hand on the
	// origin form (RFC 9112 section 3.2).
	if target == "" || target[0] != '/' {
		return bad("the path does not start with a slash")
	}
	for i := 0; i < len(target); i++ {
		if c := target[i]; c <= ' ' || c == 0x7f || c == '#' {
			return bad("the path holds a control character, a space or a number sign")
		}
	}
	r.RawPath, r.RawQuery, r.HasQuery = strings.Cut(target, "?")
	if len(r.RawQuery) >= maxParams && strings.Count(r.RawQuery, "&") >= maxParams {
		return bad("the query has too many parameters")
	}
	p, ref := readPath(r.RawPath, opt.Paths)
	if ref != nil {
		return ref
	}
	r.Path, r.TrailingSlash, r.Unclean, r.Readings, r.whole = p.path, p.trailing, p.unclean, p.readings, p.whole
	return nil
}

type hostLine struct {
	value string
	ok    bool
}

// readHeaders checks the header lines, takes the host line out and joins the
// cookie lines.
func readHeaders(in Headers, opt Options) (out Headers, host hostLine, ref *Refusal) {
	if len(in) > limit(opt.MaxHeaders, defaultMaxHeaders) {
		return nil, host, tooLarge("too many header lines")
	}
	var size, cookies, authorizations int
	changed := false
	for i := range in {
		name, value := in[i].Name, in[i].Value
		if size += len(name) + len(value); size > limit(opt.MaxHeaderBytes, defaultMaxHeaderBytes) {
			return nil, host, tooLarge("the headers are too large")
		}
		token, upper := scanName(name)
		if !token || name == "" {
			return nil, host, bad("a header name is not a token")
		}
		if !IsValue(value) {
			return nil, host, bad("a header value holds a control character")
		}
		if upper {
			name, changed = lowerASCII(name), true
		}
		switch name {
		case "host":
			if host.ok {
				return nil, host, bad("the Host header is repeated")
			}
			host, changed = hostLine{value, true}, true
		case "authorization":
			if authorizations++; authorizations > 1 || joined(value) {
				return nil, host, bad("the Authorization header is repeated")
			}
		case "cookie":
			cookies++
			changed = changed || cookies > 1
		}
	}
	if changed {
		in = normalise(in)
	}
	if line := in.Get("cookie"); len(line) >= maxCookies && strings.Count(line, ";") >= maxCookies {
		return nil, host, tooLarge("too many cookies")
	}
	return in, host, nil
}

// normalise copies the lines with names in lower case, without host, and with
// all cookie lines in the place of the first (RFC 9113 section 8.2.3).
func normalise(in Headers) Headers {
	out := make(Headers, 0, len(in))
	cookie := -1
	for _, line := range in {
		line.Name = lowerASCII(line.Name)
		switch {
		case line.Name == "host":
			continue
		case line.Name == "cookie" && cookie >= 0:
			if line.Value != "" {
				if out[cookie].Value != "" {
					out[cookie].Value += "; "
				}
				out[cookie].Value += line.Value
			}
			continue
		case line.Name == "cookie":
			cookie = len(out)
		}
		out = append(out, line)
	}
	return out
}

func limit(n, def int) int {
	if n <= 0 {
		return def
	}
	return n
}
