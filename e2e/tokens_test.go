package e2e

import (
	"strings"
	"testing"

	"oathgate/internal/corpus"
	"oathgate/internal/tokenmatrix"
)

// Every signature algorithm in Envoy, whose BoringSSL verifies and signs what it
// knows: good and corrupted tokens, and what id_token mints. Envoy 1.36 does not
// sign, and a configuration that has it sign ECDSA is refused there.
func TestTokens(t *testing.T) {
	cases := loadCases(t)
	all, err := tokenmatrix.New("tokens", cases, tokenmatrix.Algorithms, tokenmatrix.Algorithms)
	if err != nil {
		t.Fatal(err)
	}
	some, err := tokenmatrix.New("tokens-without-ecdsa-signed", cases, tokenmatrix.Algorithms, tokenmatrix.WithoutECDSA)
	if err != nil {
		t.Fatal(err)
	}
	target := startCases(t, []corpus.Case{all.Case, some.Case})
	s, err := target.Open(&all.Case)
	if err != nil {
		t.Fatal(err)
	}
	m, refused := all, s.Refused()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if old := strings.HasPrefix(suite.Envoy.Binary.Version, "1.36."); old != (refused != nil) {
		t.Errorf("in Envoy %s: %q", suite.Envoy.Binary.Version, refused)
	}
	for _, line := range refused {
		if m = some; !strings.Contains(line, "this Envoy does not sign ES") {
			t.Error(line)
		}
	}
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
