// Package conformance replays recorded cases of Ory Oathkeeper (shared/conformance/README.md describes their format)
// against a target of package corpus, as a reverse proxy or as a decision API, and compares: the status, the answer, what
// the upstream saw, and every callout.
//
// A case is equal, equal but for the words in a refusal's body, covered by a row of rows.yaml, which says what may differ
// and why, differing, or out of scope. Letting through what Oathkeeper refuses is never covered. A configuration that is
// refused at load is equal to a 5xx of Oathkeeper if the refusal names a rule.
//
//	go test ./internal/conformance -v                  the packages under rules/ as they are
//	go test ./e2e/conformance -v                       the compiled filter in Envoy and on wazero
//	    -run TestConformanceEnvoy/proxy                one target, one mode
//	CONFORMANCE_CASES=a.jsonl:b.jsonl                  further files of cases
//	CONFORMANCE_ONLY=^jwt- CONFORMANCE_AREA=authn      regular expressions for ids and areas
//
// Each case's configuration is read from files as `oathgate run` reads it. The stub backends have hosts of the case's
// own, which rules, callouts and expectations name alike, so that no cache in the VM that all share answers for another.
//
// A case that changes a file is read again as `oathgate run` reads it after a change: with the new text, or, if that is
// refused, with the last good one. Requests after the change are made where that is in force, with another listener in
// Envoy: that a running Envoy takes over what has changed, under load and without a connection lost, is what e2e/run tests.
// Whether Oathkeeper starts on a configuration (kind startup) is compared in internal/source.
//
// Not compared are, as oracle.py has it: Date, Content-Length, Ory-Error-Id, X-Content-Type-Options, Server, Vary,
// Connection, Transfer-Encoding and x-envoy-upstream-service-time of answers; Accept-Encoding, Content-Length, User-Agent,
// Connection, Transfer-Encoding, tracing, X-Request-ID, x-envoy-* and X-Forwarded-For and -Proto of requests; the case and
// order of header names, the order of cookies; moments and the changing claims of fresh id_tokens; and callouts for key
// sets, unless a case wants them compared. JSON and forms are compared by what they say.
package conformance
