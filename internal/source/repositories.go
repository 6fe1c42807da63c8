package source

import (
	"encoding/base64"
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"oathgate/internal/repository"
	"oathgate/rules/tree"
)

// ruleList is a list of rules from one place.
type ruleList struct {
	rules []*tree.Node
	// path is that of the list in its text, "" if the text is the list.
	path string
}

// rules reads access_rules.rules, which Oathkeeper does not have, and access_rules.repositories
// (Oathkeeper: rule/fetcher_default.go).
func (l *loader) rules(root *tree.Node) {
	var found tree.Problems
	c := tree.NewCursor(root.Get("access_rules"), "access_rules", &found)
	if c.Kind() != tree.Object {
		return
	}
	o := c.Object()
	inline := o.Field("rules").NullAsAbsent()
	inline.Each(func(int, tree.Cursor) {}) // that it is a list
	if inline.Kind() == tree.Array {
		l.lists = append(l.lists, ruleList{rules: inline.Node().Items, path: inline.Path()})
	}
	var seen []string
	o.Field("repositories").NullAsAbsent().Each(func(i int, at tree.Cursor) {
		where := at.StringOr("")
		if at.Kind() != tree.String {
			return
		}
		name, isFile := localFile(where)
		if isFile {
			where = name
		}
		if slices.Contains(seen, where) {
			return
		}
		seen = append(seen, where)
		if isFile {
			l.ruleFile(at, name)
		} else {
			l.remote(at, where, i)
		}
	})
	l.found(root, found.List())
}

// localFile gives the file that a repository names (Oathkeeper: oryx/urlx/parse.go): file:///absolute,
// file://relative to the working directory, or a path alone.
func localFile(repository string) (name string, ok bool) {
	path := repository
	if len(path) >= len("file://") && strings.EqualFold(path[:len("file://")], "file://") {
		path = path[len("file://"):]
	} else if strings.Contains(path, ":") {
		return "", false
	}
	u, err := url.Parse(path)
	if err != nil || u.Path == "" || u.Scheme != "" {
		return "", false
	}
	return filepath.Clean(u.Path), true
}

func (l *loader) ruleFile(at tree.Cursor, name string) {
	data, err := l.file(name, maxRules)
	if err != nil {
		at.Fail("the rule file " + name + " " + err.Error())
		return
	}
	if strings.TrimSpace(string(data)) == "" {
		at.Fail("the rule file " + name + " is empty; write [] if there are to be no rules")
		return
	}
	l.ruleText(name, data)
}

func (l *loader) remote(at tree.Cursor, where string, i int) {
	scheme, rest, ok := strings.Cut(where, "://")
	switch strings.ToLower(scheme) {
	case "inline":
		data, err := base64.StdEncoding.DecodeString(rest)
		switch {
		case err != nil:
			at.Fail("is not standard base64 after inline://; write the output of `base64 -w0 rules.yaml`")
		case strings.TrimSpace(string(data)) == "":
			at.Fail("holds no rules; take it out of the list")
		case len(data) > maxRules:
			at.Fail("holds more than 4 MiB of rules; divide them")
		default:
			l.ruleText("access_rules.repositories["+strconv.Itoa(i)+"] (inline)", data)
		}
	case "http", "https":
		l.fetched(at, where)
	case "s3", "gs", "azblob":
		at.Fail("rules are not fetched from object stores. Copy them with the store's own tool and write file:///path/to/rules.json, where a changed file is read again; or have the store serve them and write an https:// address")
	default:
		m := "must be file:///path/to/rules.yaml, an https:// address, or inline:// with base64"
		if !ok {
			m += "; a path alone has no colon in it"
		}
		at.Fail(m)
	}
}

// fetched reads the rules of an http or https address.
func (l *loader) fetched(at tree.Cursor, address string) {
	if err := repository.Check(address); err != nil {
		at.Fail(err.Error())
		return
	}
	r := Repository{Name: repository.Name(address), Address: address}
	before := len(l.lists)
	switch data, err := l.fetch(address); {
	case errors.Is(err, repository.ErrNone):
		l.config.Pending = true
	case err != nil:
		at.Fail("the repository " + r.Name + " " + err.Error())
	case strings.TrimSpace(string(data)) == "":
		l.fail(r.Name, "is empty; let it have [] if there are to be no rules")
	default:
		r.Content = data
		l.ruleText(r.Name, data)
	}
	if len(l.lists) > before {
		r.Rules = len(l.lists[before].rules)
	}
	l.config.Repositories = append(l.config.Repositories, r)
}

func (l *loader) ruleText(name string, data []byte) {
	n, ok := l.parse(name, data)
	switch {
	case !ok:
	case n.Kind != tree.Array:
		l.fail(name, "must be a list of rules, not "+n.Kind.String()+"; start each rule with a dash")
	default:
		l.lists = append(l.lists, ruleList{rules: n.Items})
	}
}
