package authz

import (
	"strconv"
	"strings"
	"time"
)

// timestamp is t in UTC as encoding/json writes a time (RFC 3339, with as many
// digits of the second as it takes).
func timestamp(t time.Time) string {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	s := pad(year, 4) + "-" + pad(int(month), 2) + "-" + pad(day, 2) + "T" +
		pad(hour, 2) + ":" + pad(minute, 2) + ":" + pad(second, 2)
	if ns := t.Nanosecond(); ns > 0 {
		s += "." + strings.TrimRight(pad(ns, 9), "0")
	}
	return s + "Z"
}

// pad is n with zeros before it up to width digits.
func pad(n, width int) string {
	s := strconv.Itoa(n)
	return strings.Repeat("0", max(0, width-len(s))) + s
}
