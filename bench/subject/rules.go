package subject

import (
	"net/http"

	"oathgate/bench/workload"
)

// document is a setup as Oathkeeper's configuration has it, and Oathgate's, but for the rules.
func document(s *workload.Setup, u *Upstream) object {
	authenticator, authorizer := authenticatorConfig(s, u), authorizerName(s)
	return object{
		"authenticators": object{string(s.Handlers.Authenticator): object{"enabled": true, "config": authenticator}},
		"authorizers":    object{authorizer: object{"enabled": true}},
		"mutators":       object{"header": object{"enabled": true, "config": object{"headers": object{"X-User": "{{ print .Subject }}"}}}},
	}
}

func authenticatorConfig(s *workload.Setup, u *Upstream) object {
	h, server := s.Handlers, "http://"+u.identity
	switch h.Authenticator {
	case workload.JWT:
		return object{
			"jwks_urls": list{server + keysPath(s)}, "trusted_issuers": list{workload.Issuer},
			"target_audience": list{workload.Audience}, "allowed_algorithms": list{h.Algorithm},
		}
	case workload.Introspection:
		config := object{"introspection_url": server + workload.IntrospectPath, "trusted_issuers": list{workload.Issuer}}
		if h.Cached {
			config["cache"] = object{"enabled": true, "ttl": "1h"}
		}
		return config
	case workload.Session:
		return object{
			"check_session_url": server + workload.SessionPath, "preserve_path": true, "force_method": http.MethodGet,
			"only": list{workload.SessionCookie}, "subject_from": "identity.id", "extra_from": "@this",
		}
	default:
		return object{"subject": h.Subject}
	}
}

func authorizerName(s *workload.Setup) string {
	if s.Handlers.Deny {
		return "deny"
	}
	return "allow"
}

// accessRules are a setup's rules as Oathkeeper has them.
func accessRules(s *workload.Setup, u *Upstream) []object {
	rules := make([]object, len(s.Access))
	for i, r := range s.Access {
		rules[i] = object{
			"id":             r.ID,
			"match":          object{"url": r.URL, "methods": list{http.MethodGet}},
			"upstream":       object{"url": "http://" + u.strict},
			"authenticators": list{object{"handler": string(s.Handlers.Authenticator)}},
			"authorizer":     object{"handler": authorizerName(s)},
			"mutators":       list{object{"handler": "header"}},
		}
	}
	return rules
}
