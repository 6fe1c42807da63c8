// Package authz holds the authorizers: may the session do what the request asks.
package authz

import "oathgate/rules/pipeline"

// New builds an authorizer from b.Config; mistakes are reported there, and the
// result is used only if there are none.
type New func(b *pipeline.Build) pipeline.Authorizer

// Registry gives the constructor of each authorizer by its Oathkeeper name.
func Registry(name string) New {
	switch name {
	case "allow":
		return newAllow
	case "deny":
		return newDeny
	case "keto_engine_acp_ory":
		return newKetoEngine
	case "remote":
		return newRemote
	case "remote_json":
		return newRemoteJSON
	}
	return nil
}

// Names are the names that Registry knows, sorted.
func Names() []string {
	return []string{"allow", "deny", "keto_engine_acp_ory", "remote", "remote_json"}
}
