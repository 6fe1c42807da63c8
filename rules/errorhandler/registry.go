// Package errorhandler holds the error handlers: what a refusal looks like.
package errorhandler

import "oathgate/rules/pipeline"

// New builds an error handler from b.Config; mistakes are reported there, and
// the result is used only if there are none.
type New func(b *pipeline.Build) pipeline.ErrorHandler

// Registry gives the constructor of each error handler by its Oathkeeper name.
func Registry(name string) New {
	switch name {
	case "json":
		return newJSON
	case "redirect":
		return newRedirect
	case "www_authenticate":
		return newWWWAuthenticate
	}
	return nil
}

// Names are the names that Registry knows, sorted.
func Names() []string { return []string{"json", "redirect", "www_authenticate"} }
