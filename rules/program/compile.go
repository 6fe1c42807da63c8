package program

import (
	"oathgate/rules"
	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/pipeline/jwks"
	"oathgate/rules/request"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// Compile turns a document into a program, or says everything that is wrong with
// it: a document with problems gives no program.
func Compile(doc *rules.Document) (*Program, []rules.Problem) {
	return compileAll(doc, token.Lack{}, nil)
}

// compileAll compiles a document with all of its rules.
func compileAll(doc *rules.Document, lack token.Lack, ask func(callout.Endpoint, bool)) (*Program, []rules.Problem) {
	i := -1
	return compile(doc, len(doc.Rules), func() *rules.Rule {
		if i++; i < len(doc.Rules) {
			return &doc.Rules[i]
		}
		return nil
	}, lack, ask)
}

// compile compiles a document with n rules, which next gives one after the other, nil after the last.
func compile(doc *rules.Document, n int, next func() *rules.Rule, lack token.Lack, ask func(callout.Endpoint, bool)) (*Program, []rules.Problem) {
	c := compiler{
		doc:       doc,
		ask:       ask,
		lack:      lack,
		sets:      map[string][]*token.Key{},
		templates: pipeline.Templates{},
		upstreams: map[upstreamText]*Upstream{},
		methods:   map[string][]string{},
		program:   &Program{options: doc.Options, identity: map[string]bool{}, rules: make([]Rule, 0, n)},
		patterns:  make([]*pattern.Pattern, 0, n),
		clusters:  callout.Clusters{Naming: doc.Options.ClusterNaming, Named: doc.Options.Clusters},
		reserved:  []string{doc.Options.RoutingHeader},
	}
	c.program.RequestOptions = request.Options{Paths: doc.Options.Paths}
	if c.program.Decides() {
		// Where requests go is for the proxies to say that ask.
		c.program.options.Routing = rules.RoutingEnvoy
	}
	c.program.suspect()
	// Mistakes in it are the handler's to report.
	c.keys = pipeline.ReadKeyTiming(tree.NewCursor(doc.Authenticators["jwt"].Config, "", nil).NullAsAbsent().Object())
	c.authenticators, c.authorizers, c.mutators, c.errorHandlers = newKinds(doc)
	for _, k := range []*kind{c.authenticators, c.authorizers, c.mutators, c.errorHandlers} {
		c.globals(k)
	}
	for _, b := range c.mutators.shared {
		c.signs(b)
	}
	for r := next(); r != nil; r = next() {
		c.rule(r)
	}
	c.fallback()
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	c.program.index = pattern.NewIndex(c.patterns)
	c.program.signing = jwks.Join(c.signers)
	for _, name := range doc.Options.IdentityHeaders {
		c.program.identify(name)
	}
	return c.program, nil
}

type compiler struct {
	doc       *rules.Document
	ask       func(e callout.Endpoint, upstream bool)
	program   *Program
	clusters  callout.Clusters
	reserved  []string
	keys      pipeline.KeyTiming
	lack      token.Lack
	sets      map[string][]*token.Key
	templates pipeline.Templates
	// upstreams and methods are those of the rules so far, which share equal ones.
	upstreams map[upstreamText]*Upstream
	methods   map[string][]string
	// exact is scratch space.
	exact    []byte
	signers  []*jwks.Source
	patterns []*pattern.Pattern
	parser   pattern.Compiler
	problems []rules.Problem

	authenticators, authorizers, mutators, errorHandlers *kind
}

// rule compiles one rule.
func (c *compiler) rule(r *rules.Rule) {
	if c.program.Decides() {
		c.program.listing.add(r)
	}
	if r.RPC {
		// It is for Oathkeeper's gRPC middleware and never matches HTTP.
		return
	}
	out := Rule{ID: r.ID, Seldom: true, Forgets: true, methods: c.shareMethods(r.Methods), priority: r.Priority, Upstream: c.upstream(r)}
	for _, ref := range r.Authenticators {
		if b := c.handler(c.authenticators, r, ref); b != nil {
			out.Authenticators = append(out.Authenticators, b.handler.(pipeline.Authenticator))
			c.note(&out, b)
		}
	}
	if b := c.handler(c.authorizers, r, r.Authorizer); b != nil {
		out.Authorizer = b.handler.(pipeline.Authorizer)
		if b.traits.Regexp && c.doc.Strategy == pattern.Glob {
			c.fail(r.ID, r.Authorizer.Path, r.Authorizer.Line, r.Authorizer.Column, "this handler needs access_rules.matching_strategy: regexp; use remote or remote_json")
		}
		c.note(&out, b)
	}
	for _, ref := range r.Mutators {
		if b := c.handler(c.mutators, r, ref); b != nil {
			out.Mutators = append(out.Mutators, b.handler.(pipeline.Mutator))
			c.signs(b)
			c.note(&out, b)
		}
	}
	for _, ref := range r.Errors {
		if b := c.handler(c.errorHandlers, r, ref); b != nil {
			out.Errors = append(out.Errors, b.handler.(pipeline.ErrorHandler))
		}
	}
	p, err := c.parser.Compile(c.doc.Strategy, r.URL)
	if err != nil {
		c.fail(r.ID, r.URLPath, r.URLLine, r.URLColumn, err.Error())
		return
	}
	out.pattern = p
	c.patterns = append(c.patterns, p)
	if len(c.program.rules) == 0 || out.priority > c.program.highest {
		c.program.highest = out.priority
	}
	c.program.rules = append(c.program.rules, out)
}

// signs notes the keys of a mutator that signs: they are published.
func (c *compiler) signs(b *built) {
	if m, ok := b.handler.(interface{ SigningKeys() *jwks.Source }); ok && c.program.Decides() {
		c.signers = append(c.signers, m.SigningKeys())
	}
}

// note adds a handler's traits to the rule's, and its headers to those that
// clients cannot send.
func (c *compiler) note(r *Rule, b *built) {
	t := &b.traits
	r.Waits = r.Waits || t.Waits
	r.Seldom = r.Seldom && !t.Body && (t.Seldom || !t.Waits)
	r.Forgets = r.Forgets && t.Forgets
	r.Body = r.Body || t.Body
	r.readsURL = r.readsURL || t.ReadsURL
	r.readsGroups = r.readsGroups || t.ReadsGroups
	r.tokenHeaders = append(r.tokenHeaders, t.TokenHeaders...)
	if b.noted {
		return
	}
	b.noted = true
	for _, name := range t.SetsHeaders {
		c.program.identify(name)
	}
}

// shareMethods gives one list to all rules with the same methods.
func (c *compiler) shareMethods(methods []string) []string {
	c.exact = c.exact[:0]
	for _, m := range methods {
		c.exact = append(append(c.exact, m...), ' ')
	}
	shared, ok := c.methods[string(c.exact)]
	if !ok {
		shared = methods
		c.methods[string(c.exact)] = methods
	}
	return shared
}

// upstreamText is an upstream as it is written.
type upstreamText struct {
	url, stripPath string
	preserveHost   bool
}

// upstream reads the rule's upstream; nil if it has none or the routes are
// somebody else's.
func (c *compiler) upstream(r *rules.Rule) *Upstream {
	if r.Upstream.URL == "" || !c.program.RulesRoute() {
		return nil
	}
	text := upstreamText{r.Upstream.URL, r.Upstream.StripPath, r.Upstream.PreserveHost}
	if up := c.upstreams[text]; up != nil {
		if c.ask != nil {
			c.ask(up.Endpoint, true)
		}
		return up
	}
	e, err := callout.Parse(r.Upstream.URL)
	if err != nil {
		c.fail(r.ID, r.Upstream.Path, r.Upstream.Line, r.Upstream.Column, err.Error())
		return nil
	}
	up := &Upstream{
		Endpoint:     c.clusters.Resolve(e),
		PreserveHost: r.Upstream.PreserveHost,
		Rewrite:      request.Upstream{BasePath: e.Path, StripPath: r.Upstream.StripPath},
	}
	if c.ask != nil {
		c.ask(up.Endpoint, true)
	}
	if why := up.Rewrite.Check(); why != "" && c.doc.Options.Paths == request.PathsStrict {
		c.fail(r.ID, r.Upstream.Path, r.Upstream.Line, r.Upstream.Column, why)
		return nil
	}
	c.upstreams[text] = up
	return up
}

// fallback finds the error handlers of `errors.fallback`.
func (c *compiler) fallback() {
	for _, ref := range c.doc.Fallback {
		if b := c.handler(c.errorHandlers, &rules.Rule{}, ref); b != nil {
			c.program.Fallback = append(c.program.Fallback, b.handler.(pipeline.ErrorHandler))
		}
	}
}

//go:noinline
func (c *compiler) fail(ruleID, path string, line, column int, message string) {
	c.problem(ruleID, tree.Problem{Path: path, Line: line, Column: column, Message: message})
}
