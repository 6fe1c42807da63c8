package request

// URL gives the URL that was asked for, as Oathkeeper's error handlers see it: the
// path it matched, in the spelling of the request where that is one of it, and the
// query. Under /decisions that spelling is lost to Oathkeeper. If ForwardedURI named
// the path, that stands there, escaped as a path with whatever it holds, and before
// the query of the request that asks (pipeline/errors/error_redirect.go). It is "" for a request that was not read.
func (r *Request) URL() string {
	if r.Scheme == "" {
		return ""
	}
	path := r.RawPath
	switch {
	case r.ForwardedURI != "":
		path = EscapePath(r.ForwardedURI)
	case r.Asking != "" || !r.whole || r.TrailingSlash || !isValidPath(path):
		path = EscapePath(r.Path)
	}
	url := r.Scheme + "://" + r.OriginalAuthority + path
	if r.HasQuery {
		url += "?" + r.RawQuery
	}
	return url
}
