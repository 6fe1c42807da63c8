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
	d := x.Memory.NewDigest("client_credentials")
	a.digest(d)
	tok := x.Cached(d.Key(), func() pipeline.Fetched {
		tok := a.fetch(x)
		until := tok.expires
		if !until.IsZero() {
			until = until.Add(-expiryDelta)
		}
		return pipeline.Fetched{Value: tok, Keep: tok.err == nil, Size: len(tok.authorization), Expires: until}
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
	tok := a.try(x, tokenRequest(a.endpoint, basicClient(a.id, a.secret), fields, a.scopes))
	if tok.err == nil {
		return tok
	}
	fields = append(fields, formField{"client_id", a.id}, formField{"client_secret", a.secret})
	return a.try(x, tokenRequest(a.endpoint, "", fields, a.scopes))
}

// basicClient is the Authorization header of an OAuth 2.0 client (RFC 6749 section
// 2.3.1).
func basicClient(id, secret string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(request.EscapeQuery(id)+":"+request.EscapeQuery(secret)))
}

// tokenRequest asks for a token by the client credentials grant (RFC 6749 section
// 4.4.2); before are the fields that come first, with the credentials if they are not
// in authorization.
func tokenRequest(endpoint callout.Endpoint, authorization string, before []formField, scopes []string) callout.Request {
	fields := append(before[:len(before):len(before)], formField{"grant_type", "client_credentials"})
	if len(scopes) > 0 {
		fields = append(fields, formField{"scope", strings.Join(scopes, " ")})
	}
	call := callout.Request{
		Endpoint: endpoint,
		Method:   "POST",
		Target:   endpoint.Target(),
		Headers:  request.Headers{{Name: "content-type", Value: "application/x-www-form-urlencoded"}},
		Body:     form(fields...),
	}
	if authorization != "" {
		call.Headers.Add("authorization", authorization)
	}
	return call
}

func (a *clientCredentials) try(x *pipeline.Exchange, call callout.Request) accessToken {
	res := x.Call(call)
	if res.Fault != callout.None {
		return accessToken{err: pipeline.CalloutFailed(res.Fault, pipeline.Internal("the token endpoint could not be asked: "+res.Fault.String()))}
	}
	if s := res.Response.Status; s < 200 || s > 299 {
		return accessToken{err: pipeline.CalloutFailed(callout.None, pipeline.Internal("the token endpoint answered with status code "+strconv.Itoa(s)))}
	}
	tok, err := parseAccessToken(&res.Response, x.Now())
	if err != nil {
		return accessToken{err: pipeline.CalloutFailed(callout.None, pipeline.Internal("the token endpoint's answer cannot be read: "+err.Error()))}
	}
	return tok
}

// errTokenRefused is an error response with a status that says otherwise.
var errTokenRefused = errors.New("it is an error response")

// parseAccessToken reads an access token response (RFC 6749 section 5.1) as
// golang.org/x/oauth2 does, but neither as a form nor if a member is not what it
// should be.
func parseAccessToken(response *callout.Response, now time.Time) (tok accessToken, err error) {
	switch kind, _, _ := strings.Cut(response.Headers.Get("content-type"), ";"); strings.ToLower(strings.TrimSpace(kind)) {
	case "application/x-www-form-urlencoded", "text/plain":
		return tok, errors.New("it is not JSON")
	}
	n, err := tree.ParseJSON(response.Body, tree.Limits{})
	if err != nil {
		return tok, err
	}
	if n.Kind != tree.Object {
		return tok, errors.New("it is not a JSON object")
	}
	var failure, value, kind, unused string
	for i, key := range n.Keys {
		v := n.Items[i]
		switch key {
		case "error":
			err = text(v, key, &failure)
		case "access_token":
			err = text(v, key, &value)
		case "token_type":
			err = text(v, key, &kind)
		case "refresh_token", "error_description", "error_uri":
			err = text(v, key, &unused)
		case "expires_in":
			tok.expires, err = expiry(v, now)
		default:
			err = misspelt(key, "error", "access_token", "token_type", "refresh_token", "error_description", "error_uri", "expires_in")
		}
		if err != nil {
			return accessToken{}, err
		}
	}
	switch {
	case failure != "":
		return accessToken{}, errTokenRefused
	case value == "":
		return accessToken{}, errors.New("no access_token")
	}
	tok.authorization = authScheme(kind) + " " + value
	if !request.IsValue(tok.authorization) {
		return accessToken{}, errors.New("access_token or token_type holds control characters")
	}
	return tok, nil
}

// expiry reads expires_in, in seconds; null and 0 say nothing, and a number below 0
// is of a token that is over already. Some servers send the number as a string.
func expiry(v *tree.Node, now time.Time) (time.Time, error) {
	if v.Kind == tree.Null {
		return time.Time{}, nil
	}
	if v.Kind == tree.String {
		if n, err := tree.ParseJSON([]byte(v.Text), tree.Limits{}); err == nil && n.Kind == tree.Number {
			v = n
		}
	}
	seconds, err := strconv.ParseInt(v.Text, 10, 64)
	switch {
	case v.Kind != tree.Number || err != nil:
		return time.Time{}, errors.New("expires_in is not a whole number of seconds")
	case seconds == 0:
		return time.Time{}, nil
	}
	const most = 1<<31 - 1
	return now.Add(time.Duration(min(max(seconds, -most), most)) * time.Second), nil
}

// authScheme spells the common token types as the Authorization header does
// (golang.org/x/oauth2, Token.Type).
func authScheme(kind string) string {
	if kind == "" {
		return "Bearer"
	}
	for _, scheme := range [...]string{"Bearer", "MAC", "Basic"} {
		if strings.EqualFold(kind, scheme) {
			return scheme
		}
	}
	return kind
}
