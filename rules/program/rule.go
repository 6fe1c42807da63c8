package program

import (
	"strings"

	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

// Rule is one compiled access rule.
type Rule struct {
	// ID is the rule's id.
	ID string
	// Authenticators are asked in order until one is responsible.
	Authenticators []pipeline.Authenticator
	// Authorizer decides.
	Authorizer pipeline.Authorizer
	// Mutators are applied in order.
	Mutators []pipeline.Mutator
	// Errors are the rule's own error handlers.
	Errors []pipeline.ErrorHandler
	// Upstream is where an allowed request goes; nil leaves the routing alone or,
	// where rules route, refuses with 500.
	Upstream *Upstream
	// Waits says that a handler may suspend the evaluation.
	Waits bool
	// Seldom says that few evaluations are suspended.
	Seldom bool
	// Forgets says that no handler keeps anything of a request that is decided.
	Forgets bool
	// Body says that a handler reads the request body.
	Body bool

	methods      []string
	pattern      *pattern.Pattern
	priority     int
	readsURL     bool
	readsGroups  bool
	tokenHeaders []string
}

// Upstream is where a rule sends requests.
type Upstream struct {
	// Endpoint is the upstream's origin and cluster.
	Endpoint callout.Endpoint
	// PreserveHost keeps the client's Host.
	PreserveHost bool
	// Rewrite is the change of the path.
	Rewrite request.Upstream
}

func (r *Rule) hasMethod(method string) bool {
	for _, m := range r.methods {
		if strings.EqualFold(m, method) {
			return true
		}
	}
	return false
}
