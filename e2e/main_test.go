// Package e2e runs the filter in a real Envoy, against real sockets and servers.
package e2e

import (
	"os"
	"testing"

	"oathgate/e2e/harness"
)

// suite is the one Envoy of this package. Files add listeners to it with suite.Listen.
var suite = harness.NewSuite()

func TestMain(m *testing.M) { os.Exit(suite.Run(m)) }
