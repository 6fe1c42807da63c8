// Package pipeline is what all handlers share: the session they work on, the
// exchange they ask for time and network, the errors they refuse with, and the
// four interfaces they implement.
package pipeline

import (
	"slices"
	"strings"
	"time"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// Authenticator finds out who sends the request. It fills in x.Session, or
// returns ErrNotResponsible, or an *Error. Any other error is a 500.
type Authenticator interface {
	Authenticate(x *Exchange) error
}

// Authorizer decides whether the session may do what the request asks: nil
// allows.
type Authorizer interface {
	Authorize(x *Exchange) error
}

// Mutator changes what the upstream learns: x.Session, and its Header above all.
type Mutator interface {
	Mutate(x *Exchange) error
}

// ErrorHandler turns a refusal into the response that the client gets.
type ErrorHandler interface {
	// Responsible reports whether the handler's conditions (`when`) hold.
	Responsible(r *request.Request, e *Error) bool
	Handle(r *request.Request, e *Error) Response
}

// Response is an HTTP response to the client.
type Response struct {
	Status  int
	Headers request.Headers
	Body    []byte
}

// Traits is what the program must know of a configured handler. The zero Traits
// is of a handler that needs nothing.
type Traits struct {
	// Waits says that the handler may suspend the evaluation.
	Waits bool
	// Seldom says that it suspends few evaluations: most requests bring what has been
	// asked before.
	Seldom bool
	// Forgets says that the handler keeps nothing that it has read of a request, in no
	// cache either, once the request is decided.
	Forgets bool
	// Body says that it reads the request body.
	Body bool
	// ReadsURL says that it reads the request's path or query.
	ReadsURL bool
	// ReadsGroups says that it reads what the pattern captured.
	ReadsGroups bool
	// Regexp says that it works with regular expressions alone
	// (access_rules.matching_strategy).
	Regexp bool
	// SetsHeaders are the request headers it may set, in lower case.
	SetsHeaders []string
	// TokenHeaders are the request headers it takes credentials from, in lower
	// case: a request that repeats one of them is refused.
	TokenHeaders []string
}

// Templates are compiled templates.
type Templates map[templateText]*template.Template

// templateText is a template as it is written, and what it is for.
type templateText struct{ name, text string }

// Build is what a handler's constructor works with: its effective configuration
// (global and rule merged) and the place for mistakes.
type Build struct {
	// Config is the configuration object; Null if there is none.
	Config tree.Cursor
	// Clusters finds the cluster of an endpoint.
	Clusters callout.Clusters
	// Keys says how key sets are fetched.
	Keys KeyTiming
	// Lack says what the host's cryptography cannot do.
	Lack token.Lack
	// Sets are the key sets that stand in the document, by the URLs that hold them:
	// each is read once.
	Sets map[string][]*token.Key
	// Templates are those of the document so far: each text is compiled once.
	Templates Templates
	// Header names that no mutator may set, beside the fixed ones.
	Reserved []string
	// CalloutTimeout bounds callouts that say nothing else, retries included
	// (oathgate.limits.callout_timeout).
	CalloutTimeout time.Duration
	// CalloutAttempts is how often what fails is asked at most, 0 for as often as the
	// handler has it (oathgate.limits.callout_attempts).
	CalloutAttempts int
	// CacheTTL is how long sessions and remote verdicts may be kept, 0 for not at
	// all (oathgate.cache.ttl).
	CacheTTL time.Duration
	// Traits is filled in by the constructor.
	Traits Traits
	// Endpoints are those that Endpoint gave: whom the handler asks.
	Endpoints []callout.Endpoint
}

// Endpoint reads the URL at c, or fails it. ok says whether e can be used.
func (b *Build) Endpoint(c tree.Cursor) (e callout.Endpoint, ok bool) {
	url := c.String()
	if c.Kind() != tree.String {
		return e, false
	}
	e, err := callout.Parse(url)
	if err != nil {
		c.Fail(err.Error())
		return e, false
	}
	e = b.Clusters.Resolve(e)
	b.Endpoints = append(b.Endpoints, e)
	return e, true
}

// Attempts is how often what fails is asked at most, usual unless the configuration
// says otherwise.
func (b *Build) Attempts(usual int) int {
	if b.CalloutAttempts > 0 {
		return b.CalloutAttempts
	}
	return usual
}

// SetsHeader notes that the handler sets a request header, its name in lower case,
// or fails c if no handler may.
func (b *Build) SetsHeader(name string, c tree.Cursor) bool {
	switch {
	case !request.IsToken(name):
		c.Fail("is not a header name")
	case !b.MaySet(name):
		c.Fail("no mutator may set this header: it belongs to the connection, to routing or to Envoy; remove it")
	case slices.Contains(b.Traits.SetsHeaders, name):
		c.Fail("this header stands here twice; keep one")
	default:
		b.Traits.SetsHeaders = append(b.Traits.SetsHeaders, name)
		return true
	}
	return false
}

// MaySet says whether a handler may set a request header (DESIGN §3).
func (b *Build) MaySet(name string) bool {
	return request.Settable(name) && !slices.Contains(b.Reserved, request.Folded(name))
}

// Template compiles the template text at c with the session as its data, or
// fails it; the URL trait is set if the template reads the URL.
func (b *Build) Template(name, text string, c tree.Cursor) *template.Template {
	key := templateText{name, text}
	t := b.Templates[key]
	if t == nil {
		var err error
		if t, err = template.Compile(name, text, template.SessionShape); err != nil {
			c.Fail(err.Error())
			return nil
		}
		if b.Templates != nil && strings.Contains(text, "{{") {
			b.Templates[key] = t
		}
	}
	if t.Uses("MatchContext", "URL") {
		b.Traits.ReadsURL = true
	}
	if t.Uses("MatchContext", "RegexpCaptureGroups") {
		b.Traits.ReadsGroups = true
	}
	return t
}
