// Package rules reads the document that configures the filter: Oathkeeper's
// configuration with the access rules inline and an oathgate block, the same
// whether it comes from envoy.yaml, from the CLI or from Istio. Decoding is
// strict, and every mistake is one Problem with the document, the rule, the
// path and, where the source has them, line and column; all are reported at
// once. What the document means is compiled by package program.
package rules
