package closed

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
	"oathgate/internal/tokenmatrix"
	"oathgate/sdkhost/wazerohost"
)

func newMatrix(t *testing.T, algorithms ...string) *tokenmatrix.Matrix {
	t.Helper()
	cases, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := tokenmatrix.New("tokens", cases, algorithms, algorithms)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func runMatrix(t *testing.T, m *tokenmatrix.Matrix, w *corpus.Wazero) {
	t.Helper()
	tokens, problems := m.Run(w, false)
	for _, p := range problems {
		t.Error(p)
	}
	t.Logf("%d tokens verified", tokens)
}

func onHost(t *testing.T, foreign map[string]wazerohost.ForeignFunction) *corpus.Wazero {
	t.Helper()
	module, err := readModule()
	if err != nil {
		t.Fatal(err)
	}
	w, err := corpus.NewWazeroOn(context.Background(), module, foreign)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return w
}

// Every signature algorithm, over good and corrupted tokens.
func TestTokens(t *testing.T) { runMatrix(t, newMatrix(t, tokenmatrix.Algorithms...), onHost(t, nil)) }

// On a host whose cryptography has gaps a configuration that asks for ECDSA is
// refused, and RSA is computed by the filter.
func TestTokensOnHostsWithGaps(t *testing.T) {
	all := newMatrix(t, tokenmatrix.Algorithms...)
	for name, c := range map[string]struct {
		foreign         map[string]wazerohost.ForeignFunction
		verifies, signs bool
	}{
		"none":    {map[string]wazerohost.ForeignFunction{"sign": nil, "verify_signature": nil}, false, false},
		"no sign": {map[string]wazerohost.ForeignFunction{"sign": nil}, true, false},
		"both":    {nil, true, true},
	} {
		w := onHost(t, c.foreign)
		s, err := w.Open(&all.Case)
		if err != nil {
			t.Fatal(err)
		}
		refused := strings.Join(s.Refused(), "\n")
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(refused, "this Envoy does not verify") == c.verifies || strings.Contains(refused, "this Envoy does not sign") == c.signs {
			t.Errorf("%s: %s", name, refused)
		}
		if n := strings.Count(refused, "this Envoy does not sign"); !c.signs && n != 3 {
			t.Errorf("%s: %d keys refused: %s", name, n, refused)
		}
		runMatrix(t, newMatrix(t, "RS384", "PS256", "HS512"), w)
	}
}
