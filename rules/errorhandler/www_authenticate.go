package errorhandler

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// wwwAuthenticate answers every error with a 401 that has a browser ask for a name
// and a password (pipeline/errors/error_www_authenticate.go).
type wwwAuthenticate struct {
	when      conditions
	challenge string
}

func newWWWAuthenticate(b *pipeline.Build) pipeline.ErrorHandler {
	o := b.Config.Object()
	at := o.Field("realm")
	realm := at.StringOr("")
	if realm == "" {
		realm = "Please authenticate."
	}
	if !request.IsValue(realm) {
		at.Fail("holds a line break or control character; write it without")
	}
	// The realm is not quoted, as RFC 9110 section 11.5 wants it: Oathkeeper's is
	// not, and an operator may have put quotes into it.
	h := &wwwAuthenticate{challenge: "Basic realm=" + realm, when: newConditions(o.Field("when"))}
	o.Done()
	return h
}

func (h *wwwAuthenticate) Responsible(r *request.Request, e *pipeline.Error) bool {
	return h.when.hold(r, e)
}

func (h *wwwAuthenticate) Handle(*request.Request, *pipeline.Error) pipeline.Response {
	return pipeline.Response{
		Status: 401,
		Headers: request.Headers{
			{Name: "content-type", Value: "text/plain; charset=utf-8"},
			{Name: "www-authenticate", Value: h.challenge},
			{Name: "x-content-type-options", Value: "nosniff"},
		},
		Body: []byte(StatusText(401) + "\n"),
	}
}
