package authn

import (
	"strings"
	"time"

	"github.com/tidwall/gjson"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// sessionStore asks a session store such as Ory Kratos whether the request's
// credentials belong to a session: what cookie_session and bearer_token have in
// common (pipeline/authn/authenticator_cookie_session.go).
type sessionStore struct {
	endpoint                                  callout.Endpoint
	preservePath, preserveQuery, preserveHost bool
	method                                    string
	forward                                   []string
	additional                                request.Headers
	subjectFrom, extraFrom                    string
	// ttl is how long a session may be kept, 0 for not at all.
	ttl time.Duration
}

// newSessionStore reads the shared keys. credential is the request header that
// is always forwarded, subjectFrom the default of `subject_from`.
func newSessionStore(b *pipeline.Build, o tree.Fields, credential, subjectFrom string) sessionStore {
	b.Traits.Waits, b.Traits.Seldom = true, b.CacheTTL > 0
	s := sessionStore{
		preservePath:  o.Field("preserve_path").Bool(false),
		preserveQuery: o.Field("preserve_query").Bool(true),
		preserveHost:  o.Field("preserve_host").Bool(false),
		subjectFrom:   o.Field("subject_from").StringOr(""),
		extraFrom:     o.Field("extra_from").StringOr(""),
		ttl:           b.CacheTTL,
	}
	s.endpoint, _ = b.Endpoint(o.Field("check_session_url"))
	method := o.Field("force_method")
	if s.method = method.StringOr(""); s.method != "" && !request.IsToken(s.method) {
		method.Fail("must be an HTTP method, such as GET")
	}
	if s.subjectFrom == "" {
		s.subjectFrom = subjectFrom
	}
	if s.extraFrom == "" {
		s.extraFrom = "extra"
	}
	for _, name := range append(o.Field("forward_http_headers").Strings(), credential) {
		if name = strings.ToLower(name); !request.IsHop(name) && !request.Hidden(name) {
			s.forward = append(s.forward, name)
		}
	}
	s.additional = calloutHeaders(o.Field("additional_headers"))
	if !s.preservePath || !s.preserveQuery {
		b.Traits.ReadsURL = true
	}
	return s
}

// calloutHeaders reads an object of header names and values that are added to a
// callout.
func calloutHeaders(c tree.Cursor) request.Headers {
	var hs request.Headers
	c.Members(func(name string, value tree.Cursor) {
		v := strings.Trim(value.String(), " \t")
		name = strings.ToLower(name)
		switch {
		case !request.IsToken(name):
			value.Fail("is not a header name")
		case request.IsHop(name):
			value.Fail("this header belongs to the connection and cannot be set; remove it")
		case !request.IsValue(v):
			value.Fail("a header value must not hold line breaks or control characters")
		default:
			hs.Set(name, v)
		}
	})
	return hs
}

// knownSession is what the store says of a session, as the cache keeps it, or why
// there is none.
type knownSession struct {
	subject string
	extra   map[string]any
	err     error
	size    int
}

// authenticate makes the callout and fills in the session.
func (s *sessionStore) authenticate(x *pipeline.Exchange) error {
	call := s.request(x.Request)
	var known knownSession
	if s.ttl > 0 {
		known = s.kept(x, call)
	} else {
		known = s.fetch(x, call)
	}
	if known.err != nil {
		return known.err
	}
	x.Session.Subject, x.Session.Extra = known.subject, known.extra
	return nil
}

// kept gives the session from the cache, or gets it once for all requests that want
// the same one now. Only sessions are kept, no refusals.
func (s *sessionStore) kept(x *pipeline.Exchange, call callout.Request) knownSession {
	d := x.Memory.NewDigest("session_store")
	call.Digest(d)
	d.Add(s.subjectFrom)
	d.Add(s.extraFrom)
	d.Add(s.ttl.String())
	return x.Cached(d.Key(), func() pipeline.Fetched {
		known := s.fetch(x, call)
		return pipeline.Fetched{Value: known, Keep: known.err == nil, Size: known.size, Expires: x.Now().Add(s.ttl)}
	}).(knownSession)
}

func (s *sessionStore) fetch(x *pipeline.Exchange, call callout.Request) knownSession {
	res := x.Call(call)
	if res.Fault != callout.None {
		return knownSession{err: pipeline.CalloutFailed(res.Fault, pipeline.Forbidden("the session store could not be asked: "+res.Fault.String()))}
	}
	switch res.Response.Status {
	case 200:
	case 429:
		return knownSession{err: pipeline.TooManyRequests(res.Response.Headers)}
	default:
		return knownSession{err: pipeline.Unauthorized("")}
	}
	return s.session(string(res.Response.Body))
}

func (s *sessionStore) request(r *request.Request) callout.Request {
	path, query := s.endpoint.Path, s.endpoint.Query
	// The names of preserve_path and preserve_query speak of the URL in the
	// configuration, not of the request's.
	if !s.preservePath {
		path = request.EscapePath(r.Path)
	}
	if !s.preserveQuery {
		query = r.RawQuery
	}
	if query != "" {
		path += "?" + query
	}
	call := callout.Request{Endpoint: s.endpoint, Method: s.method, Target: path}
	if call.Method == "" {
		call.Method = r.Method
	}
	for _, h := range r.Headers {
		for _, name := range s.forward {
			if h.Name == name {
				call.Headers = append(call.Headers, h)
				break
			}
		}
	}
	for _, h := range s.additional {
		call.Headers.Set(h.Name, h.Value)
	}
	if s.preserveHost {
		call.Headers.Set("x-forwarded-host", r.OriginalAuthority)
	}
	return call
}

// session reads subject and extra from the store's answer. A body that is not
// empty must be strict JSON; Oathkeeper takes any (DESIGN §3).
func (s *sessionStore) session(body string) (known knownSession) {
	if strings.TrimSpace(body) == "" {
		return known
	}
	if _, err := tree.ParseJSON([]byte(body), tree.Limits{}); err != nil {
		return knownSession{err: pipeline.Forbidden("the session store's answer cannot be read: " + err.Error())}
	}
	subject, err := at(body, s.subjectFrom)
	if err != nil || subject.Kind != tree.String && subject.Kind != tree.Null {
		return knownSession{err: pipeline.Forbidden("The configured subject_from GJSON path returned an error on JSON output: not a string")}
	}
	extra, err := at(body, s.extraFrom)
	if err != nil || extra.Kind != tree.Object && extra.Kind != tree.Null {
		return knownSession{err: pipeline.Forbidden("The configured extra_from GJSON path returned an error on JSON output: not an object")}
	}
	known.subject = subject.Text
	known.extra, _ = extra.Any().(map[string]any)
	// Decoded, a value takes several times its text.
	known.size = 8 * len(body)
	return known
}

// at gives what a GJSON path finds in a JSON text; what it does not find is
// null.
func at(json, path string) (*tree.Node, error) {
	found := gjson.Get(json, path)
	if found.Raw == "" {
		return &tree.Node{}, nil
	}
	return tree.ParseJSON([]byte(found.Raw), tree.Limits{})
}
