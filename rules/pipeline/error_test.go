package pipeline

import (
	"testing"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

// The messages are Oathkeeper's: operators compare verbose bodies with them.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		err    *Error
		status int
		text   string
	}{
		{Unauthorized(""), 401, "Access credentials are invalid"},
		{Unauthorized("r"), 401, "Access credentials are invalid: r"},
		{Forbidden(""), 403, "Access credentials are not sufficient to access this resource"},
		{Forbidden("r"), 403, "Access credentials are not sufficient to access this resource: r"},
		{NoRule(), 404, "Requested url does not match any rules"},
		{ManyRules(), 500, "Expected exactly one rule but found multiple rules"},
		{Internal("m"), 500, "m"},
		{BadRequest("r"), 400, "The request was malformed or contained invalid parameters: r"},
		{Malformed(&request.Refusal{Status: 431, Reason: "r"}), 431, "The request was malformed or contained invalid parameters: r"},
		{TooManyRequests(nil), 429, "Too many requests"},
	} {
		if c.err.Status != c.status || c.err.Error() != c.text || c.err.Callout || c.err.Header != nil {
			t.Errorf("%+v, want %d %s", c.err, c.status, c.text)
		}
	}
}

func TestCalloutFailed(t *testing.T) {
	for f := range callout.NumFaults {
		for _, e := range []*Error{Internal("m"), Forbidden("r"), Unauthorized("r")} {
			want, message := e.Status, e.Message
			if f == callout.Overload {
				want, message = 503, "The service is overloaded"
			}
			if got := CalloutFailed(f, e); got.Status != want || got.Message != message || !got.Callout {
				t.Errorf("%v: %+v, want %d %s", f, got, want, message)
			}
		}
	}
}

func TestTooManyRequestsHandsOnFiveHeaders(t *testing.T) {
	got := TooManyRequests(request.Headers{
		{Name: "set-cookie", Value: "a=b"},
		{Name: "x-ratelimit-type", Value: "5"},
		{Name: "x-ratelimit-reset", Value: "4"},
		{Name: "x-ratelimit-remaining", Value: "3"},
		{Name: "x-ratelimit-limit", Value: "2"},
		{Name: "retry-after", Value: "1"},
		{Name: "retry-after", Value: "other"},
		{Name: "x-ratelimit-other", Value: "6"},
		{Name: "content-type", Value: "text/html"},
	}).Header
	want := request.Headers{
		{Name: "retry-after", Value: "1"},
		{Name: "x-ratelimit-limit", Value: "2"},
		{Name: "x-ratelimit-remaining", Value: "3"},
		{Name: "x-ratelimit-reset", Value: "4"},
		{Name: "x-ratelimit-type", Value: "5"},
	}
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("%v, want %v", got[i], want[i])
		}
	}
}
