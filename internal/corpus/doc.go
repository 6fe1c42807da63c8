// Package corpus reads the project's own cases (testdata/cases) and runs them against anything that evaluates access
// rules: the packages under rules/ as they are (Native), the compiled filter on wazero (Wazero), and, in package e2e,
// the filter in Envoy.
//
// A case is a configuration, scripted backends, and requests one after the other, each with what must come of it:
// it is allowed, and this is what the upstream sees, or it is denied with this status, and no upstream sees anything.
// All targets must come to the same. testdata/cases/README.md describes the format.
package corpus
