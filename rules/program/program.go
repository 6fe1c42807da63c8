// Package program compiles a document into what requests are evaluated against:
// the rules, indexed, with their handlers built.
package program

import (
	"time"

	"oathgate/rules"
	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/jwks"
	"oathgate/rules/request"
)

// Program is a compiled document. Nothing in it changes but scratch space: it is
// not safe for concurrent use.
type Program struct {
	// RequestOptions are the limits and readings of requests.
	RequestOptions request.Options
	// Fallback are the error handlers for what no rule's own handles, in order.
	Fallback []pipeline.ErrorHandler

	options rules.Options
	rules   []Rule
	index   *pattern.Index
	// highest is the highest priority of a rule.
	highest int
	// identity are the folded names of the headers that tell upstreams who sends a
	// request.
	identity map[string]bool
	// suspects are the headers that unproven looks at: most are none.
	suspects suspects
	// listing and signing are empty unless the role is decision.
	listing listing
	signing *jwks.Source

	scratch pattern.Scratch
	// url is the one that patterns are compared with.
	url []byte
	// steps are those of the request at hand.
	steps int
}

// RoutingHeader is the name of the request header that names the cluster, in
// lower case.
func (p *Program) RoutingHeader() string { return p.options.RoutingHeader }

// Scheme is that of every request at the listener, "" if connections differ.
func (p *Program) Scheme() string { return p.options.Scheme }

// PeerState is the name of the filter state in which the listener says who is at
// the connection's other end, "" if it does not.
func (p *Program) PeerState() string { return p.options.PeerState }

// CalloutTimeout is how long a callout may take whose handler says nothing else.
func (p *Program) CalloutTimeout() time.Duration { return p.options.CalloutTimeout }

// Decides says that the filter answers every request itself (oathgate.role:
// decision).
func (p *Program) Decides() bool { return p.options.Role == rules.RoleDecision }

// SigningKeys are the key sets of the mutators that sign: the global
// configuration's first, then the rules'.
func (p *Program) SigningKeys() *jwks.Source { return p.signing }

// DecisionSource says where the decision API finds the request to judge, and whose
// headers count.
func (p *Program) DecisionSource() (rules.DecisionSource, request.Networks) {
	return p.options.DecisionSource, p.options.TrustedProxies
}

// AccessLog says that decisions are noted for the access log.
func (p *Program) AccessLog() bool { return p.options.AccessLog }

// Repositories are the states of those whose rules were fetched. They are not to be
// changed.
func (p *Program) Repositories() []rules.Repository { return p.options.Repositories }

// Rules is the number of rules.
func (p *Program) Rules() int { return len(p.rules) }

// BodyReaders are the ids of the rules that look at the request body.
func (p *Program) BodyReaders() (ids []string) {
	for i := range p.rules {
		if p.rules[i].Body {
			ids = append(ids, p.rules[i].ID)
		}
	}
	return ids
}
