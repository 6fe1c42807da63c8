package corpus

import (
	"strconv"
	"strings"
)

// said says whether one of the lines, as rules.Problem prints them, is the wanted problem.
func said(lines []string, want Problem) bool {
	place := want.Path + ": "
	if want.Rule != "" {
		place = "rule " + strconv.Quote(want.Rule) + ": " + place
	}
	for _, line := range lines {
		// What stands before the place is the document's name.
		before, after, ok := strings.Cut(line, place)
		if ok && strings.HasSuffix(before, ": ") && strings.Contains(after, want.Says) && (want.Rule != "" || !strings.Contains(before, `rule "`)) {
			return true
		}
	}
	return false
}
