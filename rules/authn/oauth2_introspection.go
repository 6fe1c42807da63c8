package authn

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// oauth2Introspection asks an OAuth 2.0 authorization server about the request's
// token (RFC 7662; pipeline/authn/authenticator_oauth2_introspection.go).
type oauth2Introspection struct {
	endpoint     callout.Endpoint
	source       tokenSource
	scopes       []string
	audience     []string
	issuers      []string
	strategy     token.ScopeStrategy
	headers      request.Headers
	preserveHost bool
	preAuth      *clientCredentials
	cache        bool
	ttl          time.Duration
}

func newIntrospection(b *pipeline.Build) pipeline.Authenticator {
	b.Traits.Waits = true
	o := b.Config.Object()
	a := &oauth2Introspection{
		source:       newTokenSource(b, o),
		scopes:       o.Field("required_scope").Strings(),
		audience:     o.Field("target_audience").Strings(),
		issuers:      o.Field("trusted_issuers").Strings(),
		strategy:     token.ParseScopeStrategy(o.Field("scope_strategy").Enum("none", token.ScopeStrategies[:]...)),
		preserveHost: o.Field("preserve_host").Bool(false),
		headers:      calloutHeaders(o.Field("introspection_request_headers")),
	}
	a.endpoint, _ = b.Endpoint(o.Field("introspection_url"))
	a.preAuth = newPreAuthorization(b, o.Field("pre_authorization"))
	// Accepted, and without effect, as in Oathkeeper, whose retrying client is
	// replaced before it is used.
	retry := o.Field("retry").Object()
	retry.Field("max_delay").Duration(0)
	retry.Field("give_up_after").Duration(0)
	retry.Done()
	a.readCache(o.Field("cache"))
	o.Done()
	b.Traits.Seldom = a.cache
	return a
}

func (a *oauth2Introspection) readCache(c tree.Cursor) {
	o := c.Object()
	a.cache = o.Field("enabled").Bool(false)
	a.ttl = o.Field("ttl").Duration(0)
	o.Field("max_cost").Int(0, 0, 1<<53)
	o.Done()
	// Without a strategy the server alone compares scopes, so its answer is good
	// for the scopes that were asked about only.
	if a.strategy == token.ScopeNone && len(a.scopes) > 0 {
		a.cache = false
	}
}

func (a *oauth2Introspection) Authenticate(x *pipeline.Exchange) error {
	tok, ok := a.source.token(x.Request)
	if !ok {
		return pipeline.ErrNotResponsible
	}
	call := a.request(x.Request, tok)
	var out outcome
	if a.cache {
		out = a.cached(x, call)
	} else {
		out = a.introspect(x, call)
	}
	if out.err != nil {
		return out.err
	}
	if err := a.verify(x, out.result); err != nil {
		return err
	}
	x.Session.Subject = out.result.subject
	x.Session.Extra = out.result.extra()
	return nil
}

// outcome is what the introspection endpoint said, or why it did not.
type outcome struct {
	result *introspection
	err    error
	size   int
}

// cached looks the callout up, or makes it once for all requests that want the
// same one now. A response is kept only if it passes this handler's own checks.
func (a *oauth2Introspection) cached(x *pipeline.Exchange, call callout.Request) outcome {
	return x.Cached(a.key(x, call), func() pipeline.Fetched {
		out := a.introspect(x, call)
		f := pipeline.Fetched{Value: out, Keep: out.err == nil && a.verify(x, out.result) == nil, Size: out.size}
		if a.ttl > 0 {
			f.Expires = x.Now().Add(a.ttl)
		}
		return f
	}).(outcome)
}

// key covers the whole callout. The checks that follow are made anew at every
// use, and the configuration they come from is in it as well: what one rule
// accepted says nothing to another.
func (a *oauth2Introspection) key(x *pipeline.Exchange, call callout.Request) memory.Key {
	d := x.Memory.NewDigest("oauth2_introspection")
	call.Digest(d)
	d.Add(token.ScopeStrategies[a.strategy])
	d.AddAll(a.scopes)
	d.AddAll(a.audience)
	d.AddAll(a.issuers)
	d.Add(a.source.prefix)
	d.Add(a.source.from.Header)
	d.Add(a.source.from.QueryParameter)
	d.Add(a.source.from.Cookie)
	d.Add(a.ttl.String())
	if a.preAuth != nil {
		a.preAuth.digest(d)
	}
	return d.Key()
}

func (a *oauth2Introspection) request(r *request.Request, tok string) callout.Request {
	call := callout.Request{
		Endpoint: a.endpoint,
		Method:   "POST",
		Target:   a.endpoint.Target(),
		Headers:  slices.Clone(a.headers),
	}
	if a.strategy == token.ScopeNone {
		call.Body = form(formField{"scope", strings.Join(a.scopes, " ")}, formField{"token", tok})
	} else {
		call.Body = form(formField{"token", tok})
	}
	call.Headers.Set("content-type", "application/x-www-form-urlencoded")
	if a.preserveHost {
		call.Headers.Set("x-forwarded-host", r.OriginalAuthority)
	}
	return call
}

func (a *oauth2Introspection) introspect(x *pipeline.Exchange, call callout.Request) outcome {
	if a.preAuth != nil {
		authorization, err := a.preAuth.authorization(x)
		if err != nil {
			return outcome{err: err}
		}
		call.Headers.Set("authorization", authorization)
	}
	res := x.Call(call)
	switch status := res.Response.Status; {
	case res.Fault != callout.None:
		return outcome{err: pipeline.CalloutFailed(res.Fault, pipeline.Internal("the introspection endpoint could not be asked: "+res.Fault.String()))}
	case status == 429:
		return outcome{err: pipeline.TooManyRequests(res.Response.Headers)}
	case status != 200:
		return outcome{err: pipeline.Internal("Introspection returned status code " + strconv.Itoa(status) + " but expected 200")}
	}
	result, err := parseIntrospection(res.Response.Body)
	if err != nil {
		said := err.Error()
		if err != errAudience {
			said = "the introspection response cannot be read: " + said
		}
		return outcome{err: pipeline.CalloutFailed(callout.None, pipeline.Internal(said))}
	}
	// Decoded, a value takes several times its text.
	return outcome{result: result, size: 8 * len(res.Response.Body)}
}

// verify makes the checks in Oathkeeper's order.
func (a *oauth2Introspection) verify(x *pipeline.Exchange, r *introspection) error {
	switch {
	case r.use != "" && r.use != "access_token":
		return pipeline.Forbidden("Use of introspected token is not an access token")
	case !r.active:
		return pipeline.Unauthorized("Access token is not active")
	case r.expired(x.Now()):
		return pipeline.Unauthorized("Access token expired")
	}
	for _, audience := range a.audience {
		if !slices.Contains(r.audience, audience) {
			return pipeline.Forbidden("Token audience is not intended for target audience " + audience)
		}
	}
	if len(a.issuers) > 0 && !slices.Contains(a.issuers, r.issuer) {
		return pipeline.Forbidden("Token issuer does not match any trusted issuer")
	}
	if a.strategy != token.ScopeNone {
		granted := strings.Split(r.scope, " ")
		for _, scope := range a.scopes {
			if !a.strategy.Covers(granted, scope) {
				return pipeline.Forbidden("Scope " + scope + " was not granted")
			}
		}
	}
	return nil
}
