// Package render writes the files that Envoy runs from under `oathgate run`: a bootstrap, and beside it the discovery
// files that change while it runs, the clusters (CDS) and the Wasm filter of each listener (ECDS).
//
// What it renders is what envoy.yaml shows, guard by guard: the filter, and the interlock, a route that only the
// filter opens. e2e/harness.Unguarded checks both.
package render
