// Package supervise finds an Envoy binary and runs it: the one place that decides which Envoy `make run`, the tests
// and the command line use, and that starts, watches and stops its process.
package supervise
