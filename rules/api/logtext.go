package api

import "unicode/utf8"

// maxLogText is the most bytes of a text that a log is given.
const maxLogText = 1 << 10

// LogText gives s as it may stand in a line of a log between quotes: what ends a
// line or a quotation, what terminals obey, and bytes that are no UTF-8 are
// escaped as in Go. Of more than 1 KiB the rest is left out, and "..." says so.
func LogText(s string) []byte {
	b := make([]byte, 0, len(s)+8)
	for i, r := range s {
		if len(b) >= maxLogText {
			return append(b, "..."...)
		}
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == utf8.RuneError && !isReplacement(s[i:]):
			b = appendHex(append(b, `\x`...), uint32(s[i]), 2)
		case r < 0x20 || r == 0x7f:
			b = appendHex(append(b, `\x`...), uint32(r), 2)
		case 0x80 <= r && r < 0xa0 || r == 0x2028 || r == 0x2029 || 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069:
			b = appendHex(append(b, `\u`...), uint32(r), 4)
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return b
}

// isReplacement reports whether s starts with U+FFFD itself, not with a byte that
// is no UTF-8.
func isReplacement(s string) bool {
	_, size := utf8.DecodeRuneInString(s)
	return size > 1
}

func appendHex(b []byte, v uint32, digits int) []byte {
	for digits--; digits >= 0; digits-- {
		b = append(b, "0123456789abcdef"[v>>(4*digits)&15])
	}
	return b
}
