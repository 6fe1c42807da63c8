package request

// Header is one header line.
type Header struct {
	// Name is in lower case.
	Name string
	// Value is as sent.
	Value string
}

// Headers are header lines in the order they came. Requests have few of them:
// every lookup is a linear scan. Names given to the methods are in lower case.
type Headers []Header

// Get gives the first value of the header; "" if there is none.
func (h Headers) Get(name string) string {
	for i := range h {
		if h[i].Name == name {
			return h[i].Value
		}
	}
	return ""
}

// Has says whether there is such a header.
func (h Headers) Has(name string) bool {
	for i := range h {
		if h[i].Name == name {
			return true
		}
	}
	return false
}

// Values gives the values of all lines of the header, nil if there is none.
func (h Headers) Values(name string) []string {
	var values []string
	for i := range h {
		if h[i].Name == name {
			values = append(values, h[i].Value)
		}
	}
	return values
}

// Single gives the header's first value; ok says that there is a line, dup that
// there is more than one.
func (h Headers) Single(name string) (value string, ok, dup bool) {
	for i := range h {
		if h[i].Name != name {
			continue
		}
		if ok {
			return value, true, true
		}
		value, ok = h[i].Value, true
	}
	return value, ok, false
}

// Set makes value the only value of the header: in the place of its first line,
// or as a new line at the end.
//
//go:noinline
func (h *Headers) Set(name, value string) {
	kept := (*h)[:0]
	found := false
	for _, line := range *h {
		if line.Name == name {
			if found {
				continue
			}
			found, line.Value = true, value
		}
		kept = append(kept, line)
	}
	if !found {
		kept = append(kept, Header{Name: name, Value: value})
	}
	*h = kept
}

// Add appends a line.
func (h *Headers) Add(name, value string) {
	*h = append(*h, Header{Name: name, Value: value})
}

// Del removes every line of the header.
func (h *Headers) Del(name string) {
	kept := (*h)[:0]
	for _, line := range *h {
		if line.Name != name {
			kept = append(kept, line)
		}
	}
	*h = kept
}

// getFold is Get for a name in any case, of headers that are not Hidden.
func (h Headers) getFold(name string) string {
	for i := range h {
		if equalFoldASCII(h[i].Name, name) && !Hidden(h[i].Name) {
			return h[i].Value
		}
	}
	return ""
}

// countFold gives the number of lines of the header, its name in any case.
func (h Headers) countFold(name string) int {
	n := 0
	for i := range h {
		if equalFoldASCII(h[i].Name, name) {
			n++
		}
	}
	return n
}
