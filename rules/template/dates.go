package template

import (
	"strconv"
	"time"
)

// dateFunctions are Sprig's functions for dates (date.go). Local is UTC, and other
// zones are errors: there is no zone database here.
var dateFunctions = [...]function{
	{"now", "", func(s *state, _ []any) (any, error) {
		t, err := s.now()
		return instant{t}, err
	}},
	{"ago", "a", func(s *state, a []any) (any, error) {
		t, err := s.timeOf(a[0])
		if err != nil {
			return nil, err
		}
		now, err := s.now()
		return now.Sub(t).Round(time.Second).String(), err
	}},
	{"date", "sa", func(s *state, a []any) (any, error) { return s.format(a[0].(string), a[1], "") }},
	{"date_in_zone", "sas", dateInZone},
	{"dateInZone", "sas", dateInZone},
	{"htmlDate", "a", func(s *state, a []any) (any, error) { return s.format(time.DateOnly, a[0], "") }},
	{"htmlDateInZone", "as", func(s *state, a []any) (any, error) { return s.format(time.DateOnly, a[0], a[1].(string)) }},
	{"date_modify", "sa", dateModify},
	{"dateModify", "sa", dateModify},
	{"must_date_modify", "sa", mustDateModify},
	{"mustDateModify", "sa", mustDateModify},
	{"unixEpoch", "a", func(_ *state, a []any) (any, error) {
		t, ok := a[0].(instant)
		if !ok {
			return nil, errNoTime
		}
		return strconv.FormatInt(t.t.Unix(), 10), nil
	}},
	{"toDate", "ss", func(_ *state, a []any) (any, error) {
		t, _ := time.ParseInLocation(a[0].(string), a[1].(string), time.UTC)
		return instant{t}, nil
	}},
	{"mustToDate", "ss", func(_ *state, a []any) (any, error) {
		t, err := time.ParseInLocation(a[0].(string), a[1].(string), time.UTC)
		if err != nil {
			return nil, constError("the text is no date of that layout")
		}
		return instant{t}, nil
	}},
	{"duration", "a", func(_ *state, a []any) (any, error) {
		var seconds int64
		switch v := a[0].(type) {
		case string:
			seconds, _ = strconv.ParseInt(v, 10, 64)
		case int64:
			seconds = v
		}
		return (time.Duration(seconds) * time.Second).String(), nil
	}},
	{"durationRound", "a", durationRound},
}

const (
	errNoTime = constError("the value is no time")
	errZone   = constError("the time zone is not to be had here: only UTC, and Local, which is UTC")
)

// instant is a time.Time. It does not embed one, whose methods would all be kept.
type instant struct{ t time.Time }

// Field gives no field.
func (instant) Field(string) (any, bool) { return nil, false }

// String is the time as Go prints it.
func (i instant) String() string { return i.t.String() }

// Call gives methods of time.Time whose results are plain values.
func (i instant) Call(method string, args []any) (any, error) {
	if method == "Format" {
		layout, err := oneString(args)
		return i.t.Format(layout), err
	}
	hour, minute, second := i.t.Clock()
	var v any
	switch method {
	case "Unix":
		v = i.t.Unix()
	case "UnixNano":
		v = i.t.UnixNano()
	case "Year":
		v = i.t.Year()
	case "Day":
		v = i.t.Day()
	case "Hour":
		v = hour
	case "Minute":
		v = minute
	case "Second":
		v = second
	case "IsZero":
		v = i.t.IsZero()
	case "String":
		v = i.String()
	case "UTC", "Local":
		v = instant{i.t.UTC()}
	default:
		return nil, constError("the method " + method + " of a time is not supported; use date or Format")
	}
	return v, noArgs(args)
}

// JSON gives the time as encoding/json writes it.
func (i instant) JSON() any { return i.t.Format(time.RFC3339Nano) }

// timeOf is Sprig's reading of a date: the time now for anything but a time and a
// whole number, which is seconds since 1970.
func (s *state) timeOf(v any) (time.Time, error) {
	switch v := v.(type) {
	case instant:
		return v.t, nil
	case int:
		return time.Unix(int64(v), 0), nil
	case int64:
		return time.Unix(v, 0), nil
	}
	return s.now()
}

func (s *state) format(layout string, v any, zone string) (any, error) {
	if !isZone(zone) {
		return nil, errZone
	}
	t, err := s.timeOf(v)
	if err != nil {
		return nil, err
	}
	if err := s.fits(8 * len(layout)); err != nil {
		return nil, err
	}
	return t.UTC().Format(layout), s.work(len(layout) / 16)
}

func isZone(name string) bool { return name == "" || name == "UTC" || name == "Local" }

func dateInZone(s *state, a []any) (any, error) { return s.format(a[0].(string), a[1], a[2].(string)) }

func dateModify(_ *state, a []any) (any, error) {
	t, ok := a[1].(instant)
	if !ok {
		return nil, errNoTime
	}
	if d, err := time.ParseDuration(a[0].(string)); err == nil {
		t.t = t.t.Add(d)
	}
	return t, nil
}

func mustDateModify(_ *state, a []any) (any, error) {
	t, ok := a[1].(instant)
	if !ok {
		return nil, errNoTime
	}
	d, err := time.ParseDuration(a[0].(string))
	if err != nil {
		return nil, constError("the text is no duration")
	}
	return instant{t.t.Add(d)}, nil
}

// durationRound gives the greatest unit of a duration alone.
func durationRound(s *state, a []any) (any, error) {
	var d time.Duration
	switch v := a[0].(type) {
	case string:
		d, _ = time.ParseDuration(v)
	case int64:
		d = time.Duration(v)
	case instant:
		now, err := s.now()
		if err != nil {
			return nil, err
		}
		d = now.Sub(v.t)
	}
	u := uint64(d)
	if d < 0 {
		u = -u
	}
	const day = 24 * uint64(time.Hour)
	for _, unit := range [...]struct {
		length uint64
		name   string
	}{{365 * day, "y"}, {30 * day, "mo"}, {day, "d"}, {uint64(time.Hour), "h"}, {uint64(time.Minute), "m"}, {uint64(time.Second), "s"}} {
		if u > unit.length {
			return strconv.FormatUint(u/unit.length, 10) + unit.name, nil
		}
	}
	return "0s", nil
}
