// Package harness runs a real Envoy for tests: one for a whole test package (Suite) or one of a test's own (Start),
// with listeners that each have their own access rules, an upstream that counts what it should not have seen, and an
// identity server that can be as slow, broken or mad as a test wants. Everything listens on 127.0.0.1 only.
//
// In rules, http://NAME.test is the cluster NAME: http://upstream.test is the upstream, http://identity.test the
// identity server, http://dead.test a port that nobody listens on, http://empty.test a cluster without a host.
package harness
