package source

import (
	"strings"

	"oathgate/rules/authn"
	"oathgate/rules/authz"
	"oathgate/rules/errorhandler"
	"oathgate/rules/mutator"
	"oathgate/rules/tree"
)

// missing notes the handlers that are enabled and that this version does not have: nobody checks their configuration.
func (l *loader) missing(plugin *tree.Node) {
	var found tree.Problems
	for _, path := range handlers {
		at, keys := tree.NewCursor(plugin, "", &found), strings.Split(path, ".")
		for _, key := range keys {
			at = at.NullAsAbsent().Object().Field(key)
		}
		enabled := at.NullAsAbsent().Object().Field("enabled").Node()
		if enabled != nil && enabled.Bool && !exists(keys[0], keys[len(keys)-1]) {
			l.note(at, "this version has no handler of this name yet; its configuration is not checked, and a rule that uses it is refused")
		}
	}
}

func exists(kind, name string) bool {
	switch kind {
	case "authenticators":
		return authn.Registry(name) != nil
	case "authorizers":
		return authz.Registry(name) != nil
	case "mutators":
		return mutator.Registry(name) != nil
	}
	return errorhandler.Registry(name) != nil
}
