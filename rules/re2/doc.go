// Package re2 matches regular expressions of RE2's syntax as Go's regexp does:
// leftmost-first, with submatches, in time linear in the text. Go's own package
// would make the module 460 KB larger.
//
// What is not here, and an error: \p with names other than those of
// rules/re2/unicode.go, and expressions over the limits.
package re2

// Limits, each of which refuses.
const (
	maxPattern = 2048 // bytes
	maxGroups  = 100
	maxDepth   = 100  // parentheses in each other
	maxRepeat  = 1000 // counts, also those of nested repeats multiplied
	maxInsts   = 4000
	maxSlots   = 1 << 16 // instructions times ends of groups
)

type constError string

func (e constError) Error() string { return string(e) }

const (
	errTooLarge = constError("the regular expression is too large")
	// ErrSteps is what a search returns that takes more steps than it may.
	ErrSteps = constError("the regular expression takes too many steps")
)
