package mutator

import (
	"encoding/base64"
	"slices"
	"time"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// hydrator lets a service rewrite the session (pipeline/mutate/mutator_hydrator.go).
type hydrator struct {
	endpoint callout.Endpoint
	// authorization is the Authorization header of `auth`, "" if there is none.
	authorization string
	retry         pipeline.Retry
	// ttl is how long an answer may be kept, 0 for not at all.
	ttl    time.Duration
	maySet func(name string) bool
}

func newHydrator(b *pipeline.Build) pipeline.Mutator {
	// The service is told of the URL and what the pattern captured.
	b.Traits.Waits, b.Traits.ReadsURL, b.Traits.ReadsGroups = true, true, true
	m := &hydrator{maySet: b.MaySet}
	o := b.Config.Object()
	api := o.Field("api").Require("an object with url, where the session is sent").Object()
	m.endpoint, _ = b.Endpoint(api.Field("url"))
	m.readAuth(api.Field("auth"))
	m.readRetry(b, api.Field("retry"))
	api.Done()
	cache := o.Field("cache").Object()
	enabled := cache.Field("enabled").Bool(false)
	ttl := cache.Field("ttl").Duration(time.Minute)
	cache.Done()
	o.Done()
	if enabled {
		if m.ttl = ttl; ttl == 0 {
			m.ttl = time.Minute
		}
	}
	b.Traits.Seldom = enabled
	return m
}

func (m *hydrator) readAuth(c tree.Cursor) {
	auth := c.Object()
	basic := auth.Field("basic")
	o := basic.Object()
	var username, password string
	if basic.Present() {
		username, password = o.Field("username").String(), o.Field("password").String()
	}
	o.Done()
	auth.Done()
	if auth.Present() {
		m.authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
	}
}

// readRetry reads the retries: give_up_after is the timeout of one attempt, as in
// Oathkeeper. All of them share the deadline of any callout, or that one if it is
// longer.
func (m *hydrator) readRetry(b *pipeline.Build, c tree.Cursor) {
	o := c.Object()
	m.retry = pipeline.Retry{
		Attempts: b.Attempts(5),
		MaxWait:  o.Field("max_delay").Duration(100 * time.Millisecond),
		Timeout:  o.Field("give_up_after").Duration(min(time.Second, b.CalloutTimeout)),
	}
	o.Done()
	m.retry.Deadline = max(m.retry.Timeout, b.CalloutTimeout)
}

func (m *hydrator) Mutate(x *pipeline.Exchange) error {
	call, err := m.request(x)
	if err != nil {
		return pipeline.Internal("the session cannot be told to the hydrator: " + err.Error())
	}
	var h hydrated
	if m.ttl > 0 {
		h = m.kept(x, call)
	} else {
		h = m.fetch(x, call)
	}
	if h.err != nil {
		return h.err
	}
	x.Session.Extra = h.extra
	x.Session.Header = slices.Clone(h.header)
	x.Session.MatchContext.RegexpCaptureGroups = h.groups
	x.Session.MatchContext.Told = &h.match
	return nil
}

// request tells the service the session, with the client's headers and query.
func (m *hydrator) request(x *pipeline.Exchange) (callout.Request, error) {
	call := callout.Request{Endpoint: m.endpoint, Method: "POST", Target: m.endpoint.Path}
	session, err := template.JSON(x.Session.JSON())
	if err != nil {
		return call, err
	}
	call.Body = []byte(session)
	if query := template.SortedQuery(x.Request.RawQuery); query != "" {
		call.Target += "?" + query
	}
	for _, h := range x.Request.Headers {
		if !request.Hidden(h.Name) && m.maySet(h.Name) {
			call.Headers = append(call.Headers, h)
		}
	}
	if m.authorization != "" {
		call.Headers.Set("authorization", m.authorization)
	}
	call.Headers.Set("content-type", "application/json")
	return call, nil
}

// kept gives the service's answer from the cache, or gets it once for all requests
// that want the same one now. Only what can be used is kept.
func (m *hydrator) kept(x *pipeline.Exchange, call callout.Request) hydrated {
	d := x.Memory.NewDigest("hydrator")
	call.Digest(d)
	d.Add(m.ttl.String())
	return x.Cached(d.Key(), func() pipeline.Fetched {
		h := m.fetch(x, call)
		return pipeline.Fetched{Value: h, Keep: h.err == nil, Size: h.size, Expires: x.Now().Add(m.ttl)}
	}).(hydrated)
}

func (m *hydrator) fetch(x *pipeline.Exchange, call callout.Request) hydrated {
	res := x.CallRetrying(call, m.retry)
	switch status := res.Response.Status; {
	case res.Fault != callout.None:
		return hydrated{err: pipeline.CalloutFailed(res.Fault, pipeline.Internal("the hydrator could not be asked: "+res.Fault.String()))}
	case status == 401 && m.authorization != "":
		return unhydrated("Invalid credentials were provided in mutator configuration")
	case status == 401:
		return unhydrated("No credentials were provided in mutator configuration")
	case status != 200:
		return unhydrated("The call to an external API returned a non-200 HTTP response")
	}
	h, err := parseHydrated(res.Response.Body, m.maySet)
	switch {
	case err != nil:
		return unhydrated("the hydrator's answer cannot be read: " + err.Error())
	case h.subject != x.Session.Subject:
		return unhydrated("The call to an external API returned an invalid JSON object")
	}
	// Decoded, a value takes several times its text.
	h.size = 8 * len(res.Response.Body)
	return h
}

func unhydrated(message string) hydrated {
	return hydrated{err: pipeline.CalloutFailed(callout.None, pipeline.Internal(message))}
}
