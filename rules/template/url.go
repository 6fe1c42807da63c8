package template

import "strings"

// URL is the URL of a request: Go's *url.URL, without user information. The
// fields are those of url.URL.
type URL struct {
	Scheme, Opaque, Host  string
	Path, RawPath         string
	RawQuery              string
	Fragment, RawFragment string
	ForceQuery, OmitHost  bool
}

// nobody is the nil *url.Userinfo of .User.
type nobody struct{}

// Call gives .Username.
func (nobody) Call(method string, args []any) (any, error) {
	switch method {
	case "Username", "String":
		return "", noArgs(args)
	case "Password":
		return nil, constError("the URL has no user")
	}
	return nil, ErrNoMethod
}

// Field gives no field.
func (nobody) Field(string) (any, bool) { return nil, false }

// StringField gives the fields that are strings.
func (u *URL) StringField(name string) (string, bool) {
	switch name {
	case "Scheme":
		return u.Scheme, true
	case "Opaque":
		return u.Opaque, true
	case "Host":
		return u.Host, true
	case "Path":
		return u.Path, true
	case "RawPath":
		return u.RawPath, true
	case "RawQuery":
		return u.RawQuery, true
	case "Fragment":
		return u.Fragment, true
	case "RawFragment":
		return u.RawFragment, true
	}
	return "", false
}

// Field gives the fields of url.URL.
func (u *URL) Field(name string) (any, bool) {
	if s, ok := u.StringField(name); ok {
		return s, true
	}
	switch name {
	case "ForceQuery":
		return u.ForceQuery, true
	case "OmitHost":
		return u.OmitHost, true
	case "User":
		return nobody{}, true
	}
	return nil, false
}

// Call gives the methods of *url.URL that read one URL.
func (u *URL) Call(method string, args []any) (any, error) {
	var v any
	switch method {
	case "EscapedPath":
		v = u.EscapedPath()
	case "EscapedFragment":
		v = u.escapedFragment()
	case "Hostname":
		v, _ = u.hostPort()
	case "Port":
		_, v = u.hostPort()
	case "IsAbs":
		v = u.Scheme != ""
	case "RequestURI":
		v = u.requestURI()
	case "String", "Redacted":
		v = u.String()
	case "Query":
		v = &Values{pairs: parseQuery(u.RawQuery)}
	case "Parse", "ResolveReference", "JoinPath", "MarshalBinary", "AppendBinary", "UnmarshalBinary":
		return nil, constError(notInHere)
	default:
		return nil, ErrNoMethod
	}
	return v, noArgs(args)
}

// JSON gives the members that encoding/json writes for a *url.URL.
func (u *URL) JSON() any {
	return Record{
		{"Scheme", u.Scheme},
		{"Opaque", u.Opaque},
		{"User", nil},
		{"Host", u.Host},
		{"Path", u.Path},
		{"Fragment", u.Fragment},
		{"RawQuery", u.RawQuery},
		{"RawPath", u.RawPath},
		{"RawFragment", u.RawFragment},
		{"ForceQuery", u.ForceQuery},
		{"OmitHost", u.OmitHost},
	}
}

// String is the URL as (*url.URL).String gives it.
func (u *URL) String() string { return u.withUser("") }

// withUser is String with user information, which is encoded.
func (u *URL) withUser(user string) string {
	var b strings.Builder
	if u.Scheme != "" {
		b.WriteString(u.Scheme)
		b.WriteByte(':')
	}
	if u.Opaque != "" {
		b.WriteString(u.Opaque)
	} else {
		if (u.Scheme != "" || u.Host != "" || user != "") && (u.Host != "" || user != "" || u.Path != "" && !u.OmitHost) {
			b.WriteString("//")
			if user != "" {
				b.WriteString(user)
				b.WriteByte('@')
			}
			b.WriteString(escape(u.Host, inHost))
		}
		path := u.EscapedPath()
		switch first, _, _ := strings.Cut(path, "/"); {
		case path != "" && path[0] != '/' && u.Host != "":
			b.WriteByte('/')
		case b.Len() == 0 && strings.Contains(first, ":"):
			b.WriteString("./")
		}
		b.WriteString(path)
	}
	if u.ForceQuery || u.RawQuery != "" {
		b.WriteByte('?')
		b.WriteString(u.RawQuery)
	}
	if u.Fragment != "" {
		b.WriteByte('#')
		b.WriteString(u.escapedFragment())
	}
	return b.String()
}

// EscapedPath is RawPath if that is an encoding of Path, else Path encoded.
func (u *URL) EscapedPath() string {
	if u.RawPath != "" && validEncoded(u.RawPath, inPath) {
		if p, ok := unescape(u.RawPath, false); ok && p == u.Path {
			return u.RawPath
		}
	}
	if u.Path == "*" {
		return "*"
	}
	return escape(u.Path, inPath)
}

func (u *URL) escapedFragment() string {
	if u.RawFragment != "" && validEncoded(u.RawFragment, inFragment) {
		if f, ok := unescape(u.RawFragment, false); ok && f == u.Fragment {
			return u.RawFragment
		}
	}
	return escape(u.Fragment, inFragment)
}

func (u *URL) requestURI() string {
	s := u.Opaque
	switch {
	case s == "":
		if s = u.EscapedPath(); s == "" {
			s = "/"
		}
	case strings.HasPrefix(s, "//"):
		s = u.Scheme + ":" + s
	}
	if u.ForceQuery || u.RawQuery != "" {
		s += "?" + u.RawQuery
	}
	return s
}

func (u *URL) hostPort() (host, port string) {
	host = u.Host
	if i := strings.LastIndexByte(host, ':'); i >= 0 && allDigits(host[i+1:]) {
		host, port = host[:i], host[i+1:]
	}
	if strings.HasPrefix(host, "[") && strings.HasSuffix(host, "]") {
		host = host[1 : len(host)-1]
	}
	return host, port
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
