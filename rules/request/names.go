package request

import (
	"slices"
	"strings"
)

// IsToken says whether s is a token (RFC 9110 section 5.6.2): what a method, a
// header name and a cookie name are.
func IsToken(s string) bool {
	if s == "" {
		return false
	}
	token, _ := scanName(s)
	return token
}

// The classes of bytes in header names.
const (
	tokenByte byte = 1 << iota
	upperByte
)

var byteClasses = func() (classes [256]byte) {
	for c := range len(classes) {
		if isTokenByte(byte(c)) {
			classes[c] |= tokenByte
		}
		if 'A' <= c && c <= 'Z' {
			classes[c] |= upperByte
		}
	}
	return classes
}()

// scanName says whether s is made of the bytes of a token alone, and whether it
// holds a capital letter.
func scanName(s string) (token, upper bool) {
	all, any := tokenByte, byte(0)
	for i := 0; i < len(s); i++ {
		c := byteClasses[s[i]]
		all &= c
		any |= c
	}
	return all != 0, any&upperByte != 0
}

func isTokenByte(c byte) bool {
	switch c {
	case '!', '#', '$', '%', '&', '\'', '*', '+', '-', '.', '^', '_', '`', '|', '~':
		return true
	}
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// IsValue says whether s can be a header's value: no control character other
// than the tab (RFC 9110 section 5.5). Bytes above 0x7f can.
func IsValue(s string) bool {
	// Eight bytes at a time: 0x80 in each byte that is below 0x20 or is 0x7f.
	// Values that may hold one are looked at byte by byte.
	i := 0
	for ; i+8 <= len(s); i += 8 {
		if suspicious(word(s[i:])) {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// word gives the first eight bytes of s.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

// suspicious reports whether a byte of w is a control character; it may also say
// so when none is.
func suspicious(w uint64) bool {
	below := (w - ones*0x20) &^ w & highs
	del := w ^ ones*0x7f
	return below|(del-ones)&^del&highs != 0
}

// Folded gives the spelling that all spellings of a header name share once
// servers have made variables of them: lower case, `_` as `-`. `X_User` and
// `x-user` are one header to CGI, WSGI and their like.
func Folded(name string) string {
	for i := 0; i < len(name); i++ {
		if c := name[i]; c == '_' || 'A' <= c && c <= 'Z' {
			return foldFrom(name, i)
		}
	}
	return name
}

func foldFrom(name string, i int) string {
	b := []byte(name)
	for ; i < len(b); i++ {
		if b[i] == '_' {
			b[i] = '-'
		}
		b[i] = lower(b[i])
	}
	return string(b)
}

// IsHop says whether a header, its name in any spelling, belongs to the
// connection or frames the message: the hop-by-hop headers of RFC 9110 section
// 7.6.1, host, content-length and whatever starts with a colon.
func IsHop(name string) bool {
	if strings.HasPrefix(name, ":") {
		return true
	}
	switch Folded(name) {
	case "connection", "proxy-connection", "keep-alive", "proxy-authenticate", "proxy-authorization",
		"te", "trailer", "transfer-encoding", "upgrade", "http2-settings", "host", "content-length":
		return true
	}
	return false
}

// Hidden says whether a client's header, its name in lower case, is none that
// handlers and templates may see: what proxies say of the client, and what belongs
// to the connection. Oathkeeper takes them away first (proxy/proxy.go, and Go's
// net/http/httputil/reverseproxy.go).
func Hidden(name string) bool {
	return strings.HasPrefix(name, HiddenPrefix) || slices.Contains(HiddenNames[:], name)
}

// HiddenNames are those that Hidden knows beside what begins with HiddenPrefix.
var HiddenNames = [...]string{"forwarded", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer", "transfer-encoding"}

// HiddenPrefix begins other names that Hidden knows.
const HiddenPrefix = "x-forwarded"

// Settable says whether a rule may set a header, its name in any spelling:
// neither what IsHop names nor x-envoy-*, by which Envoy is steered. The
// header that carries a route is its owner's to refuse.
func Settable(name string) bool {
	return IsToken(name) && !IsHop(name) && !strings.HasPrefix(Folded(name), "x-envoy-")
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

// lowerASCII gives s with ASCII letters in lower case; s itself if it has none
// in upper case.
func lowerASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if c := s[i]; 'A' <= c && c <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				b[i] = lower(b[i])
			}
			return string(b)
		}
	}
	return s
}

func equalFoldASCII(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}
