package subject

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"oathgate/bench/workload"
	"oathgate/internal/supervise"
)

// Upstream is the one server behind every subject: upstream and identity server in one Envoy on core 1, which answers
// everything from its configuration.
type Upstream struct {
	*Running
	// strict answers those alone that name a subject in X-User, open everybody.
	strict, open string
	identity     string
}

// The names of its listeners.
const (
	strictListener   = "strict"
	openListener     = "open"
	identityListener = "identity"
)

const upstreamBody = "hello"

// StartUpstream starts the server for these setups.
func StartUpstream(ctx context.Context, envoy supervise.Binary, setups []*workload.Setup) (*Upstream, error) {
	l, err := newLaunch(envoy)
	if err != nil {
		return nil, err
	}
	u, err := l.upstream(ctx, setups)
	if err != nil {
		l.Stop()
		return nil, fmt.Errorf("upstream: %w", err)
	}
	return u, nil
}

func (l *launch) upstream(ctx context.Context, setups []*workload.Setup) (*Upstream, error) {
	// An HTTP/1 connection closes if it is answered before its body was read.
	buffer := extension("envoy.filters.http.buffer", "filters.http.buffer.v3.Buffer", object{"max_request_bytes": 65536})
	config := bootstrap(l.dir, []object{
		listener(strictListener, []object{
			reply(object{"prefix": "/", "headers": list{has("x-user", "exact", workload.Guest)}}, http.StatusOK, upstreamBody),
			reply(object{"prefix": "/", "headers": list{has("x-user", "exact", workload.User)}}, http.StatusOK, upstreamBody),
			reply(object{"prefix": "/"}, http.StatusTeapot, ""),
		}, nil),
		listener(openListener, []object{reply(object{"prefix": "/"}, http.StatusOK, upstreamBody)}, nil),
		listener(identityListener, identity(setups), []object{buffer}),
	}, nil)
	at, err := l.envoy(ctx, config)
	if err != nil {
		return nil, err
	}
	p := l.processes[0]
	u := &Upstream{Running: l.Running, strict: at[strictListener], open: at[openListener], identity: at[identityListener]}
	if u.strict == "" || u.open == "" || u.identity == "" {
		return nil, errors.New("it does not listen everywhere")
	}
	return u, bind(p, upstreamCore)
}

// shortForm is the length of a form that asks about a token too short to be one.
const shortForm = 60

// identity is what the identity server answers. Routes cannot see which token they are asked about, only how long the
// form with it is.
func identity(setups []*workload.Setup) []object {
	form := object{"name": "content-length", "range_match": object{"start": shortForm, "end": 65536}}
	post := has(":method", "exact", http.MethodPost)
	routes := []object{
		reply(object{"path": workload.IntrospectPath, "headers": list{post, form}}, http.StatusOK,
			fmt.Sprintf(`{"active":true,"sub":%q,"iss":%q,"aud":[%q],"client_id":"shop","scope":"read write","exp":4102444800,"iat":1700000000,"token_type":"Bearer","token_use":"access_token"}`,
				workload.User, workload.Issuer, workload.Audience)),
		reply(object{"path": workload.IntrospectPath, "headers": list{post}}, http.StatusOK, `{"active":false}`),
		reply(object{"path": workload.SessionPath, "headers": list{has("cookie", "contains", workload.SessionCookie+"="+workload.SessionPrefix)}}, http.StatusOK,
			fmt.Sprintf(`{"id":"8f144e45-bd1a-9d7a-5c3e-21f0a1b2c3d4","active":true,"expires_at":"2099-12-31T23:59:59Z","authenticated_at":"2026-01-01T00:00:00Z","authenticator_assurance_level":"aal1","identity":{"id":%q,"schema_id":"default","state":"active","traits":{"email":"alice@example.com","name":"Alice"}}}`,
				workload.User)),
		reply(object{"path": workload.SessionPath}, http.StatusUnauthorized, `{"error":{"code":401}}`),
	}
	for _, s := range setups {
		if s.KeySet != "" {
			routes = append(routes, reply(object{"path": keysPath(s)}, http.StatusOK, s.KeySet))
		}
	}
	return append(routes, reply(object{"prefix": "/"}, http.StatusNotFound, ""))
}

func keysPath(s *workload.Setup) string { return workload.KeysPath + "/" + s.Name }

// has matches a header; kind is a field of Envoy's StringMatcher.
func has(name, kind, value string) object {
	return object{"name": name, "string_match": object{kind: value}}
}

// reply is a route that answers, if with anything with JSON, which is what everybody expects of an identity server.
func reply(match object, status int, body string) object {
	return object{
		"match":           match,
		"direct_response": object{"status": status, "body": object{"inline_string": body}},
		"response_headers_to_add": list{object{
			"header": object{"key": "content-type", "value": "application/json"}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
		}},
	}
}

// calls is how many requests the identity server has had.
func (u *Upstream) calls(ctx context.Context) (uint64, error) {
	name := "http." + identityListener + ".downstream_rq_total"
	stats, err := u.processes[0].Admin().Stats(ctx, name)
	if err != nil {
		return 0, err
	}
	n, ok := stats[name]
	if !ok {
		return 0, errors.New("upstream: no statistic " + name)
	}
	return n, nil
}
