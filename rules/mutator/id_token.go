package mutator

import (
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/jwks"
	"oathgate/rules/template"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// idToken tells the upstream who sends the request in a token of its own
// (pipeline/mutate/mutator_id_token.go).
type idToken struct {
	issuer string
	ttl    time.Duration
	// claims is nil if the configuration has none.
	claims *template.Template
	// url is where keys come from, as configured.
	url  string
	keys *jwks.Source
}

const idTokenTTL = 15 * time.Minute

func newIDToken(b *pipeline.Build) pipeline.Mutator {
	o := b.Config.Object()
	url := o.Field("jwks_url")
	m := &idToken{
		issuer: o.Field("issuer_url").String(),
		ttl:    o.Field("ttl").Duration(idTokenTTL),
		keys:   jwks.New(b, url),
	}
	if n := url.Node(); n != nil {
		m.url = n.Text
	}
	claims := o.Field("claims")
	if text := claims.StringOr(""); text != "" {
		m.claims = b.Template("claims", text, claims)
	}
	b.SetsHeader("authorization", b.Config)
	o.Done()
	b.Traits.Seldom = true
	for _, keys := range m.keys.Configured() {
		switch k, _, err := token.Signer(keys); {
		case err != nil:
			url.Fail("no token can be signed: " + err.Error())
		case b.Lack.Signing(k.Algorithm):
			url.Fail("this Envoy does not sign " + k.Algorithm + "; use a key for another algorithm, or an Envoy that has the foreign function sign")
		}
	}
	return m
}

// SigningKeys are the key sets that tokens are signed by.
func (m *idToken) SigningKeys() *jwks.Source { return m.keys }

// minted is a token as the cache keeps it.
type minted struct{ authorization string }

func (m *idToken) Mutate(x *pipeline.Exchange) error {
	text, claims, err := m.render(x)
	if err != nil {
		return err
	}
	id := m.key(x, text)
	kept, ok := x.Memory.Cache.Get(id, x.Now())
	if !ok {
		authorization, expires, err := m.mint(x, claims)
		if err != nil {
			return err
		}
		kept = minted{authorization}
		// It is used until a tenth of its time is left, as in Oathkeeper.
		x.Memory.Cache.Put(id, kept, len(authorization), expires.Add(-m.ttl/10))
	}
	x.Session.Header.Set("authorization", kept.(minted).authorization)
	return nil
}

// render gives the configured claims, as text and as what it says.
func (m *idToken) render(x *pipeline.Exchange) (text string, claims map[string]any, err error) {
	if m.claims == nil {
		return "", map[string]any{}, nil
	}
	if text, err = m.claims.Payload(&x.Session); err != nil {
		return "", nil, pipeline.Internal("error executing claims template: " + err.Error())
	}
	n, err := tree.ParseJSON([]byte(text), tree.Limits{})
	if err != nil {
		return "", nil, pipeline.Internal("the claims are not a JSON text: " + err.Error())
	}
	if n.Kind != tree.Object {
		return "", nil, pipeline.Internal("the claims are not a JSON object")
	}
	return text, n.Any().(map[string]any), nil
}

// key covers everything that a token says but its time and its own id, and where
// the key that signs it comes from.
func (m *idToken) key(x *pipeline.Exchange, claims string) memory.Key {
	d := x.Memory.NewDigest("id_token")
	d.Add(m.issuer)
	d.Add(m.ttl.String())
	d.Add(m.url)
	d.Add(claims)
	d.Add(x.Session.Subject)
	return d.Key()
}

// mint makes a token of the claims, and the claims that are never the template's.
func (m *idToken) mint(x *pipeline.Exchange, claims map[string]any) (authorization string, expires time.Time, err error) {
	sets, outage := m.keys.Sets(x)
	if len(sets) == 0 {
		return "", expires, outage.Refuse(pipeline.Internal("None of the provided URLs returned a valid JSON Web Key Set."))
	}
	k, kid, err := token.Signer(sets[0])
	if err != nil {
		return "", expires, pipeline.Internal("no token can be signed: " + err.Error())
	}
	now := x.Now()
	expires = now.Add(m.ttl)
	var id [16]byte
	x.Random(id[:])
	claims["exp"] = expires.Unix()
	claims["jti"] = template.UUID(id)
	claims["iat"] = now.Unix()
	claims["iss"] = m.issuer
	claims["nbf"] = now.Unix()
	claims["sub"] = x.Session.Subject
	text, err := template.JSON(claims)
	if err != nil {
		return "", expires, pipeline.Internal("the claims cannot be written: " + err.Error())
	}
	signed, err := token.Sign(k, kid, []byte(text), x.Host, x.Random)
	if err != nil {
		return "", expires, pipeline.Internal("the token cannot be signed: " + err.Error())
	}
	return "Bearer " + signed, expires, nil
}
