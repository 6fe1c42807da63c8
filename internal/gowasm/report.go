package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// biggest is how many packages have a line of their own.
const biggest = 15

// report is how large a module is, and why. All sizes are bytes of the file.
type report struct {
	code, data, rest int
	packages         []part // of code, the largest first
	kinds            []part // of data
}

// part is a line of a report.
type part struct {
	name string
	size int
}

// measure takes a module apart that Go has linked.
func measure(file []byte) (*report, error) {
	m, err := parse(file)
	if err != nil {
		return nil, err
	}
	t, err := findTables(m.memory)
	if err != nil {
		return nil, err
	}
	names, err := t.functions()
	if err != nil {
		return nil, err
	}
	sizes := map[string]int{}
	for i, size := range m.bodies {
		sizes[packageOf(names[i])] += size
	}
	r := &report{code: m.code, data: m.data, rest: m.size - m.code - m.data}
	for name, size := range sizes {
		r.packages = append(r.packages, part{name, size})
	}
	slices.SortFunc(r.packages, func(a, b part) int {
		return cmp.Or(cmp.Compare(b.size, a.size), strings.Compare(a.name, b.name))
	})
	r.kinds = kindsOf(m.segments, t.kinds())
	return r, nil
}

// kindsOf adds up segments by the kinds of memory that they fill. A header counts to
// the kind in which its segment begins.
func kindsOf(segments []segment, kinds []kind) (list []part) {
	for _, k := range kinds {
		list = append(list, part{name: k.name})
	}
	for _, s := range segments {
		header := s.header
		for i := range kinds {
			end := math.MaxInt
			if i+1 < len(kinds) {
				end = kinds[i+1].at
			}
			if n := min(s.at+s.size, end) - max(s.at, kinds[i].at); n > 0 {
				list[i].size += header + n
				header = 0
			}
		}
	}
	return list
}

// String is the report as text, indented, with as many packages as biggest says.
func (r *report) String() string {
	var b strings.Builder
	line := func(indent int, size int, name string) {
		fmt.Fprintf(&b, "%*s%9d  %s\n", indent, "", size, name)
	}
	line(2, r.code, "code")
	others := part{}
	for i, p := range r.packages {
		if i < biggest {
			line(4, p.size, p.name)
			continue
		}
		others.size += p.size
	}
	if n := len(r.packages) - biggest; n > 0 {
		line(4, others.size, fmt.Sprintf("%d other packages", n))
	}
	line(2, r.data, "data")
	for _, k := range r.kinds {
		line(4, k.size, k.name)
	}
	line(2, r.rest, "imports, exports and the like")
	return b.String()
}
