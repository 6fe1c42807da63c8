package authn

import "oathgate/rules/pipeline"

// bearerToken hands the request's Authorization header to a session store if the
// request carries a token (pipeline/authn/authenticator_bearer_token.go).
type bearerToken struct {
	store  sessionStore
	source tokenSource
}

func newBearerToken(b *pipeline.Build) pipeline.Authenticator {
	o := b.Config.Object()
	a := &bearerToken{
		store:  newSessionStore(b, o, "authorization", "sub"),
		source: newTokenSource(b, o),
	}
	o.Done()
	return a
}

func (a *bearerToken) Authenticate(x *pipeline.Exchange) error {
	if _, ok := a.source.token(x.Request); !ok {
		return pipeline.ErrNotResponsible
	}
	return a.store.authenticate(x)
}
