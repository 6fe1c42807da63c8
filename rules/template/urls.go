package template

import (
	"strings"

	"oathgate/rules/ip"
)

// urlFunctions are Sprig's functions for URLs (url.go, net/url).
var urlFunctions = [...]function{
	{"urlParse", "s", func(_ *state, a []any) (any, error) {
		u, user, ok := parseURL(a[0].(string))
		if !ok {
			return nil, errURL
		}
		host, _ := u.hostPort()
		return map[string]any{
			"scheme": u.Scheme, "host": u.Host, "hostname": host, "path": u.Path, "query": u.RawQuery,
			"opaque": u.Opaque, "fragment": u.Fragment, "userinfo": user,
		}, nil
	}},
	{"urlJoin", "m", urlJoin},
}

const errURL = constError("the text is no URL")

func urlJoin(s *state, a []any) (any, error) {
	u := &URL{}
	user := ""
	for _, part := range [...]struct {
		name string
		to   *string
	}{
		{"scheme", &u.Scheme},
		{"host", &u.Host},
		{"path", &u.Path},
		{"query", &u.RawQuery},
		{"opaque", &u.Opaque},
		{"fragment", &u.Fragment},
		{"userinfo", &user},
	} {
		if v, has := a[0].(map[string]any)[part.name]; has {
			var ok bool
			if *part.to, ok = v.(string); !ok {
				return nil, constError("the key " + part.name + " of a URL must be a string")
			}
		}
	}
	if user == "" {
		return u.String(), s.work(1)
	}
	_, user, ok := parseURL("proto://" + user + "@host")
	if !ok {
		return nil, errURL
	}
	return u.withUser(user), s.work(1)
}

// parseURL is url.Parse; user is the user information, encoded anew. What it
// refuses beside are addresses in brackets with zones.
func parseURL(s string) (u *URL, user string, ok bool) {
	s, fragment, _ := strings.Cut(s, "#")
	u = &URL{}
	for i := range len(s) {
		if s[i] < ' ' || s[i] == 0x7f {
			return nil, "", false
		}
	}
	if u.Fragment, ok = unescape(fragment, false); !ok {
		return nil, "", false
	}
	if s == "*" {
		u.Path = "*"
		return u, "", true
	}
	rest := s
	switch i := strings.IndexFunc(s, func(r rune) bool {
		return !(letter(byte(r)) && r != '_' && r < 0x80) && r != '+' && r != '-' && r != '.'
	}); {
	case i == 0 && s[0] == ':':
		return nil, "", false
	case i > 0 && s[i] == ':' && (s[0]|0x20) >= 'a' && (s[0]|0x20) <= 'z':
		u.Scheme, rest = strings.ToLower(s[:i]), s[i+1:]
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	u.RawQuery, u.ForceQuery = query, hasQuery && query == ""
	if !strings.HasPrefix(rest, "/") {
		if u.Scheme != "" {
			u.Opaque = rest
			return u, "", true
		}
		if first, _, _ := strings.Cut(rest, "/"); strings.Contains(first, ":") {
			return nil, "", false
		}
	}
	if strings.HasPrefix(rest, "//") && (u.Scheme != "" || !strings.HasPrefix(rest, "///")) {
		authority := rest[2:]
		rest = ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, rest = authority[:i], authority[i:]
		}
		if i := strings.LastIndexByte(authority, '@'); i >= 0 {
			if user, ok = userInfo(authority[:i]); !ok {
				return nil, "", false
			}
			authority = authority[i+1:]
		}
		if u.Host, ok = parseHost(u.Scheme, authority); !ok {
			return nil, "", false
		}
	}
	u.Path, ok = unescape(rest, false)
	return u, user, ok
}

// userInfo encodes user information anew.
func userInfo(s string) (string, bool) {
	for i := range len(s) {
		if c := s[i]; !letter(c) && strings.IndexByte("-._:~!$&'()*+,;=%@", c) < 0 {
			return "", false
		}
	}
	name, password, hasPassword := strings.Cut(s, ":")
	name, ok := unescape(name, false)
	password, ok2 := unescape(password, false)
	s = escape(name, inUser)
	if hasPassword {
		s += ":" + escape(password, inUser)
	}
	return s, ok && ok2
}

// parseHost checks a host and its port.
func parseHost(scheme, s string) (string, bool) {
	if i := strings.LastIndexByte(s, '['); i > 0 {
		return "", false
	} else if i == 0 {
		i = strings.LastIndexByte(s, ']')
		if i < 0 || !isPortSuffix(s[i+1:]) {
			return "", false
		}
		addr, ok := ip.Parse(s[1:i])
		return s, ok && addr.Is6()
	}
	name := s
	if i := strings.IndexByte(s, ':'); i >= 0 {
		if scheme != "http" && scheme != "https" {
			i = strings.LastIndexByte(s, ':')
		}
		if !isPortSuffix(s[i:]) {
			return "", false
		}
		name = s[:i]
	}
	for i := range len(name) {
		c := name[i]
		if c == '%' && i+1 < len(name) && name[i+1] < '8' && !strings.HasPrefix(name[i:], "%25") {
			return "", false
		}
		if c < 0x80 && c != '%' && mustEscape(c, inHost) {
			return "", false
		}
	}
	return unescape(s, false)
}

func isPortSuffix(s string) bool { return s == "" || s[0] == ':' && allDigits(s[1:]) }
