package conformance

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"oathgate/internal/corpus"
)

// Result is what came of a case.
type Result struct {
	Case *Case
	// Scope says why the case is out of scope, "" if it is not.
	Scope string
	// Differences are those to Oathkeeper, whether a row covers them or not.
	Differences []Difference
	// Refused are the document's problems; equal to Oathkeeper's 5xx if they name a rule.
	Refused []string
}

// settle is the time between two requests of a case.
const settle = 30 * time.Millisecond

// Run runs a case on a target. The error is one of the target's.
func Run(t corpus.Target, c *Case) (*Result, error) {
	res := &Result{Case: c, Scope: c.outOfScope()}
	if res.Scope != "" {
		return res, nil
	}
	doc, err := c.document()
	var bad *refusal
	switch {
	case errors.As(err, &bad):
		res.refused(nil, []string{bad.text})
		return res, nil
	case errors.Is(err, errScope):
		res.Scope = "repositories: the command line's"
		return res, nil
	case err != nil:
		return nil, err
	}
	if name := doc.missing(); name != "" {
		res.Scope = "handler not yet: " + name
		return res, nil
	}
	cc := &corpus.Case{ID: c.ID, Config: doc.config}
	if cc.Document, err = doc.text(); err != nil {
		return nil, err
	}
	s, err := t.Open(cc)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	if refused := s.Refused(); refused != nil {
		res.refused(doc, refused)
		return res, nil
	}
	return res, res.replay(s)
}

// refused compares a document that is refused with what Oathkeeper answered.
func (r *Result) refused(doc *document, problems []string) {
	r.Refused = problems
	if r.Case.want().Status >= 500 && doc != nil {
		for i, id := range doc.ids() {
			if id == "" {
				id = "rule #" + strconv.Itoa(i+1)
			}
			for _, p := range problems {
				if strings.Contains(p, "rule "+strconv.Quote(id)+": ") {
					return
				}
			}
		}
	}
	r.Differences = []Difference{{Refused, fmt.Sprintf("at load, where Oathkeeper answers %d: %q", r.Case.want().Status, problems)}}
}

func (r *Result) replay(s corpus.Session) error {
	c, b := r.Case, newBackend(r.Case.Stubs)
	var advance time.Duration
	before := 0
	for _, a := range c.Pre {
		switch {
		case a.Request != nil:
			o, err := s.Do(a.Request.corpus(b, advance))
			if err != nil {
				return err
			}
			if before < len(c.want().Pre) {
				if want := c.want().Pre[before].Status; want != o.Status {
					r.Differences = append(r.Differences, Difference{Before, fmt.Sprintf("%d: status %d, want %d", before+1, o.Status, want)})
				}
				if c.asks && o.Status < 300 && c.want().Pre[before].Status >= 300 {
					r.Differences = append(r.Differences, Difference{Permissive, "a request before"})
				}
				if c.want().Pre[before].Status >= 400 && len(o.Upstreams) > 0 && c.want().Pre[before].Body != echo {
					r.Differences = append(r.Differences, Difference{Permissive, "a request before"})
				}
			}
			before++
			advance = settle
			if a.Settle != nil {
				advance = time.Duration(*a.Settle) * time.Millisecond
			}
		case a.Program != nil:
			b.program = a.Program
		default:
			advance += time.Duration(a.Sleep) * time.Millisecond
		}
	}
	o, err := s.Do(c.Request.corpus(b, advance))
	if err != nil {
		return err
	}
	r.Differences = append(r.Differences, compare(c, o)...)
	return nil
}

func (q *Request) corpus(b *backend, advance time.Duration) *corpus.Request {
	r := &corpus.Request{Method: q.Method, Target: q.Target, Body: q.Body, Advance: advance, Serve: b.serve}
	for _, h := range q.Headers {
		if strings.EqualFold(h[0], "Host") {
			r.Hosts = append(r.Hosts, h[1])
		} else {
			r.Headers = append(r.Headers, corpus.Header{Name: h[0], Value: h[1]})
		}
	}
	return r
}
