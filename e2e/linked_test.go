package e2e

import (
	"bytes"
	"os"
	"testing"

	"oathgate/e2e/harness"
)

// Each of these is start-up time, and comes back by one careless import. Go keeps the
// names of all functions of a module, between zero bytes.
func TestModuleHoldsNoReflection(t *testing.T) {
	path, err := harness.Module()
	if err != nil {
		t.Fatal(err)
	}
	module, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	holds := func(name string) bool { return bytes.Contains(module, []byte("\x00"+name)) }
	for _, name := range []string{"strconv.Quote\x00", "oathgate/rules/template/syntax.Parse\x00"} {
		if !holds(name) {
			t.Errorf("the module does not name %q: this test would find nothing", name)
		}
	}
	for _, name := range []string{
		"fmt.", "internal/fmtsort.", "reflect.(*", "reflect.Value", "text/template.", "text/template/parse.", "encoding/json.", "regexp.",
		"math/big.", "crypto/ecdsa.", "crypto/x509.", "net/netip.", "unique.", "errors.As\x00", "net/url.", "net/http.",
	} {
		if holds(name) {
			t.Errorf("the module holds functions of %s", name)
		}
	}
}
