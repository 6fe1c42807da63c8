package source

import (
	"slices"
	"strconv"
	"strings"

	"oathgate/rules"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// keyFiles gives the plugin configuration with the content of the files that handlers name as key sets (file:// in
// jwks_urls and jwks_url) in the place of their names: the filter has no files. The files are watched.
func (l *loader) keyFiles(plugin *tree.Node) *tree.Node {
	k := keyFiles{l: l}
	plugin = member(plugin, "", "authenticators", k.handlerOf("jwt", k.jwt))
	plugin = member(plugin, "", "mutators", k.handlerOf("id_token", k.idToken))
	plugin = member(plugin, "", "access_rules", func(access *tree.Node, path string) *tree.Node {
		return member(access, path, "rules", func(list *tree.Node, path string) *tree.Node {
			return each(list, path, func(rule *tree.Node, path string) *tree.Node {
				k.rule = "without an id"
				if id := text(rule.Get("id")); id != "" {
					k.rule = id
				}
				rule = member(rule, path, "authenticators", k.usesOf("jwt", k.jwt))
				return member(rule, path, "mutators", k.usesOf("id_token", k.idToken))
			})
		})
	})
	return plugin
}

// edit gives what is to stand in the place of n, which is n if nothing is to change: trees share nodes.
type edit func(n *tree.Node, path string) *tree.Node

// member edits a member of n, if n is an object that has it.
func member(n *tree.Node, path, key string, e edit) *tree.Node {
	old := n.Get(key)
	if old == nil {
		return n
	}
	if path != "" {
		path += "."
	}
	return replace(n, slices.Index(n.Keys, key), e(old, path+key))
}

// each edits the elements of n, if n is a list.
func each(n *tree.Node, path string, e edit) *tree.Node {
	if n.Kind != tree.Array {
		return n
	}
	for i, item := range n.Items {
		n = replace(n, i, e(item, path+"["+strconv.Itoa(i)+"]"))
	}
	return n
}

func replace(n *tree.Node, i int, item *tree.Node) *tree.Node {
	if n.Items[i] == item {
		return n
	}
	c := *n
	c.Items = slices.Clone(n.Items)
	c.Items[i] = item
	return &c
}

type keyFiles struct {
	l *loader
	// rule is the id of the rule that is edited, "" in the global configuration.
	rule string
}

// handlerOf edits the global configuration of one of a kind of handlers, usesOf that of its uses in a rule.
func (k *keyFiles) handlerOf(name string, e edit) edit {
	return func(kind *tree.Node, path string) *tree.Node {
		return member(kind, path, name, func(handler *tree.Node, path string) *tree.Node {
			return member(handler, path, "config", e)
		})
	}
}

func (k *keyFiles) usesOf(name string, e edit) edit {
	return func(list *tree.Node, path string) *tree.Node {
		return each(list, path, func(use *tree.Node, path string) *tree.Node {
			if text(use.Get("handler")) != name {
				return use
			}
			return member(use, path, "config", e)
		})
	}
}

func (k *keyFiles) jwt(config *tree.Node, path string) *tree.Node {
	return member(config, path, "jwks_urls", func(list *tree.Node, path string) *tree.Node { return each(list, path, k.url) })
}

func (k *keyFiles) idToken(config *tree.Node, path string) *tree.Node {
	return member(config, path, "jwks_url", k.url)
}

// url edits the URL of a key set.
func (k *keyFiles) url(n *tree.Node, path string) *tree.Node {
	const scheme = "file://"
	if url := text(n); len(url) < len(scheme) || !strings.EqualFold(url[:len(scheme)], scheme) {
		return n
	}
	// What is wrong is said once.
	jwks := []byte(`{"keys":[]}`)
	if name, ok := localFile(n.Text); !ok {
		k.fail(n, path, "names no file; write file:///path/to/keys.json")
	} else if data, err := k.l.file(name, token.MaxKeys); err != nil {
		k.fail(n, path, "the key file "+name+" "+err.Error())
	} else {
		jwks = data
	}
	inline := *n
	inline.Text = token.InlineURL(jwks)
	return &inline
}

func (k *keyFiles) fail(n *tree.Node, path, message string) {
	k.l.problems = append(k.l.problems, k.l.locate(nil, rules.Problem{
		Rule: k.rule, Path: path, Line: n.Line, Column: n.Column, Message: message,
	}))
}
