package mutator

import "oathgate/rules/pipeline"

// noop changes nothing that the upstream sees (pipeline/mutate/mutator_noop.go).
// Oathkeeper's also collapses duplicate headers; ours leaves the request alone
// (DESIGN §3). Its configuration is ignored.
type noop struct{}

func newNoop(b *pipeline.Build) pipeline.Mutator {
	b.Traits.Forgets = true
	return noop{}
}

func (noop) Mutate(x *pipeline.Exchange) error {
	x.Session.Noop = true
	return nil
}
