package rules

import (
	"oathgate/rules/pattern"
	"oathgate/rules/tree"
)

// The limits of DESIGN §5. Every one refuses.
const (
	maxRules   = 10_000
	maxPattern = 2 << 10
)

// Document is a decoded configuration.
type Document struct {
	// Name is the document's, as problems give it.
	Name string
	// Strategy is access_rules.matching_strategy.
	Strategy pattern.Strategy
	// Rules are access_rules.rules in document order.
	Rules []Rule
	// Authenticators, Authorizers, Mutators and ErrorHandlers are what the
	// document says of each handler, by its name. A handler that is not named
	// is not enabled, but for the error handler json.
	Authenticators, Authorizers, Mutators, ErrorHandlers map[string]HandlerSettings
	// Fallback is errors.fallback, by default [json].
	Fallback []HandlerRef
	// Options is the oathgate block.
	Options Options
	// Unplaced says that nothing in the document tells its place. Ignored is empty then.
	Unplaced bool
	// Ignored are what the document says and this filter does not use, each
	// with its place and the reason. They are no mistakes.
	Ignored []Problem
}

// HandlerSettings is what the configuration says of one handler.
type HandlerSettings struct {
	// Enabled must be true for a rule to use the handler.
	Enabled bool
	// Config is the global configuration, nil if there is none.
	Config *tree.Node
	// Path is the place of these settings: "authenticators.anonymous".
	Path string
}

// HandlerRef is a rule's use of a handler.
type HandlerRef struct {
	// Handler is the handler's name, never empty.
	Handler string
	// Config is the rule's own configuration, nil if there is none.
	Config *tree.Node
	// Path is the place of the use: "access_rules.rules[0].authenticators[1]".
	Path string
	// Line and Column are that place's, zero if not known.
	Line, Column int
}

// Rule is one access rule.
type Rule struct {
	// ID is the rule's id. A rule without one is called "rule #3" after its
	// place in the list, counted from one: Oathkeeper demands no id. Neither
	// does it demand that ids differ.
	ID string
	// Version is the version of Oathkeeper that the rule was written for, ""
	// if it does not say.
	Version string
	// Description is the operator's.
	Description string
	// Unnamed says that the rule has no id.
	Unnamed bool
	// URL is match.url, the pattern; URLPath, URLLine and URLColumn its place.
	URL                string
	URLPath            string
	URLLine, URLColumn int
	// Methods are match.methods, at least one.
	Methods []string
	// RPC marks a rule for Oathkeeper's gRPC middleware (match.full_method). It
	// never matches HTTP; URL and Methods may be empty.
	RPC bool
	// Authority and FullMethod are those of such a rule.
	Authority, FullMethod string
	// Authenticators and Mutators hold at least one each.
	Authenticators []HandlerRef
	Authorizer     HandlerRef
	Mutators       []HandlerRef
	// Errors are the rule's own error handlers, mostly none.
	Errors   []HandlerRef
	Upstream Upstream
	// Priority breaks the tie between rules that match the same request: the
	// highest wins. It is ours; Oathkeeper refuses such requests.
	Priority int
	// Path is the rule's place: "access_rules.rules[2]".
	Path string
}

// Upstream is where a rule sends what it allows.
type Upstream struct {
	// URL is an absolute http or https URL, "" if the rule has none.
	URL string
	// StripPath is taken out of the request's path.
	StripPath string
	// PreserveHost keeps the client's Host.
	PreserveHost bool
	// Path is the place of the URL; Line and Column too, zero if not known.
	Path         string
	Line, Column int
}
