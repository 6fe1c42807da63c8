package authn

import (
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

// oauth2ClientCredentials tries the request's Basic credentials at a token endpoint
// (pipeline/authn/authenticator_oauth2_client_credentials.go).
type oauth2ClientCredentials struct {
	endpoint callout.Endpoint
	scopes   []string
	cache    bool
	// ttl bounds how long a client is known, 0 leaves it to the token.
	ttl time.Duration
}

func newOAuth2ClientCredentials(b *pipeline.Build) pipeline.Authenticator {
	b.Traits.Waits = true
	o := b.Config.Object()
	a := &oauth2ClientCredentials{scopes: o.Field("required_scope").Strings()}
	a.endpoint, _ = b.Endpoint(o.Field("token_url"))
	// Accepted, and without effect, as in Oathkeeper, which asks with another client
	// than the one that it configures.
	retry := o.Field("retry").Object()
	retry.Field("max_delay").Duration(0)
	retry.Field("give_up_after").Duration(0)
	retry.Done()
	cache := o.Field("cache").Object()
	a.cache = cache.Field("enabled").Bool(false)
	a.ttl = cache.Field("ttl").Duration(0)
	cache.Field("max_tokens").Int(0, 0, 1<<53)
	cache.Done()
	o.Done()
	b.Traits.Seldom = a.cache
	return a
}

func (a *oauth2ClientCredentials) Authenticate(x *pipeline.Exchange) error {
	id, secret, ok := basicAuth(x.Request.Headers.Get("authorization"))
	if !ok {
		return pipeline.ErrNotResponsible
	}
	if id, ok = request.DecodeQuery(id); !ok {
		return pipeline.Unauthorized("the client id cannot be decoded")
	}
	if secret, ok = request.DecodeQuery(secret); !ok {
		return pipeline.Unauthorized("the client secret cannot be decoded")
	}
	call := tokenRequest(a.endpoint, basicClient(id, secret), nil, a.scopes)
	var known knownClient
	if a.cache {
		known = a.kept(x, call)
	} else {
		known = fetchClient(x, call)
	}
	if known.err != nil {
		return known.err
	}
	x.Session.Subject = id
	return nil
}

// basicAuth reads Basic credentials (RFC 7617 section 2).
func basicAuth(authorization string) (id, secret string, ok bool) {
	scheme, encoded, ok := strings.Cut(authorization, " ")
	if !ok || !strings.EqualFold(scheme, "basic") {
		return "", "", false
	}
	decoded, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return "", "", false
	}
	return strings.Cut(string(decoded), ":")
}

// knownClient says that the token endpoint took the credentials, or why not.
type knownClient struct {
	err error
	// expires is when the token does, zero if it does not say.
	expires time.Time
}

// kept gives what is known of the client from the cache, or finds it out once for
// all requests that want the same now. Refusals are not kept.
func (a *oauth2ClientCredentials) kept(x *pipeline.Exchange, call callout.Request) knownClient {
	d := x.Memory.NewDigest("oauth2_client_credentials")
	call.Digest(d)
	d.Add(a.ttl.String())
	return x.Cached(d.Key(), func() pipeline.Fetched {
		known := fetchClient(x, call)
		expires, ok := a.keepUntil(known, x.Now())
		return pipeline.Fetched{Value: known, Keep: ok, Expires: expires}
	}).(knownClient)
}

// keepUntil says whether, and until when, a client is known: as long as its token is
// good, and no longer than ttl. With a ttl a token without an end is not kept, as in
// Oathkeeper.
func (a *oauth2ClientCredentials) keepUntil(known knownClient, now time.Time) (expires time.Time, ok bool) {
	if known.err != nil || a.ttl > 0 && known.expires.IsZero() {
		return time.Time{}, false
	}
	if end := now.Add(a.ttl); a.ttl > 0 && end.Before(known.expires) {
		return end, true
	}
	return known.expires, true
}

// fetchClient makes the callout. Which status of the endpoint is which to the client
// is Oathkeeper's choice.
func fetchClient(x *pipeline.Exchange, call callout.Request) knownClient {
	res := x.Call(call)
	if res.Fault != callout.None {
		return knownClient{err: pipeline.CalloutFailed(res.Fault, unavailable("the token endpoint could not be asked: "+res.Fault.String()))}
	}
	status := res.Response.Status
	if status >= 200 && status <= 299 {
		tok, err := parseAccessToken(&res.Response, x.Now())
		switch {
		case err == errTokenRefused:
			return knownClient{err: pipeline.Unauthorized(err.Error())}
		case err != nil:
			return knownClient{err: pipeline.CalloutFailed(callout.None, unavailable("the token endpoint's answer cannot be read: "+err.Error()))}
		}
		return knownClient{expires: tok.expires}
	}
	said := "the token endpoint answered with status code " + strconv.Itoa(status)
	switch status {
	case 429:
		return knownClient{err: pipeline.TooManyRequests(res.Response.Headers)}
	case 503:
		return knownClient{err: pipeline.CalloutFailed(callout.None, unavailable(said))}
	case 500:
		return knownClient{err: failing(500, "The upstream service encountered an unexpected error", said)}
	case 504:
		return knownClient{err: failing(504, "The upstream service is timing out", said)}
	case 404:
		return knownClient{err: failing(404, "Upstream service not found", said)}
	}
	return knownClient{err: pipeline.Unauthorized(said)}
}

// unavailable is the error of a service that cannot be asked or understood
// (helper/errors.go).
func unavailable(reason string) *pipeline.Error {
	return &pipeline.Error{Status: 503, Message: "The upstream service is not available", Reason: reason}
}

func failing(status int, message, reason string) *pipeline.Error {
	return pipeline.CalloutFailed(callout.None, &pipeline.Error{Status: status, Message: message, Reason: reason})
}
