package syntax

// Limits. They bound the recursion of this package and of whoever walks its trees.
const (
	maxActions = 2000 // in a text; comments are none
	maxBlocks  = 64   // in each other
	maxGroups  = 64   // parentheses in each other
	maxElses   = 128  // in a text: each may nest in the one before
)
