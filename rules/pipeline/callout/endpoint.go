package callout

import (
	"errors"
	"strconv"
	"strings"
)

// Endpoint is a parsed absolute http or https URL of an identity service, and
// the cluster that reaches it.
type Endpoint struct {
	// Scheme is "http" or "https".
	Scheme string
	// Authority is host[:port] as written in the URL, in lower case.
	Authority string
	// Path is the URL's path as written, at least "/".
	Path string
	// Query is the URL's query as written, without '?'.
	Query string
	// Cluster is the name of the Envoy cluster; filled in by Clusters.
	Cluster string
}

// Parse reads an absolute http(s) URL without user information and fragment.
// The error says what is wrong and never repeats the URL, which may hold a
// secret.
func Parse(url string) (Endpoint, error) {
	scheme, rest, ok := strings.Cut(url, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return Endpoint{}, errors.New("not an absolute http:// or https:// URL")
	}
	for i := 0; i < len(rest); i++ {
		if c := rest[i]; c <= ' ' || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>' {
			return Endpoint{}, errors.New("the URL holds a character that must be percent-encoded")
		}
	}
	if strings.Contains(rest, "#") {
		return Endpoint{}, errors.New("the URL must not have a fragment (#)")
	}
	e := Endpoint{Scheme: scheme, Path: "/"}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	e.Authority = strings.ToLower(rest[:end])
	if strings.Contains(e.Authority, "@") {
		return Endpoint{}, errors.New("the URL must not have a user or password; use the handler's own keys for credentials")
	}
	host, port := splitPort(e.Authority)
	if host == "" {
		return Endpoint{}, errors.New("the URL has no host")
	}
	if port != "" {
		if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
			return Endpoint{}, errors.New("the URL's port is not a number from 1 to 65535")
		}
	} else if strings.HasSuffix(e.Authority, ":") {
		return Endpoint{}, errors.New("the URL's port is empty")
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	if path != "" {
		e.Path = path
	}
	e.Query = query
	return e, nil
}

// Target is the path and query of the URL as a request target.
func (e Endpoint) Target() string {
	if e.Query == "" {
		return e.Path
	}
	return e.Path + "?" + e.Query
}

// Host is the host without port; an IPv6 address keeps its brackets.
func (e Endpoint) Host() string {
	host, _ := splitPort(e.Authority)
	return host
}

// Port is the port as digits, the scheme's default when the URL has none.
func (e Endpoint) Port() string {
	if _, port := splitPort(e.Authority); port != "" {
		return port
	}
	if e.Scheme == "https" {
		return "443"
	}
	return "80"
}

// Origin is scheme://host:port with the port always written out: what the keys
// of `oathgate.clusters` are compared by.
func (e Endpoint) Origin() string {
	return e.Scheme + "://" + e.Host() + ":" + e.Port()
}

func splitPort(authority string) (host, port string) {
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		return authority[:i], authority[i+1:]
	}
	return authority, ""
}
