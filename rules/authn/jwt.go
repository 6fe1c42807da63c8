package authn

import (
	"slices"
	"strings"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/jwks"
	"oathgate/rules/request"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// jwt checks a JSON Web Token against the keys of its issuer
// (pipeline/authn/authenticator_jwt.go, credentials/verifier_default.go).
type jwt struct {
	from       request.TokenFrom
	keys       *jwks.Source
	algorithms []string
	scopes     []string
	audience   []string
	issuers    []string
	strategy   token.ScopeStrategy
	// config is a digest of all of the above.
	config memory.Key
}

// defaultAlgorithm is allowed where `allowed_algorithms` names none.
const defaultAlgorithm = "RS256"

func newJWT(b *pipeline.Build) pipeline.Authenticator {
	o := b.Config.Object()
	a := &jwt{
		from:       newTokenFrom(b, o),
		algorithms: algorithms(b, o.Field("allowed_algorithms")),
		scopes:     o.Field("required_scope").Strings(),
		audience:   o.Field("target_audience").Strings(),
		issuers:    o.Field("trusted_issuers").Strings(),
		strategy:   token.ParseScopeStrategy(o.Field("scope_strategy").Enum("none", token.ScopeStrategies[:]...)),
	}
	var urls []tree.Cursor
	list := o.Field("jwks_urls").Require("a list of URLs of JSON Web Key Sets")
	list.Each(func(_ int, url tree.Cursor) { urls = append(urls, url) })
	a.keys = jwks.New(b, urls...)
	// Read for their mistakes: what counts is Build.Keys.
	pipeline.ReadKeyTiming(o)
	o.Done()
	// What is kept of a token is decoded from it, and a copy.
	b.Traits.Seldom, b.Traits.Forgets = true, true
	d := memory.NewDigest("jwt configuration")
	for _, url := range urls {
		d.Add(url.Node().Text)
	}
	d.Add("")
	d.AddAll(a.algorithms)
	d.AddAll(a.scopes)
	d.AddAll(a.audience)
	d.AddAll(a.issuers)
	d.Add(token.ScopeStrategies[a.strategy])
	a.config = d.Key()
	return a
}

// algorithms reads `allowed_algorithms`. Oathkeeper takes any name, and refuses
// every token that has one of which it knows nothing.
func algorithms(b *pipeline.Build, c tree.Cursor) (names []string) {
	c.Each(func(_ int, item tree.Cursor) {
		if item.Kind() == tree.String && b.Lack.Verifying(item.StringOr("")) {
			item.Fail("this Envoy does not verify signatures of this algorithm: it has no foreign function verify_signature; remove it")
		}
		if item.Kind() == tree.String && !token.KnownAlgorithm(item.StringOr("")) {
			item.Fail("must be one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, HS256, HS384, HS512, EdDSA")
		}
	})
	if names = c.Strings(); len(names) == 0 {
		names = []string{defaultAlgorithm}
	}
	return names
}

// verified is what a token says that has passed every check but that of time.
type verified struct {
	key     *token.Key
	times   validity
	subject string
	claims  map[string]any
}

func (a *jwt) Authenticate(x *pipeline.Exchange) error {
	raw := x.Request.Token(a.from)
	if !threeParts(raw) {
		return pipeline.ErrNotResponsible
	}
	v, err := a.verify(x, raw)
	if err != nil {
		return err
	}
	if err := v.times.check(x.Now()); err != nil {
		return err
	}
	x.Session.Subject = v.subject
	x.Session.Extra = v.claims
	return nil
}

// threeParts says that there are two dots in a token. strings.Count looks at each
// byte by itself, strings.IndexByte does not.
func threeParts(raw string) bool {
	_, rest, ok := strings.Cut(raw, ".")
	if !ok {
		return false
	}
	_, rest, ok = strings.Cut(rest, ".")
	return ok && strings.IndexByte(rest, '.') < 0
}

// verify verifies a token, or finds that it has done so before with a key that is
// still its issuer's.
func (a *jwt) verify(x *pipeline.Exchange, raw string) (*verified, error) {
	d := x.Memory.NewDigest("jwt")
	d.Add(string(a.config[:]))
	d.Add(raw)
	id, again := d.Again()
	if v := kept(x, id, again); v != nil {
		switch key, outage := a.keys.Key(x, v.key.ID); {
		case key == nil:
			return nil, noKey(outage)
		case key.Equal(v.key):
			return v, nil
		}
		x.Memory.Cache.Delete(id)
	}
	j, err := a.parse(raw)
	if err != nil {
		return nil, err
	}
	key, outage := a.keys.Key(x, j.ID)
	if key == nil {
		return nil, noKey(outage)
	}
	if err := j.Verify(key, x.Host); err != nil {
		return nil, pipeline.Unauthorized(err.Error())
	}
	v := &verified{key: key}
	if v.times, err = readValidity(j.Claims); err != nil {
		return nil, pipeline.Unauthorized(err.Error())
	}
	if err := a.accept(v, j.Claims); err != nil {
		return nil, err
	}
	if again && v.times.check(x.Now()) == nil {
		// Decoded, a value takes several times its text.
		x.Memory.Cache.Put(id, v, 8*len(raw), v.times.end())
	}
	return v, nil
}

// kept gives what is known of a token that was there before, nil if that is nothing.
func kept(x *pipeline.Exchange, id memory.Key, again bool) *verified {
	if !again {
		return nil
	}
	v, ok := x.Memory.Cache.Get(id, x.Now())
	if !ok {
		return nil
	}
	return v.(*verified)
}

func noKey(o jwks.Outage) error {
	return o.Refuse(pipeline.Unauthorized("no key for signatures has the token's kid"))
}

// parse reads a token as far as it goes without a key.
func (a *jwt) parse(raw string) (*token.JWT, error) {
	j, err := token.Parse(raw)
	switch {
	case err != nil:
		return nil, pipeline.Unauthorized(err.Error())
	case !slices.Contains(a.algorithms, j.Algorithm):
		return nil, pipeline.Unauthorized("the token's signature algorithm is not allowed")
	case j.ID == "":
		return nil, pipeline.Unauthorized("The JSON Web Token must contain a kid header value but did not.")
	}
	return j, nil
}

// accept makes the checks that are configured, and fills in what the session
// learns.
func (a *jwt) accept(v *verified, claims *tree.Node) error {
	audience := audienceOf(claims.Get("aud"))
	for _, want := range a.audience {
		if !slices.Contains(audience, want) {
			return pipeline.Unauthorized("Token audience is not intended for target audience " + want)
		}
	}
	if len(a.issuers) > 0 && !slices.Contains(a.issuers, textOf(claims.Get("iss"))) {
		return pipeline.Unauthorized("Token issuer does not match any trusted issuer")
	}
	granted, name := scopesOf(claims)
	if a.strategy == token.ScopeNone && len(a.scopes) > 0 {
		return pipeline.Unauthorized(`Scope validation was requested but scope strategy is set to "none".`)
	}
	for _, scope := range a.scopes {
		if !a.strategy.Covers(granted, scope) {
			return pipeline.Unauthorized(`JSON Web Token is missing required scope "` + scope + `".`)
		}
	}
	v.subject = textOf(claims.Get("sub"))
	v.claims = claims.Any().(map[string]any)
	delete(v.claims, name)
	v.claims["scp"] = granted
	return nil
}
