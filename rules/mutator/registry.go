// Package mutator holds the mutators: what the upstream learns.
package mutator

import "oathgate/rules/pipeline"

// New builds a mutator from b.Config; mistakes are reported there, and the
// result is used only if there are none.
type New func(b *pipeline.Build) pipeline.Mutator

// Registry gives the constructor of each mutator by its Oathkeeper name.
func Registry(name string) New {
	switch name {
	case "cookie":
		return newCookie
	case "header":
		return newHeader
	case "hydrator":
		return newHydrator
	case "id_token":
		return newIDToken
	case "noop":
		return newNoop
	}
	return nil
}

// Names are the names that Registry knows, sorted.
func Names() []string { return []string{"cookie", "header", "hydrator", "id_token", "noop"} }
