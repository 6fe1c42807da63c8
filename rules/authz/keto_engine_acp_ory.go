package authz

import (
	"errors"
	"path"
	"strings"
	"time"

	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// ketoEngine asks the access control policies of Ory Keto's legacy engine
// (pipeline/authz/keto_engine_acp_ory.go).
type ketoEngine struct {
	endpoint callout.Endpoint
	target   string
	action   *template.Template
	resource *template.Template
	// subject is nil where the session's is meant.
	subject *template.Template
	retry   pipeline.Retry
}

func newKetoEngine(b *pipeline.Build) pipeline.Authorizer {
	b.Traits.Waits, b.Traits.Regexp = true, true
	a := &ketoEngine{retry: pipeline.Retry{Attempts: b.Attempts(6), MaxWait: 100 * time.Millisecond, Deadline: b.CalloutTimeout}}
	o := b.Config.Object()
	var ok bool
	if a.endpoint, ok = b.Endpoint(o.Field("base_url")); ok {
		flavor := o.Field("flavor").StringOr("")
		if flavor == "" {
			flavor = "regex"
		}
		base, _ := request.DecodePath(a.endpoint.Path)
		a.endpoint.Path = request.EscapePath(path.Join(base, "/engines/acp/ory", flavor, "/allowed"))
		a.target = a.endpoint.Target()
	} else {
		o.Field("flavor").StringOr("")
	}
	a.action = required(b, o.Field("required_action"))
	a.resource = required(b, o.Field("required_resource"))
	subject := o.Field("subject")
	if text := subject.StringOr(""); text != "" {
		a.subject = b.Template("subject", text, subject)
	}
	o.Done()
	return a
}

// required reads a required template; an empty one says "unset".
func required(b *pipeline.Build, c tree.Cursor) *template.Template {
	text := c.String()
	if text == "" {
		text = "unset"
	}
	return b.Template("parameter", text, c)
}

func (a *ketoEngine) Authorize(x *pipeline.Exchange) error {
	body, err := a.body(x)
	if err != nil {
		return pipeline.Internal("error executing the keto templates: " + err.Error())
	}
	res := x.CallRetrying(callout.Request{
		Endpoint: a.endpoint,
		Method:   "POST",
		Target:   a.target,
		Headers:  request.Headers{{Name: "content-type", Value: "application/json"}},
		Body:     []byte(body),
	}, a.retry)
	switch status := res.Response.Status; {
	case res.Fault != callout.None:
		return pipeline.CalloutFailed(res.Fault, pipeline.Internal("keto could not be asked: "+res.Fault.String()))
	case status == 403:
		return pipeline.Forbidden("")
	case status != 200:
		return pipeline.CalloutFailed(callout.None, unexpected(status))
	}
	allowed, err := parseAllowed(res.Response.Body)
	switch {
	case err != nil:
		return pipeline.CalloutFailed(callout.None, pipeline.Internal("keto's answer cannot be read: "+err.Error()))
	case !allowed:
		return pipeline.Forbidden("")
	}
	return nil
}

// body is the question, as encoding/json's Encoder writes it.
func (a *ketoEngine) body(x *pipeline.Exchange) (string, error) {
	subject := x.Session.Subject
	if a.subject != nil {
		var err error
		if subject, err = a.subject.Execute(&x.Session); err != nil {
			return "", err
		}
	}
	action, err := a.action.Execute(&x.Session)
	if err != nil {
		return "", err
	}
	resource, err := a.resource.Execute(&x.Session)
	if err != nil {
		return "", err
	}
	body, err := template.JSON(template.Record{
		{Name: "action", Value: action},
		{Name: "context", Value: template.Record{
			{Name: "remoteIpAddress", Value: clientAddress(x.Request)},
			{Name: "requestedAt", Value: timestamp(x.Now())},
		}},
		{Name: "resource", Value: resource},
		{Name: "subject", Value: subject},
	})
	return body + "\n", err
}

// clientAddress is the client's address as tomasen/realip finds it: the first public
// one of X-Forwarded-For, which Oathkeeper's proxy has taken away, else X-Real-Ip,
// and without either the connection's other end.
func clientAddress(r *request.Request) string {
	real := r.Headers.Get("x-real-ip")
	if real == "" && r.ForwardedFor == "" {
		return r.Peer()
	}
	for address := range strings.SplitSeq(r.ForwardedFor, ",") {
		address = strings.TrimSpace(address)
		if ip, ok := request.ParseIP(address); ok && !ip.IsPrivate() && !ip.IsLoopback() && !ip.IsLinkLocalUnicast() {
			return address
		}
	}
	return real
}

// parseAllowed reads keto's answer, an object with the member allowed. Oathkeeper
// compares names without case.
func parseAllowed(body []byte) (bool, error) {
	n, err := tree.ParseJSON(body, tree.Limits{})
	if err != nil {
		return false, err
	}
	if n.Kind != tree.Object {
		return false, errors.New("not a JSON object")
	}
	allowed := false
	for i, key := range n.Keys {
		v := n.Items[i]
		switch {
		case key != "allowed" && strings.EqualFold(key, "allowed"):
			return false, errors.New("a member is spelt with another case than allowed")
		case key != "allowed":
		case v.Kind != tree.Bool && v.Kind != tree.Null:
			return false, errors.New("allowed is not a boolean")
		default:
			allowed = v.Bool
		}
	}
	return allowed, nil
}
