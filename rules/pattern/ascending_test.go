package pattern

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
)

func TestAscend(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 200 {
		for _, most := range []int32{1, 5, 1 << 30} {
			s := make([]int32, n)
			for i := range s {
				s[i] = random.Int32N(most)
			}
			for name, order := range map[string]func([]int32){
				"random": func([]int32) {}, "sorted": slices.Sort[[]int32], "reversed": func(s []int32) { slices.Sort(s); slices.Reverse(s) },
			} {
				got := slices.Clone(s)
				order(got)
				want := slices.Sorted(slices.Values(s))
				if ascend(got); !slices.Equal(got, want) {
					t.Fatalf("%d numbers below %d, %s: %v", n, most, name, got)
				}
			}
		}
	}
}

func BenchmarkAscend(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{4, 24, 100, 10_000} {
		numbers := make([]int32, n)
		for i := range numbers {
			numbers[i] = random.Int32()
		}
		work := make([]int32, n)
		for name, sort := range map[string]func([]int32){"ascend": ascend, "slices.Sort": slices.Sort[[]int32]} {
			b.Run(name+"/"+strconv.Itoa(n), func(b *testing.B) {
				for b.Loop() {
					copy(work, numbers)
					sort(work)
				}
			})
		}
	}
}
