package authn

import (
	"strings"

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
}

// newSessionStore reads the shared keys. credential is the request header that
// is always forwarded, subjectFrom the default of `subject_from`.
func newSessionStore(b *pipeline.Build, o tree.Fields, credential, subjectFrom string) sessionStore {
	b.Traits.Waits = true
	s := sessionStore{
		preservePath:  o.Field("preserve_path").Bool(false),
		preserveQuery: o.Field("preserve_query").Bool(true),
		preserveHost:  o.Field("preserve_host").Bool(false),
		subjectFrom:   o.Field("subject_from").StringOr(""),
		extraFrom:     o.Field("extra_from").StringOr(""),
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

// authenticate makes the callout and fills in the session.
func (s *sessionStore) authenticate(x *pipeline.Exchange) error {
	res := x.Call(s.request(x.Request))
	if res.Fault != callout.None {
		return pipeline.CalloutFailed(res.Fault, pipeline.Forbidden("the session store could not be asked: "+res.Fault.String()))
	}
	switch res.Response.Status {
	case 200:
	case 429:
		return pipeline.TooManyRequests(res.Response.Headers)
	default:
		return pipeline.Unauthorized("")
	}
	return s.session(x, string(res.Response.Body))
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
func (s *sessionStore) session(x *pipeline.Exchange, body string) error {
	if strings.TrimSpace(body) == "" {
		return nil
	}
	if _, err := tree.ParseJSON([]byte(body), tree.Limits{}); err != nil {
		return pipeline.Forbidden("the session store's answer cannot be read: " + err.Error())
	}
	subject, err := at(body, s.subjectFrom)
	if err != nil || subject.Kind != tree.String && subject.Kind != tree.Null {
		return pipeline.Forbidden("The configured subject_from GJSON path returned an error on JSON output: not a string")
	}
	extra, err := at(body, s.extraFrom)
	if err != nil || extra.Kind != tree.Object && extra.Kind != tree.Null {
		return pipeline.Forbidden("The configured extra_from GJSON path returned an error on JSON output: not an object")
	}
	x.Session.Subject = subject.Text
	x.Session.Extra, _ = extra.Any().(map[string]any)
	return nil
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
