package pipeline

import (
	"slices"
	"testing"
	"time"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

func status(code int, retryAfter string) callout.Result {
	res := callout.Result{Fault: callout.None, Response: callout.Response{Status: code}}
	if retryAfter != "" {
		res.Response.Headers = request.Headers{{Name: "retry-after", Value: retryAfter}}
	}
	return res
}

func fault(f callout.Fault) callout.Result { return callout.Result{Fault: f} }

// Which results are tried again, how often, and when: the times are seconds since
// the first attempt.
func TestCallRetrying(t *testing.T) {
	ok := status(200, "")
	five := Retry{Attempts: 5, MaxWait: time.Second, Deadline: 3 * time.Second}
	for name, c := range map[string]struct {
		retry   Retry
		answers []callout.Result // the last one again and again
		at      []float64
	}{
		"first":           {five, []callout.Result{ok}, []float64{0}},
		"second":          {five, []callout.Result{status(500, ""), ok}, []float64{0, 1}},
		"deadline":        {five, []callout.Result{status(500, "")}, []float64{0, 1, 2}},
		"attempts":        {Retry{Attempts: 5, MaxWait: 100 * time.Millisecond, Deadline: 3 * time.Second}, []callout.Result{fault(callout.Connect)}, []float64{0, .1, .2, .3, .4}},
		"growing":         {Retry{Attempts: 4, MaxWait: time.Hour, Deadline: time.Hour}, []callout.Result{fault(callout.Reset)}, []float64{0, 1, 3, 7}},
		"says when":       {Retry{Attempts: 5, MaxWait: time.Millisecond, Deadline: 3 * time.Second}, []callout.Result{status(429, "1"), status(503, "1"), ok}, []float64{0, 1, 2}},
		"at once":         {five, []callout.Result{status(429, "0"), ok}, []float64{0, 0}},
		"too late":        {five, []callout.Result{status(503, "3"), ok}, []float64{0}},
		"far too late":    {five, []callout.Result{status(503, "99999999999999999999"), ok}, []float64{0, 1}},
		"a negative time": {five, []callout.Result{status(503, "-1"), ok}, []float64{0, 1}},
		"a date":          {five, []callout.Result{status(503, "Fri, 31 Dec 1999 23:59:59 GMT"), ok}, []float64{0, 1}},
		"of a 500":        {five, []callout.Result{status(500, "0"), ok}, []float64{0, 1}},
		"no host":         {five, []callout.Result{fault(callout.NoHost), ok}, []float64{0, 1}},
		"timeout":         {five, []callout.Result{fault(callout.Timeout), ok}, []float64{0, 1}},
		"501":             {five, []callout.Result{status(501, ""), ok}, []float64{0}},
		"404":             {five, []callout.Result{status(404, ""), ok}, []float64{0}},
		"302":             {five, []callout.Result{status(302, ""), ok}, []float64{0}},
		"401":             {five, []callout.Result{status(401, ""), ok}, []float64{0}},
		"no cluster":      {five, []callout.Result{fault(callout.NoCluster), ok}, []float64{0}},
		"too large":       {five, []callout.Result{fault(callout.TooLarge), ok}, []float64{0}},
		"overload":        {five, []callout.Result{fault(callout.Overload), ok}, []float64{0}},
		"refused":         {five, []callout.Result{fault(callout.Refused), ok}, []float64{0}},
		"unknown":         {five, []callout.Result{{}, ok}, []float64{0}},
	} {
		now := start
		var at []float64
		made := 0
		x := exchange(nil)
		x.Now = func() time.Time { return now }
		x.Suspend = func(a Await) Resumption {
			if !a.Until.IsZero() {
				now = a.Until
				return Resumption{}
			}
			if len(a.Calls) != 1 || a.Calls[0].Timeout != start.Add(c.retry.Deadline).Sub(now) {
				t.Errorf("%s: %+v", name, a)
			}
			at = append(at, now.Sub(start).Seconds())
			made++
			return Resumption{Results: []callout.Result{c.answers[min(made, len(c.answers))-1]}}
		}
		got := x.CallRetrying(callout.Request{}, c.retry)
		want := c.answers[min(made, len(c.answers))-1]
		if !slices.Equal(at, c.at) || got.Fault != want.Fault || got.Response.Status != want.Response.Status {
			t.Errorf("%s: attempts at %v, then %v %d; want %v", name, at, got.Fault, got.Response.Status, c.at)
		}
		if x.calls != 1 {
			t.Errorf("%s: counts as %d callouts", name, x.calls)
		}
	}
}

// An attempt has its own timeout, and never more than what is left.
func TestRetryTimeouts(t *testing.T) {
	now := start
	var timeouts []time.Duration
	x := exchange(nil)
	x.Now = func() time.Time { return now }
	x.Suspend = func(a Await) Resumption {
		if !a.Until.IsZero() {
			now = a.Until
			return Resumption{}
		}
		timeouts = append(timeouts, a.Calls[0].Timeout)
		now = now.Add(a.Calls[0].Timeout)
		return Resumption{Results: []callout.Result{fault(callout.Timeout)}}
	}
	x.CallRetrying(callout.Request{}, Retry{Attempts: 5, MaxWait: 100 * time.Millisecond, Timeout: time.Second, Deadline: 3 * time.Second})
	if want := []time.Duration{time.Second, time.Second, 800 * time.Millisecond}; !slices.Equal(timeouts, want) {
		t.Errorf("%v, want %v", timeouts, want)
	}
}

// The ninth callout is not made, however it is made.
func TestRetriesAreBounded(t *testing.T) {
	made := 0
	x := exchange(func(Await) Resumption {
		made++
		return Resumption{Results: []callout.Result{status(200, "")}}
	})
	for range MaxCalls {
		x.CallRetrying(callout.Request{}, Retry{Attempts: 1, Deadline: time.Second})
	}
	if got := x.CallRetrying(callout.Request{}, Retry{Attempts: 5, Deadline: time.Second}); got.Fault != callout.Overload || made != MaxCalls {
		t.Errorf("%v after %d callouts", got.Fault, made)
	}
}
