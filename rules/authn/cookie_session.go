package authn

import "oathgate/rules/pipeline"

// cookieSession hands the request's cookies to a session store
// (pipeline/authn/authenticator_cookie_session.go).
type cookieSession struct {
	store sessionStore
	only  []string
}

func newCookieSession(b *pipeline.Build) pipeline.Authenticator {
	o := b.Config.Object()
	a := &cookieSession{
		store: newSessionStore(b, o, "cookie", "subject"),
		only:  o.Field("only").Strings(),
	}
	o.Done()
	return a
}

func (a *cookieSession) Authenticate(x *pipeline.Exchange) error {
	if !a.responsible(x) {
		return pipeline.ErrNotResponsible
	}
	return a.store.authenticate(x)
}

func (a *cookieSession) responsible(x *pipeline.Exchange) bool {
	if len(a.only) == 0 {
		return len(x.Request.Cookies()) > 0
	}
	for _, name := range a.only {
		if _, ok := x.Request.Cookie(name); ok {
			return true
		}
	}
	return false
}
