// Package manifests holds the tests of what is under deploy: built as kubectl builds it, checked against the schemas of
// Kubernetes, Istio and Flux, and read by Oathgate itself.
package manifests
