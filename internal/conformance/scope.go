package conformance

import (
	"errors"
	"slices"
	"strings"

	"oathgate/rules/authn"
	"oathgate/rules/authz"
	"oathgate/rules/errorhandler"
	"oathgate/rules/mutator"
)

var errScope = errors.New("out of scope")

// outOfScope says why a case does not bind, "" if it does.
func (c *Case) outOfScope() string {
	switch {
	case slices.Contains(c.Tags, "go-http"):
		return "Go's net/http"
	case c.Kind == "startup":
		return "startup"
	case c.want() == nil && c.asks:
		return "the proxy alone"
	case c.want() == nil:
		return "decision API"
	case strings.HasPrefix(c.Request.Target, "/.well-known/jwks.json"):
		return "handler not yet: id_token"
	case slices.Contains(c.Tags, "reload") || c.Area == "reload":
		return "reload"
	case c.Request.WS != "":
		return "upgrade: Envoy's"
	}
	for _, a := range c.Pre {
		if a.Rules != nil || a.Config != nil {
			return "reload"
		}
	}
	for name := range c.Env {
		// Oathkeeper reads its configuration from the environment, too: the command line's matter.
		for _, prefix := range [...]string{"AUTHENTICATORS_", "AUTHORIZERS_", "MUTATORS_", "ERRORS_", "ACCESS_RULES_", "SERVE_"} {
			if strings.HasPrefix(name, prefix) {
				return "environment: the command line's"
			}
		}
	}
	if strings.Contains(c.Config, "cors:") {
		return "serve.*.cors: the listener's"
	}
	return ""
}

// handlers are those of Oathkeeper, and whether we have them.
var handlers = []struct {
	section string
	names   []string
	exists  func(name string) bool
}{
	{"authenticators", strings.Fields("jwt oauth2_client_credentials"), func(n string) bool { return authn.Registry(n) != nil }},
	{"authorizer", strings.Fields("remote remote_json keto_engine_acp_ory"), func(n string) bool { return authz.Registry(n) != nil }},
	{"mutators", strings.Fields("cookie id_token hydrator"), func(n string) bool { return mutator.Registry(n) != nil }},
	{"errors", strings.Fields("redirect www_authenticate"), func(n string) bool { return errorhandler.Registry(n) != nil }},
}

// missing names a handler that the rules or errors.fallback use and that does not exist yet, "" if there is none.
func (d *document) missing() string {
	errs, _ := d.config["errors"].(map[string]any)
	fallback, _ := errs["fallback"].([]any)
	for _, h := range handlers {
		lacks := func(name any) bool {
			s, _ := name.(string)
			return slices.Contains(h.names, s) && !h.exists(s)
		}
		for _, rule := range d.rules {
			r, _ := rule.(map[string]any)
			list, ok := r[h.section].([]any)
			if !ok {
				list = []any{r[h.section]}
			}
			for _, item := range list {
				if use, _ := item.(map[string]any); lacks(use["handler"]) {
					return use["handler"].(string)
				}
			}
		}
		if h.section == "errors" {
			for _, name := range fallback {
				if lacks(name) {
					return name.(string)
				}
			}
		}
	}
	return ""
}

// ids are the names by which problems name the rules.
func (d *document) ids() (list []string) {
	for _, rule := range d.rules {
		r, _ := rule.(map[string]any)
		id, _ := r["id"].(string)
		list = append(list, id)
	}
	return list
}
