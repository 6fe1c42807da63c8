package conformance

import (
	"slices"
	"strings"
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
	case c.Request.WS != "" && !inEnvoy:
		return "upgrade: Envoy's"
	case strings.Contains(c.Config, "cors:") && !inEnvoy:
		return "serve.*.cors: Envoy's"
	}
	return ""
}
