package pipeline

import (
	"oathgate/rules/request"
	"oathgate/rules/template"
)

// headerMap shows header lines to templates as Go's http.Header.
func headerMap(lines request.Headers) *template.HeaderMap {
	if len(lines) == 0 {
		return template.NewHeaderMap(nil)
	}
	return template.NewHeaderMap(func(yield func(string, string) bool) {
		for _, h := range lines {
			if !yield(h.Name, h.Value) {
				return
			}
		}
	})
}

// clientHeaders shows a client's header lines to templates, without those that are
// not for them.
func clientHeaders(lines request.Headers) *template.HeaderMap {
	return template.NewHeaderMap(func(yield func(string, string) bool) {
		for _, h := range lines {
			if !request.Hidden(h.Name) && !yield(h.Name, h.Value) {
				return
			}
		}
	})
}

// url shows the matched URL to templates as Go's url.URL. Under /decisions Oathkeeper
// changes Path alone, and RawPath stays that of the request that asks
// (api/decision.go).
func url(r *request.Request) *template.URL {
	u := &template.URL{
		Scheme:     r.Scheme,
		Host:       r.OriginalAuthority,
		Path:       r.Path,
		RawQuery:   r.RawQuery,
		ForceQuery: r.HasQuery && r.RawQuery == "",
	}
	raw, path := r.RawPath, r.Path
	if r.Asking != "" {
		raw = r.Asking
		path, _ = request.DecodePath(raw)
	}
	if raw != request.EscapePath(path) {
		u.RawPath = raw
	}
	return u
}
