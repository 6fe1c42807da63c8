package conformance

import (
	"slices"
	"strings"

	"oathgate/rules/mutator"
)

// outOfScope says why a case does not bind, "" if it does. Some bind in Envoy alone.
func (c *Case) outOfScope(inEnvoy bool) string {
	switch {
	case slices.Contains(c.Tags, "go-http"):
		return "Go's net/http"
	case c.Kind == "startup":
		return "startup"
	case c.want() == nil && c.asks:
		return "the proxy alone"
	case c.want() == nil:
		return "decision API"
	case strings.HasPrefix(c.Request.Target, "/.well-known/jwks.json") && mutator.Registry("id_token") == nil:
		return "handler not yet"
	case c.Request.WS != "" && !inEnvoy:
		return "upgrade: Envoy's"
	case strings.Contains(c.Config, "cors:") && !inEnvoy:
		return "serve.*.cors: Envoy's"
	}
	return ""
}
