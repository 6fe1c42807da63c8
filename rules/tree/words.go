package tree

// words keeps one copy of a text that repeats: in 10,000 rules the same thirty names stand 10,000 times. Its length is
// a power of two; without one every text is a copy of its own.
type words []string

// maxWord is the length from which on a text is not likely to repeat.
const maxWord = 64

func (w words) intern(raw []byte) string {
	if len(w) == 0 || len(raw) == 0 || len(raw) > maxWord {
		return string(raw)
	}
	h := uint32(len(raw))
	for _, c := range raw {
		h = (h ^ uint32(c)) * 16777619
	}
	slot := &w[int(h>>8)&(len(w)-1)]
	if *slot != string(raw) {
		*slot = string(raw)
	}
	return *slot
}
