package errorhandler

import "strings"

// mediaRange is a media type, perhaps with wildcards, without parameters.
type mediaRange struct{ main, sub string }

// octetStream stands for a header that is missing, as in Oathkeeper.
var octetStream = mediaRange{"application", "octet-stream"}

// parseMediaRange reads type/subtype and drops the parameters
// (RFC 9110 section 8.3.1).
func parseMediaRange(s string) (mediaRange, bool) {
	s, _, _ = strings.Cut(s, ";")
	main, sub, ok := strings.Cut(strings.TrimSpace(strings.ToLower(s)), "/")
	if !ok || main == "" || sub == "" || main == "*" && sub != "*" || strings.ContainsAny(main+sub, " \t,/") {
		return mediaRange{}, false
	}
	return mediaRange{main, sub}, true
}

// overlaps reports whether a media type can be in both ranges.
func (m mediaRange) overlaps(o mediaRange) bool {
	return (m.main == "*" || o.main == "*" || m.main == o.main) && (m.sub == "*" || o.sub == "*" || m.sub == o.sub)
}

// contains reports whether a media type without wildcards is in the range.
func (m mediaRange) contains(t mediaRange) bool {
	return (m.main == "*" || m.main == t.main) && (m.sub == "*" || m.sub == t.sub)
}

// contentTypeMatches compares a Content-Type header with the handler's ranges; a
// missing one is application/octet-stream, one that cannot be read matches none.
func contentTypeMatches(value string, want []mediaRange) bool {
	got := octetStream
	if value != "" {
		var ok bool
		if got, ok = parseMediaRange(value); !ok || got.main == "*" || got.sub == "*" {
			return false
		}
	}
	for _, w := range want {
		if w.contains(got) {
			return true
		}
	}
	return false
}

// acceptMatches reports whether the client accepts one of the handler's media
// types (RFC 9110 section 12.5.1): wildcards on either side count, a weight of 0
// excludes. A missing Accept header is application/octet-stream, as in
// Oathkeeper.
func acceptMatches(lines []string, want []mediaRange) bool {
	accepted, excluded := parseAccept(lines)
	if len(lines) == 0 {
		accepted = []mediaRange{octetStream}
	}
	for _, w := range want {
		refused := refusal(excluded, w)
		for _, a := range accepted {
			if a.overlaps(w) && specificity(a) > refused {
				return true
			}
		}
	}
	return false
}

// refusal is the specificity of the most specific range that refuses w, -1 if
// none does. Ranges are gone through once for each w: a client can list
// thousands.
func refusal(excluded []mediaRange, w mediaRange) int {
	most := -1
	for _, x := range excluded {
		if x.contains(w) {
			most = max(most, specificity(x))
		}
	}
	return most
}

func specificity(m mediaRange) int {
	switch {
	case m.main == "*":
		return 0
	case m.sub == "*":
		return 1
	}
	return 2
}

func parseAccept(lines []string) (accepted, excluded []mediaRange) {
	for _, line := range lines {
		for item := range strings.SplitSeq(line, ",") {
			m, ok := parseMediaRange(item)
			switch {
			case !ok:
			case weightIsZero(item):
				excluded = append(excluded, m)
			default:
				accepted = append(accepted, m)
			}
		}
	}
	return accepted, excluded
}

// weightIsZero looks for a q parameter of 0, 0.0, 0.00 or 0.000
// (RFC 9110 section 12.4.2).
func weightIsZero(item string) bool {
	_, params, _ := strings.Cut(item, ";")
	for p := range strings.SplitSeq(params, ";") {
		name, value, ok := strings.Cut(p, "=")
		if ok && strings.EqualFold(strings.TrimSpace(name), "q") {
			value = strings.TrimSpace(value)
			return value != "" && strings.Trim(value, "0.") == "" && strings.HasPrefix(value, "0")
		}
	}
	return false
}
