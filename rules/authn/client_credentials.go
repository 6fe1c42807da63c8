package authn

import (
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// expiryDelta is how long before its end a token is fetched anew
// (golang.org/x/oauth2, defaultExpiryDelta).
const expiryDelta = 10 * time.Second

// clientCredentials gets access tokens for Oathgate's own callouts by the OAuth
// 2.0 client credentials grant (RFC 6749 section 4.4).
type clientCredentials struct {
	endpoint   callout.Endpoint
	id, secret string
	audience   string
	scopes     []string
}

// newPreAuthorization reads `pre_authorization`; nil if it is not enabled.
func newPreAuthorization(b *pipeline.Build, c tree.Cursor) *clientCredentials {
	o := c.Object()
	enabled := o.Field("enabled").Bool(false)
	url, id, secret := o.Field("token_url"), o.Field("client_id"), o.Field("client_secret")
	a := &clientCredentials{
		audience: o.Field("audience").StringOr(""),
		scopes:   o.Field("scope").Strings(),
	}
	o.Done()
	if !enabled {
		url.StringOr("")
		id.StringOr("")
		secret.StringOr("")
		return nil
	}
	a.id, a.secret = id.String(), secret.String()
	a.endpoint, _ = b.Endpoint(url)
	return a
}

// accessToken is a token as the cache keeps it; it is also what a flight brings.
type accessToken struct {
	// authorization is the value of the Authorization header, "" if there is none.
	authorization string
	expires       time.Time
	err           error
}

// authorization gives the value of an Authorization header, from the cache or
// from the token endpoint.
func (a *clientCredentials) authorization(x *pipeline.Exchange) (string, error) {
	d := memory.NewDigest("client_credentials")
	a.digest(d)
	key := d.Key()
	if v, ok := x.Memory.Cache.Get(key, x.Now()); ok {
		return v.(accessToken).authorization, nil
	}
	tok := x.Share(key, func() any {
		tok := a.fetch(x)
		if tok.err == nil {
			x.Memory.Cache.Put(key, tok, len(tok.authorization), tok.expires)
		}
		return tok
	}).(accessToken)
	return tok.authorization, tok.err
}

func (a *clientCredentials) digest(d *memory.Digest) {
	d.Add(a.endpoint.Origin())
	d.Add(a.endpoint.Cluster)
	d.Add(a.endpoint.Target())
	d.Add(a.id)
	d.Add(a.secret)
	d.Add(a.audience)
	d.AddAll(a.scopes)
}

// fetch tries the credentials in the Authorization header first, then in the
// body, as golang.org/x/oauth2 does when nothing is known of the server.
func (a *clientCredentials) fetch(x *pipeline.Exchange) accessToken {
	var fields []formField
	if a.audience != "" {
		fields = append(fields, formField{"audience", a.audience})
	}
	grant := formField{"grant_type", "client_credentials"}
	scope := formField{"scope", strings.Join(a.scopes, " ")}

	basic := append(fields, grant)
	if len(a.scopes) > 0 {
		basic = append(basic, scope)
	}
	call := callout.Request{
		Endpoint: a.endpoint,
		Method:   "POST",
		Target:   a.endpoint.Target(),
		Headers:  request.Headers{{Name: "content-type", Value: "application/x-www-form-urlencoded"}},
		Body:     form(basic...),
	}
	inHeader := call
	inHeader.Headers = append(inHeader.Headers[:1:1], request.Header{
		Name:  "authorization",
		Value: "Basic " + base64.StdEncoding.EncodeToString([]byte(formEscape(a.id)+":"+formEscape(a.secret))),
	})
	tok := a.try(x, inHeader)
	if tok.err == nil {
		return tok
	}
	inBody := append(fields[:len(fields):len(fields)], formField{"client_id", a.id}, formField{"client_secret", a.secret}, grant)
	if len(a.scopes) > 0 {
		inBody = append(inBody, scope)
	}
	call.Body = form(inBody...)
	return a.try(x, call)
}

func (a *clientCredentials) try(x *pipeline.Exchange, call callout.Request) accessToken {
	res := x.Call(call)
	if res.Fault != callout.None {
		return accessToken{err: pipeline.CalloutFailed(res.Fault, pipeline.Internal("the token endpoint could not be asked: "+res.Fault.String()))}
	}
	if s := res.Response.Status; s < 200 || s > 299 {
		return accessToken{err: pipeline.CalloutFailed(callout.None, pipeline.Internal("the token endpoint answered with status code "+strconv.Itoa(s)))}
	}
	tok, err := parseAccessToken(res.Response.Body, x.Now())
	if err != nil {
		return accessToken{err: pipeline.CalloutFailed(callout.None, pipeline.Internal("the token endpoint's answer cannot be read: "+err.Error()))}
	}
	return tok
}

// parseAccessToken reads an access token response (RFC 6749 section 5.1).
func parseAccessToken(body []byte, now time.Time) (accessToken, error) {
	n, err := tree.ParseJSON(body, tree.Limits{})
	if err != nil {
		return accessToken{}, err
	}
	if failure := n.Get("error"); failure != nil && failure.Kind != tree.Null && failure.Text != "" {
		return accessToken{}, errors.New("it is an error response")
	}
	value, kind := n.Get("access_token"), n.Get("token_type")
	if value == nil || value.Kind != tree.String || value.Text == "" {
		return accessToken{}, errors.New("no access_token")
	}
	scheme := "Bearer"
	if kind != nil && kind.Kind != tree.Null {
		if kind.Kind != tree.String {
			return accessToken{}, errors.New("token_type is not a string")
		}
		if kind.Text != "" {
			scheme = authScheme(kind.Text)
		}
	}
	tok := accessToken{authorization: scheme + " " + value.Text}
	if !request.IsValue(tok.authorization) {
		return accessToken{}, errors.New("access_token or token_type holds control characters")
	}
	seconds, err := lifetime(n.Get("expires_in"))
	if err != nil {
		return accessToken{}, err
	}
	if seconds != 0 {
		tok.expires = now.Add(time.Duration(seconds)*time.Second - expiryDelta)
	}
	return tok, nil
}

// lifetime reads expires_in in seconds; 0 says nothing, and a number below 0 is of
// a token that is over already (golang.org/x/oauth2). Some servers send the number
// as a string.
func lifetime(n *tree.Node) (int64, error) {
	if n == nil || n.Kind == tree.Null {
		return 0, nil
	}
	seconds, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil {
		return 0, errors.New("expires_in is not a whole number of seconds")
	}
	const most = 1<<31 - 1
	return min(max(seconds, -most), most), nil
}

// authScheme spells the common token types as the Authorization header does
// (golang.org/x/oauth2, Token.Type).
func authScheme(kind string) string {
	for _, scheme := range [...]string{"Bearer", "MAC", "Basic"} {
		if strings.EqualFold(kind, scheme) {
			return scheme
		}
	}
	return kind
}
