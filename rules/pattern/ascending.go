package pattern

// byInsertion is how many numbers are sorted by insertion.
const byInsertion = 24

// ascend sorts numbers. It is slices.Sort in a twentieth of its code, at most twice as
// slow where there are many: by insertion where there are few, else by a heap.
func ascend(s []int32) {
	if len(s) <= byInsertion {
		for i := 1; i < len(s); i++ {
			v, j := s[i], i
			for ; j > 0 && s[j-1] > v; j-- {
				s[j] = s[j-1]
			}
			s[j] = v
		}
		return
	}
	for i := len(s)/2 - 1; i >= 0; i-- {
		sink(s, i)
	}
	for n := len(s) - 1; n > 0; n-- {
		s[0], s[n] = s[n], s[0]
		sink(s[:n], 0)
	}
}

// sink lets s[i] sink in a heap whose first number is the largest.
func sink(s []int32, i int) {
	v := s[i]
	for {
		child := 2*i + 1
		if child+1 < len(s) && s[child] < s[child+1] {
			child++
		}
		if child >= len(s) || s[child] <= v {
			s[i] = v
			return
		}
		s[i] = s[child]
		i = child
	}
}
