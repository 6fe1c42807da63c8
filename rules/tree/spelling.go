package tree

import "strings"

// Nearest gives the known word that name is most likely a misspelling of, ""
// if none is near: letter case and '-' for '_' cost nothing, up to a third of
// the letters may be wrong.
func Nearest(name string, known []string) string {
	if len(name) > 64 {
		return ""
	}
	best, bestCost := "", len(name)/3+1
	for _, word := range known {
		if len(word) > 64 {
			continue
		}
		if cost := distance(fold(name), fold(word)); cost < bestCost && cost < len(word) {
			best, bestCost = word, cost
		}
	}
	return best
}

func fold(s string) string {
	return strings.ReplaceAll(strings.ToLower(s), "-", "_")
}

// distance is Levenshtein's, with a swap of two neighbours as one step.
func distance(a, b string) int {
	var rows [3][65 * 4]int
	prev2, prev, row := rows[0][:], rows[1][:], rows[2][:]
	for j := 0; j <= len(b); j++ {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return prev[len(b)]
}
