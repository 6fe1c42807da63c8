package request

import "strings"

// Cookie is one cookie of a request.
type Cookie struct {
	Name, Value string
	// Quoted says that Value stood in double quotes.
	Quoted bool
}

// Cookie gives the first cookie of that name that net/http would parse; false
// if there is none.
func (r *Request) Cookie(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	for rest := r.Headers.Get("cookie"); rest != ""; {
		var c Cookie
		var ok bool
		if c, rest, ok = nextCookie(rest); ok && c.Name == name {
			return c.Value, true
		}
	}
	return "", false
}

// Cookies gives the request's cookies as net/http parses them: quotes around a
// value are removed, a cookie whose name is not a token or whose value holds a
// byte that RFC 6265 does not allow is left out (space and comma are allowed).
func (r *Request) Cookies() []Cookie { return ParseCookies(r.Headers.Get("cookie")) }

// ParseCookies gives the cookies of a Cookie header's value.
func ParseCookies(line string) []Cookie {
	var cookies []Cookie
	for rest := line; rest != ""; {
		var c Cookie
		var ok bool
		if c, rest, ok = nextCookie(rest); ok {
			cookies = append(cookies, c)
		}
	}
	return cookies
}

func nextCookie(line string) (c Cookie, rest string, ok bool) {
	part, rest, _ := strings.Cut(line, ";")
	name, value, _ := strings.Cut(trimOWS(part), "=")
	name = trimOWS(name)
	quoted := false
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value, quoted = value[1:len(value)-1], true
	}
	return Cookie{name, value, quoted}, rest, IsToken(name) && isCookieValue(value)
}

func isCookieValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isCookieByte(s[i]) {
			return false
		}
	}
	return true
}

// isCookieByte says what a cookie's value may hold; the semicolon, which ends it,
// never comes here from a request.
func isCookieByte(c byte) bool {
	return 0x20 <= c && c < 0x7f && c != '"' && c != ';' && c != '\\'
}

// AppendCookie appends a cookie to a Cookie header's value as net/http's AddCookie
// does: bytes that no value may hold are dropped, and a value with a space or a
// comma is put in quotes. The name must be a token.
func AppendCookie(line []byte, c Cookie) []byte {
	if len(line) > 0 {
		line = append(line, "; "...)
	}
	line = append(line, c.Name...)
	line = append(line, '=')
	start := len(line)
	quoted := c.Quoted
	for i := 0; i < len(c.Value); i++ {
		b := c.Value[i]
		if isCookieByte(b) {
			line = append(line, b)
			quoted = quoted || b == ' ' || b == ','
		}
	}
	if quoted {
		line = append(line, 0, 0)
		copy(line[start+1:], line[start:len(line)-2])
		line[start], line[len(line)-1] = '"', '"'
	}
	return line
}

func trimOWS(s string) string { return strings.Trim(s, " \t\r\n") }
