// Package conformance replays recorded cases of Ory Oathkeeper (shared/conformance/README.md describes their format)
// against a target of package corpus, as a reverse proxy or as a decision API, and compares: the status, the answer, what the upstream saw, and every callout.
//
// A case is equal, covered by a row of COMPATIBILITY.md (rows.go says which case by which row, and what may differ),
// differing, or out of scope. Letting through what Oathkeeper refuses is never covered.
package conformance
