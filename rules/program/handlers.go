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
	// globals are the global configurations, as rules inherit them.
	globals map[string]*tree.Node
	// equal are the handlers that rules configure, by name and configuration.
	equal map[string]*built
}

// built is a configured handler, its traits, and whom it asks.
type built struct {
	handler   any
	traits    pipeline.Traits
	endpoints []callout.Endpoint
	// noted says that clients cannot send the headers that it sets.
	noted bool
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
		func(name string) builder { return lift[pipeline.Authenticator](authn.Registry(name)) }, nil, nil, nil,
	}
	authorizers = &kind{
		"authorizers", doc.Authorizers, authz.Names(),
		func(name string) builder { return lift[pipeline.Authorizer](authz.Registry(name)) }, nil, nil, nil,
	}
	mutators = &kind{
		"mutators", doc.Mutators, mutator.Names(),
		func(name string) builder { return lift[pipeline.Mutator](mutator.Registry(name)) }, nil, nil, nil,
	}
	errorHandlers = &kind{
		"errors.handlers", doc.ErrorHandlers, errorhandler.Names(),
		func(name string) builder { return lift[pipeline.ErrorHandler](errorhandler.Registry(name)) }, nil, nil, nil,
	}
	return
}

// globals builds every enabled handler of a kind from the global configuration
// alone: a mistake there is found even if no rule uses the handler, as Oathkeeper
// finds it, and rules that add nothing share the result.
func (c *compiler) globals(k *kind) {
	k.shared, k.globals, k.equal = make(map[string]*built), make(map[string]*tree.Node), make(map[string]*built)
	for _, name := range k.names {
		settings := k.settings[name]
		if !settings.Enabled {
			continue
		}
		found := tree.Problems{Unplaced: c.doc.Unplaced}
		k.shared[name] = c.build(k, name, tree.NewCursor(settings.Config, settings.Path+".config", &found))
		for _, p := range found.List() {
			c.problem("", p)
		}
		k.globals[name] = tree.Inherit(settings.Config)
	}
}

// handler builds a rule's handler from its effective configuration, or gives the one that an earlier rule with the
// same has; nil if there is a problem.
func (c *compiler) handler(k *kind, rule *rules.Rule, ref rules.HandlerRef) *built {
	if why := k.lacks(ref.Handler); why != "" {
		c.fail(rule.ID, ref.Path, ref.Line, ref.Column, why)
		return nil
	}
	if ref.Config == nil || ref.Config.Kind == tree.Null {
		return c.used(k.shared[ref.Handler])
	}
	c.exact = append(append(c.exact[:0], ref.Handler...), 0)
	c.exact = ref.Config.AppendExact(c.exact)
	if b := k.equal[string(c.exact)]; b != nil {
		return c.used(b)
	}
	found := tree.Problems{Unplaced: c.doc.Unplaced}
	config := tree.Merge(k.globals[ref.Handler], ref.Config)
	b := c.build(k, ref.Handler, tree.NewCursor(config, ref.Path+".config", &found))
	if found.Len() == 0 {
		k.equal[string(c.exact)] = b
		return c.used(b)
	}
	for _, p := range found.List() {
		// What a rule inherits was reported where it stands.
		if !p.Inherited {
			c.problem(rule.ID, p)
		}
	}
	return nil
}

// lacks says why rules cannot use a handler, "" if they can.
func (k *kind) lacks(handler string) string {
	switch {
	case k.builder(handler) == nil:
		return "this handler does not exist here; there are " + strings.Join(k.names, ", ")
	case !k.settings[handler].Enabled:
		return "this handler is not enabled; set " + k.section + "." + handler + ".enabled to true"
	}
	return ""
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
		Config: config.NullAsAbsent(), Clusters: c.clusters, Reserved: c.reserved, Keys: c.keys, Lack: c.lack, Sets: c.sets, Templates: c.templates,
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
