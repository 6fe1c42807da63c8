package mutator

import "oathgate/rules/pipeline"

// noop changes nothing (pipeline/mutate/mutator_noop.go). Oathkeeper's also
// collapses duplicate headers; ours leaves the request alone (DESIGN §3). Its
// configuration is ignored.
type noop struct{}

func newNoop(*pipeline.Build) pipeline.Mutator { return noop{} }

func (noop) Mutate(*pipeline.Exchange) error { return nil }
