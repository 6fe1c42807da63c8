package conformance

import (
	"testing"

	"oathgate/internal/corpus"
)

// The evaluation as it is natively, as a reverse proxy and asked for decisions.
func TestConformanceNative(t *testing.T) {
	for _, mode := range []Mode{ProxyMode, DecisionMode} {
		t.Run(string(mode), func(t *testing.T) { NewSuite(t, "native", mode).Run(t, corpus.Native{}) })
	}
}
