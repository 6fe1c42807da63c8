package errorhandler

import (
	gopath "path"
	"strings"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// redirect sends the client elsewhere, and may tell there which URL it asked for
// (pipeline/errors/error_redirect.go and Go's http.Redirect).
type redirect struct {
	when conditions
	code int
	to   destination
	// before and after are query and fragment of the destination around the URL
	// asked for; before is "" if that is not told.
	before, after string
}

func newRedirect(b *pipeline.Build) pipeline.ErrorHandler {
	h := &redirect{}
	o := b.Config.Object()
	to := o.Field("to").Require("the URL to send clients to")
	if text := to.StringOr(""); to.Kind() == tree.String {
		var mistake string
		if h.to, mistake = parseDestination(text); mistake != "" {
			to.Fail(mistake)
		}
	}
	h.code = o.Field("code").Int(302, 301, 302)
	at := o.Field("return_to_query_param")
	param := at.StringOr("")
	if strings.Trim(param, paramChars) != "" {
		at.Fail("may hold letters, digits and , . _ ~ - alone")
	}
	if param != "" {
		h.before, h.after = h.to.around(param)
	}
	h.when = newConditions(o.Field("when"))
	o.Done()
	return h
}

const paramChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789,._~-"

func (h *redirect) Responsible(r *request.Request, e *pipeline.Error) bool {
	return h.when.hold(r, e)
}

func (h *redirect) Handle(r *request.Request, _ *pipeline.Error) pipeline.Response {
	location := h.location(r)
	response := pipeline.Response{Status: h.code, Headers: request.Headers{{Name: "location", Value: location}}}
	if r.Method != "GET" && r.Method != "HEAD" {
		return response
	}
	response.Headers.Add("content-type", "text/html; charset=utf-8")
	// The host takes the body of an answer to HEAD away, but without one it would
	// take the type, too.
	body := make([]byte, 0, 64+len(location))
	body = append(body, `<a href="`...)
	body = appendHTML(body, location)
	body = append(body, `">`...)
	body = append(body, StatusText(h.code)...)
	response.Body = append(body, "</a>.\n\n"...)
	return response
}

func (h *redirect) location(r *request.Request) string {
	query := h.to.query
	// A request that could not be read has no URL to return to.
	if url := r.URL(); h.before != "" && url != "" {
		query = h.before + request.EscapeQuery(url) + h.after
	} else {
		query += h.to.fragment
	}
	if h.to.prefix != "" {
		return h.to.prefix + h.to.path + query
	}
	return resolve(h.to.path, r.Path) + query
}

// resolve gives the path that a relative reference's path means for a client that
// asked for base, in normal form. base is decoded: escaped again, it cannot end the
// path or the header line, and `/\host/` is not taken for another server.
func resolve(path, base string) string {
	if !strings.HasPrefix(path, "/") {
		directory, _ := gopath.Split(request.EscapePath(base))
		if directory == "" {
			directory = "/"
		}
		path = directory + path
	}
	clean := gopath.Clean(path)
	if strings.HasSuffix(path, "/") && clean != "/" {
		clean += "/"
	}
	return clean
}

// appendHTML appends s as the value of an attribute in double quotes.
func appendHTML(b []byte, s string) []byte {
	for i := range len(s) {
		switch s[i] {
		case '&':
			b = append(b, "&amp;"...)
		case '<':
			b = append(b, "&lt;"...)
		case '>':
			b = append(b, "&gt;"...)
		case '"':
			b = append(b, "&#34;"...)
		case '\'':
			b = append(b, "&#39;"...)
		default:
			b = append(b, s[i])
		}
	}
	return b
}
