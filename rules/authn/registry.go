// Package authn holds the authenticators: who sends the request.
package authn

import "oathgate/rules/pipeline"

// New builds an authenticator from b.Config; mistakes are reported there, and
// the result is used only if there are none.
type New func(b *pipeline.Build) pipeline.Authenticator

// Registry gives the constructor of each authenticator by its Oathkeeper name.
func Registry(name string) New {
	switch name {
	case "anonymous":
		return newAnonymous
	case "bearer_token":
		return newBearerToken
	case "cookie_session":
		return newCookieSession
	case "jwt":
		return newJWT
	case "noop":
		return newNoop
	case "oauth2_client_credentials":
		return newOAuth2ClientCredentials
	case "oauth2_introspection":
		return newIntrospection
	case "unauthorized":
		return newUnauthorized
	}
	return nil
}

// Names are the names that Registry knows, sorted.
func Names() []string {
	return []string{"anonymous", "bearer_token", "cookie_session", "jwt", "noop", "oauth2_client_credentials", "oauth2_introspection", "unauthorized"}
}
