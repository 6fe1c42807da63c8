package authz

import (
	"strconv"
	"strings"
	"time"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// remoteService is what remote and remote_json have in common: a service that
// allows with 200 and denies with 403.
type remoteService struct {
	// name is the handler's.
	name     string
	endpoint callout.Endpoint
	headers  []headerTemplate
	// forward are the names of response headers that the upstream gets, in lower
	// case.
	forward []string
	retry   pipeline.Retry
	// ttl is how long leave may be kept, 0 for not at all.
	ttl time.Duration
}

type headerTemplate struct {
	name     string
	template *template.Template
}

func newRemoteService(b *pipeline.Build, name string, o tree.Fields) remoteService {
	b.Traits.Waits, b.Traits.Seldom = true, b.CacheTTL > 0
	s := remoteService{name: name, ttl: b.CacheTTL}
	s.endpoint, _ = b.Endpoint(o.Field("remote"))
	s.readHeaders(b, o.Field("headers"))
	o.Field("forward_response_headers_to_upstream").Each(func(_ int, item tree.Cursor) {
		if name := strings.ToLower(item.String()); item.Kind() == tree.String && b.SetsHeader(name, item) {
			s.forward = append(s.forward, name)
		}
	})
	retry := o.Field("retry").Object()
	// Read, and without effect, as in Oathkeeper, which takes it for milliseconds of
	// nanoseconds: the deadline is oathgate.limits.callout_timeout.
	retry.Field("max_delay").Duration(0)
	s.retry = pipeline.Retry{
		Attempts: b.Attempts(5), // ory/x/httpx, NewResilientClient
		MaxWait:  retry.Field("give_up_after").Duration(time.Second),
		Deadline: b.CalloutTimeout,
	}
	retry.Done()
	return s
}

func (s *remoteService) readHeaders(b *pipeline.Build, c tree.Cursor) {
	c.Members(func(name string, value tree.Cursor) {
		text := value.String()
		name = strings.ToLower(name)
		switch {
		case !request.IsToken(name):
			value.Fail("is not a header name")
		case request.IsHop(name):
			value.Fail("this header belongs to the connection and cannot be set; remove it")
		case s.hasHeader(name):
			value.Fail("this header stands here twice, in different case; keep one")
		default:
			if t := b.Template(name, text, value); t != nil {
				s.headers = append(s.headers, headerTemplate{name, t})
			}
		}
	})
}

func (s *remoteService) hasHeader(name string) bool {
	for i := range s.headers {
		if s.headers[i].name == name {
			return true
		}
	}
	return false
}

// request is the callout with the headers that both handlers send, and those that
// the templates give; an empty one is left out.
func (s *remoteService) request(x *pipeline.Exchange, contentType string, body []byte) (callout.Request, error) {
	call := callout.Request{
		Endpoint: s.endpoint,
		Method:   "POST",
		Target:   s.endpoint.Target(),
		Headers:  request.Headers{{Name: "content-type", Value: contentType}},
		Body:     body,
	}
	if v := x.Request.Headers.Get("authorization"); v != "" {
		call.Headers.Add("authorization", v)
	}
	for i := range s.headers {
		h := &s.headers[i]
		value, err := h.template.Execute(&x.Session)
		switch {
		case err != nil:
			return call, pipeline.Internal("error executing headers template of " + h.name + ": " + err.Error())
		case !request.IsValue(value):
			return call, pipeline.Internal("the template of header " + h.name + " gave a line break or control character")
		case value != "":
			call.Headers.Set(h.name, strings.Trim(value, " \t"))
		}
	}
	return call, nil
}

// verdict is what the service said, as the cache keeps it.
type verdict struct {
	err error
	// values are those of the headers to forward.
	values []string
}

// ask authorizes by the answer to call.
func (s *remoteService) ask(x *pipeline.Exchange, call callout.Request) error {
	var v verdict
	if s.ttl > 0 {
		v = s.kept(x, call)
	} else {
		v, _ = s.fetch(x, call)
	}
	if v.err != nil {
		return v.err
	}
	for i, name := range s.forward {
		x.Session.Header.Set(name, v.values[i])
	}
	return nil
}

// kept gives the verdict from the cache, or gets it once for all requests that want
// the same one now. Leave alone is kept.
func (s *remoteService) kept(x *pipeline.Exchange, call callout.Request) verdict {
	d := x.Memory.NewDigest(s.name)
	call.Digest(d)
	d.AddAll(s.forward)
	d.Add(s.ttl.String())
	return x.Cached(d.Key(), func() pipeline.Fetched {
		v, size := s.fetch(x, call)
		return pipeline.Fetched{Value: v, Keep: v.err == nil, Size: size, Expires: x.Now().Add(s.ttl)}
	}).(verdict)
}

// fetch makes the callout; size is what the verdict takes in memory, in bytes.
func (s *remoteService) fetch(x *pipeline.Exchange, call callout.Request) (v verdict, size int) {
	res := x.CallRetrying(call, s.retry)
	switch status := res.Response.Status; {
	case res.Fault != callout.None:
		v.err = pipeline.CalloutFailed(res.Fault, pipeline.Internal("the remote authorizer could not be asked: "+res.Fault.String()))
		return v, 0
	case status == 403:
		v.err = pipeline.Forbidden("")
		return v, 0
	case status != 200:
		e := unexpected(status)
		if s.name == "remote" {
			e.Message = "unexpected status code: " + e.Message
		}
		v.err = pipeline.CalloutFailed(callout.None, e)
		return v, 0
	}
	for _, name := range s.forward {
		value := res.Response.Headers.Get(name)
		if !request.IsValue(value) {
			v.err = pipeline.CalloutFailed(callout.None, pipeline.Internal("the remote authorizer's "+name+" holds a control character"))
			return v, 0
		}
		// A copy: it would keep all of the answer's headers, which share one text.
		v.values = append(v.values, strings.Clone(value))
		size += len(value)
	}
	return v, size
}

func unexpected(status int) *pipeline.Error {
	return pipeline.Internal("expected status code 200 but got " + strconv.Itoa(status))
}
