package e2e

import (
	"testing"

	"oathgate/internal/corpus"
	"oathgate/rules/request"
)

// normalised sends a case's requests through the listener that normalises paths before the filter. There a spelling
// that is refused elsewhere may have become another, ordinary path. So the answer may differ, but not this: a path
// that reaches an upstream is one that the rules allow when it is sent as it arrived, and what needs no normalising
// is allowed as elsewhere. It returns the number of requests.
func (x *inEnvoy) normalised(t *testing.T, c *corpus.Case) int {
	s := &caseInEnvoy{x: x, c: c, name: listenerName(c, true)}
	native, _ := corpus.Native{}.Open(c)
	defer native.Close()
	for i := range c.Requests {
		r := c.Requests[i]
		o, err := s.send(&r, false)
		if err != nil {
			t.Errorf("%s: normalised: %s: %v", c.File, r.Name, err)
			continue
		}
		if len(o.Upstreams) == 0 {
			if r.Allow != nil && r.Envoy == nil && ordinary(c, &r) {
				t.Errorf("%s: normalised: %s: refused with %d", c.File, r.Name, o.Status)
			}
			if o.Status < 400 || o.Status > 499 {
				t.Errorf("%s: normalised: %s: status %d", c.File, r.Name, o.Status)
			}
			continue
		}
		again := r
		again.Target = o.Upstreams[0].Target
		known, err := native.Do(&again)
		if err != nil || len(known.Upstreams) != 1 || known.Upstreams[0].Target != again.Target || len(o.Upstreams) != 1 {
			x.backends.unauthorise()
			t.Errorf("%s: normalised: %s: UNAUTHORISED: the upstream saw %q", c.File, r.Name, again.Target)
		}
	}
	return len(c.Requests)
}

// ordinary says that all servers read a request's path alike.
func ordinary(c *corpus.Case, r *corpus.Request) bool {
	d := corpus.Deliver(r, c.TLS)
	read, refusal := request.New(request.Raw{Method: d.Method, Scheme: d.Scheme, Authority: d.Authority, Path: d.Path}, request.Options{})
	return refusal == nil && read.Readings == nil
}
