//go:build !wasip1

package closed

import "flag"

var (
	seed   = flag.Uint64("closed.seed", 1, "where random orders begin")
	orders = flag.Int("closed.orders", 20000, "how many random orders the model test tries; the acceptance asks for 100000")
	soaks  = flag.Int("closed.soaks", 1, "how often the soak runs, each time in a new worker")

	swapRules    = flag.Int("closed.rules", 1000, "how many rules the configurations have that are swapped")
	swaps        = flag.Int("closed.swaps", 50, "how many configurations replace each other; the budget is for 1000")
	swapRequests = flag.Int("closed.requests", 20000, "how many requests come in between; the budget is for 1000000")
)
