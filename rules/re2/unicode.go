package re2

import "unicode"

// table is the set behind \p{name}, nil if it is not here: those that
// rules/pattern has in the module already.
func table(name string) *unicode.RangeTable {
	switch name {
	case "L":
		return unicode.L
	case "Lu":
		return unicode.Lu
	case "Ll":
		return unicode.Ll
	case "Lt":
		return unicode.Lt
	case "Lm":
		return unicode.Lm
	case "Lo":
		return unicode.Lo
	case "M":
		return unicode.M
	case "Mn":
		return unicode.Mn
	case "N":
		return unicode.N
	case "Nd":
		return unicode.Nd
	case "P":
		return unicode.P
	case "S":
		return unicode.S
	case "Z":
		return unicode.Z
	case "Zs":
		return unicode.Zs
	case "Cc":
		return unicode.Cc
	case "Latin":
		return unicode.Latin
	case "Greek":
		return unicode.Greek
	case "Cyrillic":
		return unicode.Cyrillic
	case "Han":
		return unicode.Han
	case "Arabic":
		return unicode.Arabic
	case "Hebrew":
		return unicode.Hebrew
	}
	return nil
}
