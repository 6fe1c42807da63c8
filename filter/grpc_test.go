package main

import (
	"reflect"
	"testing"

	"oathgate/rules/decision"
)

func TestGRPCStatus(t *testing.T) {
	for _, c := range []struct {
		status int
		reason decision.Reason
		want   int32
	}{
		{401, decision.Unauthorized, -1},
		{404, decision.NoRule, -1},
		{302, decision.Unauthorized, 16},
		{302, decision.Forbidden, 7},
		{307, decision.NoRule, 2},
		{0, decision.Unexplained, 2},
	} {
		if got := grpcStatusOf(c.status, c.reason); got != c.want {
			t.Errorf("%d %v: %d, want %d", c.status, c.reason, got, c.want)
		}
	}
}

func TestWithoutContent(t *testing.T) {
	got := withoutContent([][2]string{{"Content-Type", "a"}, {"www-authenticate", "b"}, {"Location", "c"}, {"content-length", "1"}, {"x-a", "d"}})
	if want := [][2]string{{"www-authenticate", "b"}, {"x-a", "d"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
}
