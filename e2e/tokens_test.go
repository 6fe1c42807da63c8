package e2e

import (
	"testing"

	"oathgate/internal/corpus"
	"oathgate/internal/tokenmatrix"
)

// Every signature algorithm in Envoy, whose BoringSSL verifies and signs what it
// knows: good and corrupted tokens, and what id_token mints.
func TestTokens(t *testing.T) {
	m, err := tokenmatrix.New(loadCases(t), tokenmatrix.Algorithms...)
	if err != nil {
		t.Fatal(err)
	}
	target := startCases(t, []corpus.Case{m.Case})
	tokens, problems := m.Run(target, true)
	for _, p := range problems {
		t.Error(p)
	}
	t.Logf("%d tokens verified, %d unauthorised", tokens, target.backends.unauthorised)
	if target.backends.unauthorised != 0 {
		t.Error("unauthorised requests went on")
	}
	if n := target.envoy.Stat(t, "oathgate.panics"); n != 0 {
		t.Errorf("the filter panicked %d times", n)
	}
}
