package tokenmatrix

import (
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// On wazero the matrix runs in internal/closed, in Envoy in e2e.
func TestNative(t *testing.T) {
	cases, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New("tokens", cases, Algorithms, Algorithms)
	if err != nil {
		t.Fatal(err)
	}
	tokens, problems := m.Run(corpus.Native{}, false)
	for _, p := range problems {
		t.Error(p)
	}
	t.Logf("%d tokens verified", tokens)
}
