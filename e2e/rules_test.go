package e2e

// enabled is the part of a plugin configuration below its rules that most tests can share: everything that needs no
// address is enabled, and the header mutator tells the upstream that a rule let the request through.
const enabled = `
authenticators:
  anonymous: {enabled: true}
  unauthorized: {enabled: true}
  noop: {enabled: true}
  cookie_session: {enabled: true, config: {check_session_url: "http://identity.test/session"}}
  bearer_token: {enabled: true, config: {check_session_url: "http://identity.test/session"}}
  oauth2_introspection: {enabled: true, config: {introspection_url: "http://identity.test/introspect"}}
authorizers:
  allow: {enabled: true}
  deny: {enabled: true}
mutators:
  noop: {enabled: true}
  header: {enabled: true, config: {headers: {X-Allowed-By: a rule}}}
`
