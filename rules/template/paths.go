package template

import (
	gopath "path"
)

// pathFunctions are Sprig's functions for paths, also under the names for files:
// Oathkeeper's files are those of Unix.
var pathFunctions = [...]function{
	{"base", "s", pathText(gopath.Base)},
	{"dir", "s", pathText(gopath.Dir)},
	{"clean", "s", pathText(gopath.Clean)},
	{"ext", "s", pathText(gopath.Ext)},
	{"isAbs", "s", isAbs},
	{"osBase", "s", pathText(gopath.Base)},
	{"osDir", "s", pathText(gopath.Dir)},
	{"osClean", "s", pathText(gopath.Clean)},
	{"osExt", "s", pathText(gopath.Ext)},
	{"osIsAbs", "s", isAbs},
}

func pathText(f func(string) string) func(*state, []any) (any, error) {
	return func(_ *state, a []any) (any, error) { return f(a[0].(string)), nil }
}

func isAbs(_ *state, a []any) (any, error) { return gopath.IsAbs(a[0].(string)), nil }
