package decision

import (
	"errors"
	"strings"

	"oathgate/rules/errorhandler"
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// evaluate runs a rule's handlers over x (Oathkeeper, proxy/request_handler.go).
func evaluate(p *program.Program, rule *program.Rule, x *pipeline.Exchange) Decision {
	d, err := allow(p, rule, x)
	if err != nil {
		d = refuse(p, rule, x.Request, err)
	}
	d.RuleID = rule.ID
	d.Forgets = rule.Forgets
	d.Subject = x.Session.Subject
	return d
}

// allow comes to a Decision that allows, or says why not.
func allow(p *program.Program, rule *program.Rule, x *pipeline.Exchange) (Decision, error) {
	if err := authenticate(rule, x); err != nil {
		return Decision{}, err
	}
	if err := rule.Authorizer.Authorize(x); err != nil {
		return Decision{}, err
	}
	for _, m := range rule.Mutators {
		if err := m.Mutate(x); err != nil {
			return Decision{}, err
		}
	}
	route, err := p.Route(rule, x.Request)
	if err != nil {
		return Decision{}, err
	}
	return Decision{
		Allow:  true,
		Reason: Allowed,
		Set:    trimmed(p.Truth(x.Request, x.Session.Header)),
		Remove: p.Unproven(x.Request, x.Session.Header),
		Route:  route,
	}, nil
}

// trimmed takes the white space around values away, as Go does when Oathkeeper
// sends them: it is no part of a value (RFC 9110 section 5.5), and HTTP/2 servers
// refuse it (RFC 9113 section 8.2.1).
func trimmed(set request.Headers) request.Headers {
	for i := range set {
		set[i].Value = strings.Trim(set[i].Value, " \t")
	}
	return set
}

// authenticate asks the authenticators in order until one is responsible.
func authenticate(rule *program.Rule, x *pipeline.Exchange) error {
	for _, a := range rule.Authenticators {
		switch err := a.Authenticate(x); {
		case err == nil:
			return nil
		case !errors.Is(err, pipeline.ErrNotResponsible):
			return err
		}
	}
	return pipeline.Unauthorized("")
}

// refuse lets an error handler turn err into a response: the one of the rule
// that is responsible, else the first fallback that is. rule is nil if none
// matched.
func refuse(p *program.Program, rule *program.Rule, r *request.Request, err error) Decision {
	e, ok := errors.AsType[*pipeline.Error](err)
	if !ok {
		e = pipeline.Internal(err.Error())
	}
	handler, problem := choose(p, rule, r, e)
	if problem != nil {
		return Decision{Reason: Internal, Response: errorhandler.JSON(r, problem)}
	}
	return Decision{Reason: reasonOf(e), Response: handler.Handle(r, e)}
}

func choose(p *program.Program, rule *program.Rule, r *request.Request, e *pipeline.Error) (chosen pipeline.ErrorHandler, problem *pipeline.Error) {
	if rule != nil {
		for _, h := range rule.Errors {
			if !h.Responsible(r, e) {
				continue
			}
			if chosen != nil {
				return nil, meta("Found more than one error handlers to be responsible for this request. This is a configuration error that needs to be resolved by the system administrator.\"")
			}
			chosen = h
		}
	}
	if chosen != nil {
		return chosen, nil
	}
	for _, h := range p.Fallback {
		if h.Responsible(r, e) {
			return h, nil
		}
	}
	return nil, meta("Unable to handle HTTP request because no matching error handling strategy was found.")
}

// meta is the error of having no error handler; it is shown whatever `verbose`
// says, as in Oathkeeper.
func meta(reason string) *pipeline.Error {
	return &pipeline.Error{Status: 500, Message: "An internal server error occurred, please contact the system administrator", Reason: reason}
}

// failed is the decision for an evaluation that panicked.
func failed() Decision {
	return Decision{Reason: Panicked, Response: errorhandler.JSON(nil, meta(""))}
}
