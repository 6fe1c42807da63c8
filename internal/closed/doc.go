// Package closed holds the tests that the compiled filter fails closed, on wazero: every host call failing in every
// way (faults_test.go), random orders of everything that may happen to requests (model_test.go), a long run
// (soak_test.go), configurations that replace each other (swaps_test.go), and the limits of what a worker has in flight (limits_test.go).
//
// Flags after -args choose more: -closed.seed, -closed.orders, -closed.soaks, -closed.rules, -closed.swaps, -closed.requests.
package closed
