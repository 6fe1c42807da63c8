package explain

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"oathgate/rules"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
	"oathgate/sdkhost/wazerohost"
)

// Handler is what a handler would do.
type Handler struct {
	Handler string `json:"handler"`
	// Does is one of the words below.
	Does string `json:"does"`
	// Refused is the refusal of one that refuses.
	Refused *Refused `json:"refused,omitempty"`
	// Asks are whom it would ask, if every answer is as it hopes.
	Asks []Call `json:"asks,omitempty"`
	// Body says that it reads the request's body.
	Body bool `json:"reads_body,omitempty"`
	// Sets are the headers that the upstream gets from it.
	Sets []string `json:"sets,omitempty"`
	// Subject is what an authenticator found out without asking anybody.
	Subject string `json:"subject,omitempty"`
}

// What a handler does.
const (
	notResponsible = "is not responsible"
	authenticates  = "authenticates"
	refuses        = "refuses"
	asks           = "asks"
	allows         = "allows"
	mutates        = "mutates"
	depends        = "depends on the session"
	notReached     = "is not asked"
)

// Call is a callout.
type Call struct {
	// Method is "" if it is not known without the session.
	Method string `json:"method,omitempty"`
	// URL has no query: there may be a secret in it.
	URL string `json:"url"`
	// Headers are the names of its headers.
	Headers []string `json:"headers,omitempty"`
}

// run is the rule's handlers at work.
type run struct {
	x     *pipeline.Exchange
	calls []Call
	body  bool
	// known says that the session is: nobody had to be asked for it.
	known bool
}

// handlers goes through the handlers of the rule.
func (e *explainer) handlers(r *request.Request, m program.Match) {
	w := &run{known: true}
	w.x = &pipeline.Exchange{
		Request: r, RuleID: m.Rule.ID, Now: time.Now, Random: random, Host: wazerohost.Crypto{},
		Send: w.send, Suspend: w.suspend, CalloutTimeout: e.policy.Program.CalloutTimeout(),
	}
	w.x.Session.MatchContext = pipeline.MatchContext{RegexpCaptureGroups: m.Groups, Request: r}
	w.x.Session.Env = template.Environment{Now: time.Now, Random: random}

	for i, a := range m.Rule.Authenticators {
		e.out.Authenticators = append(e.out.Authenticators, w.authenticator(e.rule.Authenticators[i].Handler, a, settled(e.out.Authenticators)))
	}
	over := !settled(e.out.Authenticators) || slices.ContainsFunc(e.out.Authenticators, refusing)
	a := w.later(e.rule.Authorizer, e.policy.Document.Authorizers, allows, over, m.Rule.Authorizer.Authorize)
	e.out.Authorizer = &a
	over = over || refusing(a)
	for i, mutator := range m.Rule.Mutators {
		h := w.later(e.rule.Mutators[i], e.policy.Document.Mutators, mutates, over, mutator.Mutate)
		e.out.Mutators = append(e.out.Mutators, h)
		over = over || refusing(h)
	}
	switch {
	case !settled(e.out.Authenticators):
		e.out.Refused = refusedBy(pipeline.Unauthorized("no authenticator is responsible"))
	case !over:
		e.upstream(r, m.Rule, w.x.Session.Header)
	}
	e.out.Verdict = e.verdict()
}

func refusing(h Handler) bool { return h.Refused != nil }

// verdict is the end of what the handlers do.
func (e *explainer) verdict() string {
	open := false
	refused := e.out.Refused
	for _, h := range slices.Concat(e.out.Authenticators, []Handler{*e.out.Authorizer}, e.out.Mutators) {
		open = open || h.Does == asks || h.Does == depends
		if h.Refused != nil {
			refused = h.Refused
		}
	}
	switch {
	case refused != nil && open:
		return fmt.Sprintf("It is refused, with %d if all who are asked before say yes.", refused.Status)
	case refused != nil:
		return fmt.Sprintf("It is refused with %d: %s.", refused.Status, strings.TrimSuffix(refused.Reason, "."))
	case open:
		return "It is allowed if all who are asked say yes."
	}
	return "It is allowed."
}

// settled reports whether one of the authenticators is responsible.
func settled(list []Handler) bool {
	return slices.ContainsFunc(list, func(h Handler) bool { return h.Does != notResponsible })
}

func (w *run) authenticator(name string, a pipeline.Authenticator, settled bool) Handler {
	h := Handler{Handler: name}
	if settled {
		h.Does = notReached
		return h
	}
	err := w.do(&h, a.Authenticate)
	switch {
	case h.Does == asks:
		// What it did with an answer that nobody gave is nothing to go on.
		w.known = false
		w.x.Session.Subject, w.x.Session.Extra = "", nil
	case err == nil:
		h.Does, h.Subject = authenticates, w.x.Session.Subject
	case errors.Is(err, pipeline.ErrNotResponsible):
		h.Does = notResponsible
	default:
		h.Does, h.Refused = refuses, refusedBy(asError(err))
	}
	return h
}

