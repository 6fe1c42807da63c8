// Package explain says what the filter of `oathgate run`'s proxy would do with a request: which rule is for it or why
// none is, what each of its handlers would do or whom it would ask, and which error handler answers which refusal. It
// runs the filter's own program; nothing is sent, and what a service would answer is left open. Values of headers,
// bodies and query parameters are never told: they may be secrets.
package explain

import (
	"errors"
	"fmt"
	"strings"

	"oathgate/internal/policy"
	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Request is the request to explain.
type Request struct {
	Method, URL string
	// Headers are lines, `Name: value`.
	Headers []string
}

// Explanation is what would become of a request.
type Explanation struct {
	// Method and URL are what rules are compared with, "" if the request is refused before.
	Method string `json:"method,omitempty"`
	URL    string `json:"url,omitempty"`
	// Readings are other paths that servers could take the request's path for.
	Readings []string `json:"other_readings,omitempty"`
	// Rule is the one rule for the request.
	Rule *Rule `json:"rule,omitempty"`
	// Refused says why the request is refused without or after all handlers.
	Refused *Refused `json:"refused,omitempty"`
	// Others are rules that are for the request too, or nearly, and why they are not asked.
	Others []Other `json:"others,omitempty"`
	// Authenticators, Authorizer and Mutators are the rule's, in order.
	Authenticators []Handler `json:"authenticators,omitempty"`
	Authorizer     *Handler  `json:"authorizer,omitempty"`
	Mutators       []Handler `json:"mutators,omitempty"`
	// Upstream is where the request goes if it is allowed.
	Upstream *Upstream `json:"upstream,omitempty"`
	// Refusals are the answers to refusals.
	Refusals []Answer `json:"refusals,omitempty"`
	// Verdict is the end of it, in a sentence.
	Verdict string `json:"verdict"`
}

// Rule names a rule.
type Rule struct {
	Name     string `json:"rule"`
	Document string `json:"document"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Pattern  string `json:"pattern"`
}

func nameOf(r *policy.Rule) Rule { return Rule{r.Name, r.File, r.Line, r.Column, r.URL} }

func (r *Rule) place() string {
	if r.Line == 0 {
		return r.Document
	}
	return fmt.Sprintf("%s:%d:%d", r.Document, r.Line, r.Column)
}

// Refused is a refusal.
type Refused struct {
	Status int    `json:"status"`
	Reason string `json:"reason"`
}

func refusedBy(e *pipeline.Error) *Refused {
	reason := e.Reason
	if reason == "" {
		reason = e.Message
	}
	return &Refused{e.Status, reason}
}

// Upstream is a rule's upstream.
type Upstream struct {
	URL string `json:"url"`
	// Host is what the upstream gets as Host.
	Host string `json:"host"`
	// Removes are headers of the client that the upstream does not get.
	Removes []string `json:"removes,omitempty"`
}

// Explain explains a request. An error says that it is none.
func Explain(p *policy.Policy, asked Request) (*Explanation, error) {
	raw, err := asked.raw()
	if err != nil {
		return nil, err
	}
	e := &explainer{policy: p}
	e.explain(raw)
	return &e.out, nil
}

// raw is the request as Envoy hands it over.
func (asked *Request) raw() (raw request.Raw, err error) {
	scheme, rest, ok := strings.Cut(asked.URL, "://")
	rest, _, _ = strings.Cut(rest, "#")
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	if !ok || end == 0 {
		return raw, errors.New("the URL must begin with http:// or https:// and a host")
	}
	raw = request.Raw{Method: asked.Method, Scheme: scheme, Authority: rest[:end], Path: rest[end:]}
	if !strings.HasPrefix(raw.Path, "/") {
		raw.Path = "/" + raw.Path
	}
	for _, line := range asked.Headers {
		name, value, ok := strings.Cut(line, ":")
		if !ok || !request.IsToken(name) {
			return raw, errors.New("a header must be written as 'Name: value'")
		}
		raw.Headers.Add(strings.ToLower(name), strings.Trim(value, " \t"))
	}
	return raw, nil
}

// explainer explains one request.
type explainer struct {
	policy *policy.Policy
	out    Explanation
	// rule is the one for the request.
	rule    *policy.Rule
	scratch pattern.Scratch
}

func (e *explainer) explain(raw request.Raw) {
	r, refusal := request.New(raw, e.policy.Program.RequestOptions)
	if refusal != nil {
		e.refuse(request.Unread(raw), pipeline.Malformed(refusal))
		return
	}
	e.out.Method, e.out.URL = r.Method, r.Scheme+"://"+r.Authority+r.Path
	e.out.Readings = r.Readings
	m, why := e.policy.Program.Match(r)
	e.others(r)
	if why != nil {
		e.refuse(r, why)
		return
	}
	rule := nameOf(e.rule)
	e.out.Rule = &rule
	e.handlers(r, m)
	refusals := []*pipeline.Error{pipeline.Unauthorized(""), pipeline.Forbidden(""), pipeline.Internal("")}
	if own := e.out.Refused; own != nil && own.Status != 401 && own.Status != 500 {
		refusals = append(refusals, &pipeline.Error{Status: own.Status})
	}
	e.out.Refusals = e.answers(r, m.Rule, refusals...)
}

// refuse explains a refusal before any handler is asked.
func (e *explainer) refuse(r *request.Request, why *pipeline.Error) {
	e.out.Refused = refusedBy(why)
	e.out.Refusals = e.answers(r, nil, why)
	e.out.Verdict = fmt.Sprintf("It is refused with %d: no rule's handlers are asked.", why.Status)
}

// Answer is an error handler's answer to a refusal.
type Answer struct {
	// Refusal is the status of what is refused, Handler the one that answers, "" if there is none for it.
	Refusal int    `json:"refusal"`
	Handler string `json:"handler"`
	Status  int    `json:"status"`
	// Location is where a redirect leads, without its query.
	Location string `json:"location,omitempty"`
}

// answers gives the answers to refusals (rules/decision, choose): of the rule's own error handler, which has to be
// the only one that is responsible, or of the first fallback.
func (e *explainer) answers(r *request.Request, rule *program.Rule, refusals ...*pipeline.Error) (list []Answer) {
	for _, why := range refusals {
		a := Answer{Refusal: why.Status, Status: 500}
		var chosen pipeline.ErrorHandler
		responsible := 0
		if rule != nil {
			for i, h := range rule.Errors {
				if h.Responsible(r, why) {
					responsible++
					chosen, a.Handler = h, e.rule.Errors[i].Handler
				}
			}
		}
		for i, h := range e.policy.Program.Fallback {
			if chosen == nil && h.Responsible(r, why) {
				chosen, a.Handler = h, e.policy.Document.Fallback[i].Handler
			}
		}
		if responsible > 1 {
			chosen, a.Handler = nil, ""
		}
		if chosen != nil {
			response := chosen.Handle(r, why)
			a.Status = response.Status
			a.Location, _ = withoutQuery(response.Headers.Get("location"))
		}
		list = append(list, a)
	}
	return list
}

func withoutQuery(target string) (path string, cut bool) {
	path, _, cut = strings.Cut(target, "?")
	if cut {
		path += "?…"
	}
	return path, cut
}
