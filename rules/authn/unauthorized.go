package authn

import "oathgate/rules/pipeline"

// unauthorized refuses every request with 401
// (pipeline/authn/authenticator_unauthorized.go). Its configuration is ignored.
type unauthorized struct{}

func newUnauthorized(b *pipeline.Build) pipeline.Authenticator {
	b.Traits.Forgets = true
	return unauthorized{}
}

func (unauthorized) Authenticate(*pipeline.Exchange) error { return pipeline.Unauthorized("") }
