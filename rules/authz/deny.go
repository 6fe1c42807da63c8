package authz

import "oathgate/rules/pipeline"

// deny refuses every session with 403 (pipeline/authz/deny.go). Its
// configuration is ignored.
type deny struct{}

func newDeny(b *pipeline.Build) pipeline.Authorizer {
	b.Traits.Forgets = true
	return deny{}
}

func (deny) Authorize(*pipeline.Exchange) error { return pipeline.Forbidden("") }
