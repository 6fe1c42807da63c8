package pipeline

import (
	"strconv"
	"time"

	"oathgate/rules/pipeline/callout"
)

// firstWait is the pause before the second attempt; each further one is twice as
// long (ory/x/httpx, NewResilientClient).
const firstWait = time.Second

// Retry says how a callout is tried again (hashicorp/go-retryablehttp, as
// ory/x/httpx sets it up).
type Retry struct {
	// Attempts is how often the callout is made at most.
	Attempts int
	// MaxWait bounds the pause between two attempts, but where the service says how
	// long it should be.
	MaxWait time.Duration
	// Timeout bounds one attempt; 0 leaves that to Deadline.
	Timeout time.Duration
	// Deadline bounds all attempts and pauses together.
	Deadline time.Duration
}

// CallRetrying makes a callout until it has an answer that no retry would change,
// and gives the last result. It counts as one callout.
func (x *Exchange) CallRetrying(req callout.Request, r Retry) callout.Result {
	if !x.count(1) {
		return callout.Result{Fault: callout.Overload}
	}
	end := x.Now().Add(r.Deadline)
	for n := 1; ; n++ {
		// The clock may be set back meanwhile.
		req.Timeout = min(end.Sub(x.Now()), r.Deadline)
		if r.Timeout > 0 {
			req.Timeout = min(req.Timeout, r.Timeout)
		}
		res := x.send([]callout.Request{req})[0]
		if n >= r.Attempts || !passing(&res) {
			return res
		}
		wait := r.wait(n, &res)
		if !x.Now().Add(wait).Before(end) {
			return res
		}
		x.Sleep(wait)
		if !x.Now().Before(end) {
			return res
		}
	}
}

// passing says that another attempt may have another result (DefaultRetryPolicy).
func passing(res *callout.Result) bool {
	switch res.Fault {
	case callout.None:
		s := res.Response.Status
		return s == 429 || s >= 500 && s != 501
	case callout.NoHost, callout.Connect, callout.Timeout, callout.Reset:
		return true
	}
	return false
}

// wait is the pause after attempt n (DefaultBackoff). A Retry-After that is a date
// is not read.
func (r *Retry) wait(n int, res *callout.Result) time.Duration {
	if s := res.Response.Status; s == 429 || s == 503 {
		seconds, err := strconv.ParseInt(res.Response.Headers.Get("retry-after"), 10, 32)
		if err == nil && seconds >= 0 {
			return time.Duration(seconds) * time.Second
		}
	}
	return min(firstWait<<min(n-1, 16), r.MaxWait)
}
