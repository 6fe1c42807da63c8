package authn

import "oathgate/rules/pipeline"

// anonymous gives requests without an Authorization header a fixed subject
// (pipeline/authn/authenticator_anonymous.go).
type anonymous struct {
	subject string
}

func newAnonymous(b *pipeline.Build) pipeline.Authenticator {
	o := b.Config.Object()
	a := &anonymous{subject: o.Field("subject").StringOr("")}
	o.Done()
	b.Traits.Forgets = true
	if a.subject == "" {
		a.subject = "anonymous"
	}
	return a
}

func (a *anonymous) Authenticate(x *pipeline.Exchange) error {
	if x.Request.Headers.Get("authorization") != "" {
		return pipeline.ErrNotResponsible
	}
	x.Session.Subject = a.subject
	return nil
}
