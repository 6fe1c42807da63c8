package pattern

import "unicode"

// category returns the table behind \p{name}. The set is closed to keep the module small: the general categories and the scripts a URL is likely to carry.
func category(name string) *unicode.RangeTable {
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
	case "Mc":
		return unicode.Mc
	case "N":
		return unicode.N
	case "Nd":
		return unicode.Nd
	case "Nl":
		return unicode.Nl
	case "No":
		return unicode.No
	case "P":
		return unicode.P
	case "Pc":
		return unicode.Pc
	case "Pd":
		return unicode.Pd
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
	case "Hiragana":
		return unicode.Hiragana
	case "Katakana":
		return unicode.Katakana
	case "Hangul":
		return unicode.Hangul
	case "Arabic":
		return unicode.Arabic
	case "Hebrew":
		return unicode.Hebrew
	case "Thai":
		return unicode.Thai
	case "Devanagari":
		return unicode.Devanagari
	}
	return nil
}

const knownCategories = "L, Lu, Ll, Lt, Lm, Lo, M, Mn, Mc, N, Nd, Nl, No, P, Pc, Pd, S, Z, Zs, Cc, Latin, Greek, Cyrillic, Han, Hiragana, Katakana, Hangul, Arabic, Hebrew, Thai, Devanagari"

// isWord is regexp2's \w, which also decides \b and what may stand in a group's name.
func isWord(r rune) bool {
	if r < 0x80 {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_'
	}
	return unicode.In(r, unicode.L, unicode.Mn, unicode.Nd, unicode.Pc) || r == '\u200d' || r == '\u200c'
}

// hasUpper tells whether lo..hi has a character beyond ASCII that is not its own lower case.
func hasUpper(lo, hi rune) bool {
	if lo < 0x80 {
		lo = 0x80
	}
	for i := range unicode.CaseRanges {
		c := &unicode.CaseRanges[i]
		if rune(c.Lo) <= hi && rune(c.Hi) >= lo && c.Delta[unicode.LowerCase] != 0 {
			return true
		}
	}
	return false
}
