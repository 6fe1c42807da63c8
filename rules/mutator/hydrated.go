package mutator

import (
	"errors"
	"strings"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/template"
	"oathgate/rules/tree"
)

// hydrated is the session that a hydrator gives, as the cache keeps it, or why
// there is none.
type hydrated struct {
	subject string
	extra   map[string]any
	header  request.Headers
	groups  []string
	match   pipeline.Match
	err     error
	size    int
}

// parseHydrated reads a session as Oathkeeper encodes it
// (pipeline/authn/authenticator.go, AuthenticationSession). What Oathkeeper's
// decoder refuses is refused, and so are two spellings of one name, and headers that
// no mutator may set.
func parseHydrated(body []byte, maySet func(name string) bool) (h hydrated, err error) {
	n, err := tree.ParseJSON(body, tree.Limits{})
	if err != nil {
		return h, err
	}
	err = members(n, func(key string, v *tree.Node) (err error) {
		switch key {
		case "subject":
			h.subject, err = text(v)
		case "extra":
			h.extra, err = object(v)
		case "header":
			if h.header, err = headerLines(v); err == nil {
				err = settable(h.header, maySet)
			}
		case "match_context":
			err = h.readMatch(v)
		}
		return err
	}, "subject", "extra", "header", "match_context")
	return h, err
}

func (h *hydrated) readMatch(n *tree.Node) error {
	return members(n, func(key string, v *tree.Node) (err error) {
		switch key {
		case "regexp_capture_groups":
			h.groups, err = texts(v)
		case "url":
			if v.Kind != tree.Null {
				h.match.URL = &template.URL{}
				err = readURL(h.match.URL, v)
			}
		case "method":
			h.match.Method, err = text(v)
		case "header":
			h.match.Header, err = headerLines(v)
		}
		return err
	}, "regexp_capture_groups", "url", "method", "header")
}

// readURL reads a net/url.URL as encoding/json writes it.
func readURL(u *template.URL, n *tree.Node) error {
	return members(n, func(key string, v *tree.Node) (err error) {
		switch key {
		case "Scheme":
			u.Scheme, err = text(v)
		case "Opaque":
			u.Opaque, err = text(v)
		case "User":
			_, err = object(v)
		case "Host":
			u.Host, err = text(v)
		case "Path":
			u.Path, err = text(v)
		case "RawPath":
			u.RawPath, err = text(v)
		case "RawQuery":
			u.RawQuery, err = text(v)
		case "Fragment":
			u.Fragment, err = text(v)
		case "RawFragment":
			u.RawFragment, err = text(v)
		case "ForceQuery":
			u.ForceQuery, err = boolean(v)
		case "OmitHost":
			u.OmitHost, err = boolean(v)
		}
		return err
	}, "Scheme", "Opaque", "User", "Host", "Path", "RawPath", "RawQuery", "Fragment", "RawFragment", "ForceQuery", "OmitHost")
}

// members reads an object's members of the known names. Others are ignored, but for
// other spellings of these.
func members(n *tree.Node, read func(key string, v *tree.Node) error, known ...string) error {
	if n.Kind != tree.Object && n.Kind != tree.Null {
		return errors.New("not an object")
	}
	for i, key := range n.Keys {
		for _, name := range known {
			if key != name && strings.EqualFold(key, name) {
				return errors.New("a member is spelt with another case than " + name)
			}
		}
		if err := read(key, n.Items[i]); err != nil {
			return errors.New(key + ": " + err.Error())
		}
	}
	return nil
}

// headerLines reads a net/http.Header: of each name the first value, "" if it has none.
func headerLines(n *tree.Node) (hs request.Headers, err error) {
	if n.Kind != tree.Object && n.Kind != tree.Null {
		return nil, errors.New("not an object")
	}
	for i, name := range n.Keys {
		values, err := texts(n.Items[i])
		if err != nil {
			return nil, err
		}
		if name = strings.ToLower(name); hs.Has(name) {
			return nil, errors.New("a header stands there twice")
		}
		value := ""
		if len(values) > 0 {
			value = values[0]
		}
		hs.Add(name, value)
	}
	return hs, nil
}

// settable says why a header cannot be set, nil if all can.
func settable(hs request.Headers, maySet func(name string) bool) error {
	for _, h := range hs {
		switch {
		case !maySet(h.Name):
			return errors.New("no mutator may set such a header")
		case !request.IsValue(h.Value):
			return errors.New("a value holds a line break or control character")
		}
	}
	return nil
}

func texts(n *tree.Node) ([]string, error) {
	if n.Kind != tree.Array && n.Kind != tree.Null {
		return nil, errors.New("not a list of strings")
	}
	if n.Kind == tree.Null {
		return nil, nil
	}
	list := make([]string, 0, len(n.Items))
	for _, item := range n.Items {
		s, err := text(item)
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

//go:noinline
func text(n *tree.Node) (string, error) {
	if n.Kind != tree.String && n.Kind != tree.Null {
		return "", errors.New("not a string")
	}
	return n.Text, nil
}

func boolean(n *tree.Node) (bool, error) {
	if n.Kind != tree.Bool && n.Kind != tree.Null {
		return false, errors.New("not a boolean")
	}
	return n.Bool, nil
}

func object(n *tree.Node) (map[string]any, error) {
	if n.Kind != tree.Object && n.Kind != tree.Null {
		return nil, errors.New("not an object")
	}
	m, _ := n.Any().(map[string]any)
	return m, nil
}
