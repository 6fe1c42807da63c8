package program

import (
	"strings"

	"oathgate/rules"
	"oathgate/rules/authn"
	"oathgate/rules/authz"
	"oathgate/rules/errorhandler"
	"oathgate/rules/mutator"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/tree"
)

// builder builds a handler; the result is of the kind's interface.
type builder func(*pipeline.Build) any

// kind is one of the four kinds of handlers.
type kind struct {
	// section is the kind's place in the document.
	section string
	// settings are the document's, by handler name.
	settings map[string]rules.HandlerSettings
	// names are the handlers that there are.
	names []string
	// builder gives the builder of a handler, nil if there is none of that name.
	builder func(name string) builder
	// shared are the handlers that have the global configuration only.
	shared map[string]*built
}

// built is a configured handler, its traits, and whom it asks.
type built struct {
	handler   any
	traits    pipeline.Traits
	endpoints []callout.Endpoint
}

func lift[H any](build func(*pipeline.Build) H) builder {
	if build == nil {
		return nil
	}
	return func(b *pipeline.Build) any { return build(b) }
}

func newKinds(doc *rules.Document) (authenticators, authorizers, mutators, errorHandlers *kind) {
	authenticators = &kind{
		"authenticators", doc.Authenticators, authn.Names(),
		func(name string) builder { return lift[pipeline.Authenticator](authn.Registry(name)) }, nil,
	}
	authorizers = &kind{
		"authorizers", doc.Authorizers, authz.Names(),
		func(name string) builder { return lift[pipeline.Authorizer](authz.Registry(name)) }, nil,
	}
	mutators = &kind{
		"mutators", doc.Mutators, mutator.Names(),
		func(name string) builder { return lift[pipeline.Mutator](mutator.Registry(name)) }, nil,
	}
	errorHandlers = &kind{
		"errors.handlers", doc.ErrorHandlers, errorhandler.Names(),
		func(name string) builder { return lift[pipeline.ErrorHandler](errorhandler.Registry(name)) }, nil,
	}
	return
}

// globals builds every enabled handler of a kind from the global configuration
// alone: a mistake there is found even if no rule uses the handler, as Oathkeeper
// finds it, and rules that add nothing share the result.
func (c *compiler) globals(k *kind) {
	k.shared = make(map[string]*built)
	for _, name := range k.names {
		settings := k.settings[name]
		if !settings.Enabled {
			continue
		}
		var found tree.Problems
		k.shared[name] = c.build(k, name, tree.NewCursor(settings.Config, settings.Path+".config", &found))
		for _, p := range found.List() {
			c.problem("", p)
		}
	}
}

// handler builds a rule's handler from its effective configuration; nil if there
// is a problem.
func (c *compiler) handler(k *kind, rule *rules.Rule, ref rules.HandlerRef) *built {
	var found tree.Problems
	at := tree.NewCursor(&tree.Node{Line: ref.Line, Column: ref.Column}, ref.Path, &found)
	settings := k.settings[ref.Handler]
	switch {
	case k.builder(ref.Handler) == nil:
		at.Fail("this handler does not exist here; there are " + strings.Join(k.names, ", "))
	case !settings.Enabled:
		at.Fail("this handler is not enabled; set " + k.section + "." + ref.Handler + ".enabled to true")
	case ref.Config == nil || ref.Config.Kind == tree.Null:
		return c.used(k.shared[ref.Handler])
	default:
		config := tree.Merge(settings.Config, ref.Config)
		b := c.build(k, ref.Handler, tree.NewCursor(config, ref.Path+".config", &found))
		if found.Len() == 0 {
			return c.used(b)
		}
	}
	for _, p := range found.List() {
		// What a rule inherits was reported where it stands.
		if !p.Inherited {
			c.problem(rule.ID, p)
		}
	}
	return nil
}

// used tells whom the handler of a rule asks.
func (c *compiler) used(b *built) *built {
	if c.ask != nil && b != nil {
		for _, e := range b.endpoints {
			c.ask(e, false)
		}
	}
	return b
}

func (c *compiler) build(k *kind, name string, config tree.Cursor) *built {
	b := pipeline.Build{
		Config: config.NullAsAbsent(), Clusters: c.clusters, Reserved: c.reserved, Keys: c.keys, Lack: c.lack, Sets: c.sets,
		CalloutTimeout: c.doc.Options.CalloutTimeout, CalloutAttempts: c.doc.Options.CalloutAttempts, CacheTTL: c.doc.Options.CacheTTL,
	}
	h := k.builder(name)(&b)
	return &built{handler: h, traits: b.Traits, endpoints: b.Endpoints}
}

//go:noinline
func (c *compiler) problem(ruleID string, p tree.Problem) {
	c.problems = append(c.problems, rules.Problem{
		Document: c.doc.Name, Rule: ruleID, Path: p.Path, Line: p.Line, Column: p.Column, Message: p.Message,
	})
}