// later runs a handler that works with the session.
func (w *run) later(ref rules.HandlerRef, settings map[string]rules.HandlerSettings, done string, over bool, do func(*pipeline.Exchange) error) Handler {
	h := Handler{Handler: ref.Handler}
	if over {
		h.Does = notReached
		return h
	}
	before := slices.Clone(w.x.Session.Header)
	err := w.do(&h, do)
	config := tree.Merge(settings[ref.Handler].Config, ref.Config)
	switch {
	case h.Does == asks:
		// A hydrator's answer is the session.
		w.known = w.known && ref.Handler != "hydrator"
	case err == nil:
		h.Does = done
	case w.known || ref.Handler == "deny":
		h.Does, h.Refused = refuses, refusedBy(asError(err))
	default:
		h.Does, h.Asks = depends, service(ref.Handler, config)
	}
	for _, line := range w.x.Session.Header {
		if !slices.Contains(before, line) {
			h.Sets = append(h.Sets, line.Name)
		}
	}
	if h.Does != done && h.Does != refuses {
		for _, name := range sets(ref.Handler, config) {
			if !slices.Contains(h.Sets, name) {
				h.Sets = append(h.Sets, name)
			}
		}
	}
	return h
}

// do runs a handler on memory of its own, as if it were the first one of its worker.
func (w *run) do(h *Handler, handle func(*pipeline.Exchange) error) (err error) {
	w.x.Memory = &memory.Memory{}
	w.calls, w.body = nil, false
	defer func() {
		if recover() != nil {
			err = pipeline.Internal("the handler has panicked: this is a defect of Oathgate")
		}
		h.Asks, h.Body = w.calls, w.body
		if len(w.calls) > 0 {
			h.Does = asks
		}
	}()
	return handle(w.x)
}

// hoped is an answer with which most handlers go on.
const hoped = `{"active":true,"allowed":true,"access_token":"-","token_type":"bearer","keys":[]}`

// suspend notes callouts and answers them.
func (w *run) suspend(a pipeline.Await) (r pipeline.Resumption) {
	w.body = w.body || a.Body
	for _, c := range a.Calls {
		w.note(c)
		r.Results = append(r.Results, callout.Result{Fault: callout.None, Response: callout.Response{
			Status: 200, Headers: request.Headers{{Name: "content-type", Value: "application/json"}}, Body: []byte(hoped),
		}})
	}
	return r
}

// send notes a callout that cannot be made.
func (w *run) send(c callout.Request, done func(callout.Result)) {
	w.note(c)
	done(callout.Result{Fault: callout.NoCluster})
}

func (w *run) note(c callout.Request) {
	target, _ := withoutQuery(c.Target)
	call := Call{Method: c.Method, URL: c.Endpoint.Scheme + "://" + c.Endpoint.Authority + target}
	for _, line := range c.Headers {
		call.Headers = append(call.Headers, line.Name)
	}
	if !slices.ContainsFunc(w.calls, func(o Call) bool {
		return o.Method == call.Method && o.URL == call.URL && slices.Equal(o.Headers, call.Headers)
	}) {
		w.calls = append(w.calls, call)
	}
}

// service is whom a handler would ask that did not come to it for want of a session.
func service(handler string, config *tree.Node) []Call {
	var url *tree.Node
	switch handler {
	case "remote", "remote_json":
		url = config.Get("remote")
	case "keto_engine_acp_ory":
		url = config.Get("base_url")
	case "hydrator":
		url = config.Get("api").Get("url")
	}
	if url == nil {
		return nil
	}
	target, _ := withoutQuery(url.Text)
	return []Call{{URL: target}}
}

// sets are the headers that a handler sets of which the session's absence tells nothing.
func sets(handler string, config *tree.Node) (names []string) {
	switch handler {
	case "header":
		for _, name := range config.Get("headers").Keys {
			names = append(names, strings.ToLower(name))
		}
	case "cookie":
		names = []string{"cookie"}
	case "id_token":
		names = []string{"authorization"}
	case "remote", "remote_json":
		if list := config.Get("forward_response_headers_to_upstream"); list != nil {
			for _, n := range list.Items {
				names = append(names, strings.ToLower(n.Text))
			}
		}
	}
	return names
}

func asError(err error) *pipeline.Error {
	var e *pipeline.Error
	if errors.As(err, &e) {
		return e
	}
	return pipeline.Internal(err.Error())
}

// upstream says where the request goes.
func (e *explainer) upstream(r *request.Request, rule *program.Rule, set request.Headers) {
	if !e.policy.Program.RulesRoute() {
		return
	}
	route, err := e.policy.Program.Route(rule, r)
	if err != nil {
		e.out.Refused = refusedBy(asError(err))
		return
	}
	target := route.Target
	if target == "" {
		target = r.RawPath
	}
	target, _ = withoutQuery(target)
	up := &Upstream{URL: rule.Upstream.Endpoint.Scheme + "://" + rule.Upstream.Endpoint.Authority + target, Host: route.Authority}
	if up.Host == "" {
		up.Host = r.OriginalAuthority
	}
	for _, name := range e.policy.Program.Unproven(r, set) {
		if !slices.Contains(up.Removes, name) {
			up.Removes = append(up.Removes, name)
		}
	}
	e.out.Upstream = up
}

func random(p []byte) { _, _ = rand.Read(p) }
