// Package subject starts the proxies that `make bench` measures, each configured for a workload.Setup: Envoy alone and
// with Oathgate, Oathkeeper and heimdall as proxies and as what Envoy asks, Envoy's own filters. All have one core and
// one upstream, and none is measured that has not shown that it allows and refuses what it should. Linux only.
//
// They do the same work, but for this:
//
//   - A bare Envoy and Envoy's rbac tell the upstream nothing. jwt_authn makes a header of a claim.
//   - heimdall matches a host and a path, not a pattern of the URL, so that rules without a literal path are wider there;
//     of two rules that match it takes the one with the longer path, where Oathkeeper and Oathgate refuse.
//   - Oathkeeper keeps two idle connections to a server and closes others, heimdall does so with identity servers: it is
//     how they are made, and their users have it too.
//   - Envoy asks Oathkeeper over HTTP/1.1, heimdall over gRPC, each as its manual says.
package subject
