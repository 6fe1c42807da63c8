package request

import "strings"

// Cookie is one cookie of a request.
type Cookie struct{ Name, Value string }

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
func (r *Request) Cookies() []Cookie {
	var cookies []Cookie
	for rest := r.Headers.Get("cookie"); rest != ""; {
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
	if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
		value = value[1 : len(value)-1]
	}
	return Cookie{name, value}, rest, IsToken(name) && isCookieValue(value)
}

func isCookieValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func trimOWS(s string) string { return strings.Trim(s, " \t\r\n") }
