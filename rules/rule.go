package rules

import (
	"strconv"
	"strings"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/tree"
)

// rule reads one access rule (Oathkeeper: rule/rule.go, rule/validator.go).
// Like there, null is the same as absent.
func (d *decoder) rule(i int, c tree.Cursor) Rule {
	r := Rule{ID: "rule #" + strconv.Itoa(i+1), Path: c.Path()}
	o := c.Object()
	if !o.Present() {
		return r
	}
	o.AllowX()
	if id := o.Field("id").NullAsAbsent().StringOr(""); id != "" {
		r.ID = id
	} else {
		r.Unnamed = true
	}
	version := o.Field("version").NullAsAbsent()
	r.Version = version.StringOr("")
	if r.Version != "" && !semver(strings.TrimPrefix(r.Version, "v")) {
		version.Fail(`must be a version of Oathkeeper such as "v0.40.0"`)
	}
	r.Description = o.Field("description").NullAsAbsent().StringOr("")
	match := o.Field("match").NullAsAbsent()
	match.Require("an object with url and methods")
	if match.Present() {
		r.match(match)
	}
	r.Authenticators = handlerList(o.Field("authenticators"), "a list with at least one authenticator, such as [{handler: noop}]")
	authorizer := o.Field("authorizer").NullAsAbsent()
	authorizer.Require("an authorizer, such as {handler: allow}")
	if authorizer.Present() {
		r.Authorizer = handlerRef(authorizer)
	}
	r.Mutators = handlerList(o.Field("mutators"), "a list with at least one mutator, such as [{handler: noop}]")
	r.Errors = handlerList(o.Field("errors"), "")
	r.Priority = o.Field("priority").NullAsAbsent().Int(0, -1_000_000, 1_000_000)
	d.upstream(&r, o.Field("upstream").NullAsAbsent())
	o.Done()
	return r
}

func (r *Rule) match(c tree.Cursor) {
	o := c.Object()
	if !o.Present() {
		return
	}
	o.AllowX()
	url, methods := o.Field("url").NullAsAbsent(), o.Field("methods").NullAsAbsent()
	fullMethod := o.Field("full_method").NullAsAbsent()
	r.RPC = fullMethod.Present()
	if r.FullMethod = fullMethod.StringOr(""); r.FullMethod == "" && fullMethod.Kind() == tree.String {
		fullMethod.Fail("is empty; write the full gRPC method, or remove the key")
	}
	r.Authority = o.Field("authority").NullAsAbsent().StringOr("")
	_ = o.Field("allow_http_get").NullAsAbsent().Bool(false)
	o.Done()
	if !r.RPC {
		url = url.Require("the pattern of the URLs that the rule is for, such as https://example.com/<.*>")
		methods = methods.Require("the list of HTTP methods that the rule is for, such as [GET]")
	}
	r.url(url)
	if methods.Kind() == tree.Array && methods.Len() == 0 && !r.RPC {
		methods.Fail("is empty, so the rule matches nothing; list the HTTP methods, such as [GET]")
	}
	if n := methods.Len(); n > 0 {
		r.Methods = make([]string, 0, n)
	}
	methods.Each(func(_ int, c tree.Cursor) {
		m := c.String()
		switch {
		case m == "*":
			c.Fail("there is no wildcard for methods; list them, such as [GET, POST]")
		case m != "" && !isToken(m):
			c.Fail("must be an HTTP method such as GET")
		case m == "" && c.Kind() == tree.String:
			c.Fail("is empty; write an HTTP method such as GET")
		}
		r.Methods = append(r.Methods, m)
	})
}

func (r *Rule) url(c tree.Cursor) {
	r.URL, r.URLPath = c.StringOr(""), c.Path()
	n := c.Node()
	if n == nil {
		return
	}
	r.URLLine, r.URLColumn = n.Line, n.Column
	switch {
	case r.URL == "" && n.Kind == tree.String:
		c.Fail("is empty; write the pattern of the URLs that the rule is for")
	case len(r.URL) > maxPattern:
		c.Fail("the pattern is " + strconv.Itoa(len(r.URL)) + " bytes long; at most " + strconv.Itoa(maxPattern) + " are allowed")
	}
}

func (d *decoder) upstream(r *Rule, c tree.Cursor) {
	o := c.Object()
	o.AllowX()
	url := o.Field("url").NullAsAbsent()
	r.Upstream = Upstream{
		URL:          url.StringOr(""),
		StripPath:    o.Field("strip_path").NullAsAbsent().StringOr(""),
		PreserveHost: o.Field("preserve_host").NullAsAbsent().Bool(false),
		Path:         url.Path(),
	}
	o.Done()
	if r.Upstream.URL == "" {
		return
	}
	n := url.Node()
	r.Upstream.Line, r.Upstream.Column = n.Line, n.Column
	if _, err := callout.Parse(r.Upstream.URL); err != nil {
		url.Fail(err.Error() + "; write a URL such as http://backend.example.com:8080")
	}
	if d.doc.Options.Routing == RoutingEnvoy {
		d.ignore(url, "oathgate.routing is envoy, so Envoy's routes decide where the request goes")
	}
}

// handlerList reads a list of handlers; required says what to write if it
// must not be empty.
func handlerList(c tree.Cursor, required string) []HandlerRef {
	c = c.NullAsAbsent()
	if required != "" {
		c = c.Require(required)
		if c.Kind() == tree.Array && c.Len() == 0 {
			c.Fail("is empty; write " + required)
		}
	}
	if c.Len() == 0 {
		c.Each(func(int, tree.Cursor) {})
		if c.Kind() == tree.Array {
			return []HandlerRef{}
		}
		return nil
	}
	refs := make([]HandlerRef, 0, c.Len())
	c.Each(func(_ int, item tree.Cursor) { refs = append(refs, handlerRef(item)) })
	return refs
}

func handlerRef(c tree.Cursor) HandlerRef {
	ref := HandlerRef{Path: c.Path()}
	o := c.Object()
	if !o.Present() {
		return ref
	}
	ref.Line, ref.Column = c.Node().Line, c.Node().Column
	o.AllowX()
	handler := o.Field("handler").NullAsAbsent()
	ref.Handler = handler.Require("the handler's name").StringOr("")
	if handler.Kind() == tree.String && ref.Handler == "" {
		handler.Fail("is empty; write the handler's name")
	}
	ref.Config = objectNode(o.Field("config"))
	o.Done()
	return ref
}

// objectNode gives the object that stands here, nil if there is none.
func objectNode(c tree.Cursor) *tree.Node {
	c = c.NullAsAbsent()
	if !c.Object().Present() {
		return nil
	}
	return c.Node()
}

// isToken says whether s is a token of RFC 9110 §5.6.2.
func isToken(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c <= ' ' || c >= 0x7f || strings.IndexByte(`"(),/:;<=>?@[\]{}`, c) >= 0 {
			return false
		}
	}
	return s != ""
}
