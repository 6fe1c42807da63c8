package e2e

import (
	"path/filepath"
	"testing"

	"oathgate/e2e/harness"
	"oathgate/internal/corpus"
)

// What looks like gRPC is answered with 200 by Envoy, whatever the filter says: a refusal must be no answer at all.
func TestDecisionOfGRPC(t *testing.T) {
	all, err := corpus.Load(filepath.Join(harness.Root(), "testdata", "cases"))
	if err != nil {
		t.Fatal(err)
	}
	var c corpus.Case
	for _, one := range all {
		if one.ID == "decision-verdicts" {
			c = one
		}
	}
	target := startCases(t, []corpus.Case{c})
	session, err := target.Open(&c)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		contentType, path string
		status            int // 0: none
	}{
		{"application/grpc", "/decisions/open", 200},
		{"application/grpc", "/decisions/no", 0},
		{"application/grpc+proto", "/decisions/no", 0},
		{"application/grpc", "/decisions/none", 0},
		{"application/grpc", "/nope", 0},
		{"application/grpc-web", "/decisions/no", 403},
		{"APPLICATION/GRPC", "/decisions/no", 403},
		{"application/grpc;a=b", "/decisions/no", 0},
	} {
		status := 0
		o, err := session.Do(&corpus.Request{
			Method: "GET", Target: test.path, Hosts: []string{"app.test"}, Deny: 403,
			Headers: []corpus.Header{{Name: "Content-Type", Value: test.contentType}},
		})
		if err == nil {
			status = o.Status
		}
		if status != test.status {
			t.Errorf("%s of %s: %d, want %d (%v)", test.path, test.contentType, status, test.status, err)
		}
	}
}
