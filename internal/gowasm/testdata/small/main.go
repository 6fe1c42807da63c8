// Package main is a module to measure: a method, a closure, a generic function,
// an export, and types that the compiler compares.
package main

type pair struct {
	name string
	size float64
}

func (p *pair) grow(by float64) { p.size *= by }

//go:noinline
func largest[T any](list []T, more func(a, b T) bool) (best T) {
	for _, v := range list {
		if more(v, best) {
			best = v
		}
	}
	return best
}

var sink any

//go:wasmexport small
func small(n int32) int32 {
	list := []pair{{"a", 1}, {"b", float64(n)}}
	list[0].grow(3)
	sink = largest(list, func(a, b pair) bool { return a.size > b.size })
	if sink == any(pair{"a", 3}) {
		return 1
	}
	return 0
}

func main() {}
