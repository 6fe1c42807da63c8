package template

import "slices"

// use is a path below the root that a template reads. whole says that what is
// below it may be read, too.
type use struct {
	path  []string
	whole bool
}

// Uses says whether the template may read the path below the root, or anything
// below it: a dot that is passed on counts as everything.
func (t *Template) Uses(path ...string) bool {
	for _, u := range t.read {
		n := min(len(u.path), len(path))
		if slices.Equal(u.path[:n], path[:n]) && (len(u.path) >= len(path) || u.whole) {
			return true
		}
	}
	return false
}
