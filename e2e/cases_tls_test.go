package e2e

import (
	"testing"

	"oathgate/e2e/harness"
)

// transportSocket is TLS for a listener, with a certificate made for this run.
func transportSocket(t *testing.T) map[string]any {
	t.Helper()
	key, certificate := harness.NewAuthority(t).Certificate(t, "app.test").PEM(t)
	return map[string]any{"name": "tls", "typed_config": map[string]any{
		"@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
		"common_tls_context": map[string]any{"tls_certificates": []any{map[string]any{
			"certificate_chain": map[string]any{"inline_string": string(certificate)},
			"private_key":       map[string]any{"inline_string": string(key)},
		}}},
	}}
}
