package authn

import "oathgate/rules/pipeline"

// noop is responsible for every request and leaves the session empty
// (pipeline/authn/authenticator_noop.go). Its configuration is ignored.
type noop struct{}

func newNoop(b *pipeline.Build) pipeline.Authenticator {
	b.Traits.Forgets = true
	return noop{}
}

func (noop) Authenticate(*pipeline.Exchange) error { return nil }
