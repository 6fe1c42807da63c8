package authn

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"oathgate/rules/tree"
)

// introspection is a token introspection response (RFC 7662 section 2.2) as far
// as Oathkeeper reads it.
type introspection struct {
	active                                                bool
	subject, username, issuer, clientID, scope, use, kind string
	audience                                              []string
	expires                                               int64
	ext                                                   map[string]any
}

// parseIntrospection reads a response body. What Oathkeeper's decoder refuses is
// refused, and so are two spellings of one member, which it would take the last
// of.
func parseIntrospection(body []byte) (*introspection, error) {
	n, err := tree.ParseJSON(body, tree.Limits{})
	if err != nil {
		return nil, err
	}
	if n.Kind != tree.Object {
		return nil, errors.New("not a JSON object")
	}
	var r introspection
	for i, key := range n.Keys {
		if err := r.member(key, n.Items[i]); err != nil {
			return nil, err
		}
	}
	return &r, nil
}

func (r *introspection) member(key string, v *tree.Node) error {
	switch key {
	case "active":
		if v.Kind != tree.Bool && v.Kind != tree.Null {
			return errors.New("active is not a boolean")
		}
		r.active = v.Bool
	case "sub":
		return text(v, key, &r.subject)
	case "username":
		return text(v, key, &r.username)
	case "iss":
		return text(v, key, &r.issuer)
	case "client_id":
		return text(v, key, &r.clientID)
	case "scope":
		return text(v, key, &r.scope)
	case "token_use":
		return text(v, key, &r.use)
	case "token_type":
		return text(v, key, &r.kind)
	case "exp":
		return r.exp(v)
	case "aud":
		return r.aud(v)
	case "ext":
		if v.Kind != tree.Object && v.Kind != tree.Null {
			return errors.New("ext is not an object")
		}
		r.ext, _ = v.Any().(map[string]any)
	default:
		return misspelt(key, "active", "sub", "username", "iss", "client_id", "scope", "token_use", "token_type", "exp", "aud", "ext")
	}
	return nil
}

// misspelt refuses members that Oathkeeper's decoder, which ignores case, would
// take for one of those that it reads.
func misspelt(key string, names ...string) error {
	for _, known := range names {
		if strings.EqualFold(key, known) {
			return errors.New("a member is spelt with another case than " + known)
		}
	}
	return nil
}

//go:noinline
func text(v *tree.Node, key string, to *string) error {
	if v.Kind != tree.String && v.Kind != tree.Null {
		return errors.New(key + " is not a string")
	}
	*to = v.Text
	return nil
}

func (r *introspection) exp(v *tree.Node) (err error) {
	switch v.Kind {
	case tree.Null:
	case tree.Number:
		if r.expires, err = strconv.ParseInt(v.Text, 10, 64); err != nil {
			return errors.New("exp is not a whole number of seconds")
		}
	default:
		return errors.New("exp is not a number")
	}
	return nil
}

// errAudience is in Oathkeeper's words.
//
//lint:ignore ST1005 This is the text that Oathkeeper shows.
var errAudience = errors.New("Unsupported aud type, only string or []string are allowed")

func (r *introspection) aud(v *tree.Node) error {
	switch v.Kind {
	case tree.String:
		r.audience = []string{v.Text}
	case tree.Array:
		for _, item := range v.Items {
			if item.Kind != tree.String {
				return errAudience
			}
			r.audience = append(r.audience, item.Text)
		}
	default:
		return errAudience
	}
	return nil
}

// expired reports whether the token's time is over; 0 and negative times say
// nothing, as in Oathkeeper.
func (r *introspection) expired(now time.Time) bool {
	return r.expires > 0 && time.Unix(r.expires, 0).Before(now)
}

// extra is the session's extra: ext and some members beside it.
func (r *introspection) extra() map[string]any {
	m := make(map[string]any, len(r.ext)+4)
	for k, v := range r.ext {
		m[k] = v
	}
	m["username"] = r.username
	m["client_id"] = r.clientID
	m["scope"] = r.scope
	if len(r.audience) > 0 {
		m["aud"] = r.audience
	}
	return m
}
