//go:build !wasip1

package closed

import "flag"

var (
	seed   = flag.Uint64("closed.seed", 1, "where random orders begin")
	orders = flag.Int("closed.orders", 20000, "how many random orders the model test tries; the acceptance asks for 100000")
	soaks  = flag.Int("closed.soaks", 1, "how often the soak runs, each time in a new worker")
)
