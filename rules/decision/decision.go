// Package decision evaluates one request against a program: the rule's
// authenticators, authorizer, mutators and error handlers in turn. It makes no
// host call: an evaluation that needs the network, the body or time hands out an
// Await and goes on when it is given the event.
package decision

import (
	"oathgate/rules/pipeline"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

// Decision is the end of an evaluation. The zero Decision denies, with an empty
// response of status 0 that the host turns into a 500.
type Decision struct {
	// Allow lets the request through.
	Allow bool
	// Reason says why, for metrics.
	Reason Reason
	// RuleID is the matched rule's id, "" if none matched.
	RuleID string
	// Subject is the session's, "" if it got that far.
	Subject string

	// Set are the request headers to set for the upstream, names in lower case.
	Set request.Headers
	// Remove are the names of request headers to remove before Set.
	Remove []string
	// Route is where rules send the request; the zero Route leaves it alone.
	Route program.Route

	// Response is what the client gets if the request is denied.
	Response pipeline.Response
	// Forgets says that nobody keeps anything of the request: the memory that it was
	// read into may be used again once this decision has been carried out.
	Forgets bool
	// Informs says that the request asked about the filter itself and Response, of
	// whatever status, is the answer. It grants nothing.
	Informs bool
}

// Reason classifies decisions.
type Reason uint8

// The reasons.
const (
	// Unexplained is the reason of the zero Decision.
	Unexplained Reason = iota
	// Allowed is the only reason of a Decision that allows.
	Allowed
	// Unauthorized is a 401.
	Unauthorized
	// Forbidden is a 403.
	Forbidden
	// NoRule says that no rule matches.
	NoRule
	// ManyRules says that more than one rule matches.
	ManyRules
	// Malformed is a request that was refused before it was matched, or that can
	// be read in more than one way.
	Malformed
	// RateLimited is a 429 of an identity service.
	RateLimited
	// CalloutFault says that an identity service could not be asked or understood.
	CalloutFault
	// Overloaded says that this worker has too much in flight.
	Overloaded
	// Internal is any other error.
	Internal
	// Panicked says that the evaluation panicked.
	Panicked
	// NumReasons is the number of reasons.
	NumReasons
)

var reasonNames = [NumReasons]string{
	"unexplained", "allowed", "unauthorized", "forbidden", "no_rule", "many_rules",
	"malformed", "rate_limited", "callout_fault", "overloaded", "internal", "panicked",
}

// String is the reason as a metric's label.
func (r Reason) String() string {
	if r < NumReasons {
		return reasonNames[r]
	}
	return reasonNames[Unexplained]
}

func reasonOf(e *pipeline.Error) Reason {
	switch {
	case e.Callout:
		return CalloutFault
	case e.Status == 401:
		return Unauthorized
	case e.Status == 403:
		return Forbidden
	case e.Status == 429:
		return RateLimited
	case e.Status == 400 || e.Status == 413 || e.Status == 431:
		return Malformed
	case e.Status == 503:
		return Overloaded
	}
	return Internal
}
