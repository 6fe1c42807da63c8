package template

// Limits, each of which refuses.
const (
	// MaxText bounds a template's text, in bytes.
	MaxText = 64 << 10
	// MaxOutput bounds what an execution gives, and every string on the way to
	// it, in bytes.
	MaxOutput = 64 << 10

	maxSteps = 50000   // expressions evaluated, and work in proportion to arguments
	maxMade  = 1 << 20 // bytes of all values that functions made
	maxItems = 10000   // elements of a list or map that a function makes
	maxDepth = 64      // lists and maps in each other
	maxCalls = 32      // {{template}} in {{template}}
)
