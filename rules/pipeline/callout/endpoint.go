package callout

import (
	"errors"
	"strconv"
	"strings"

	"oathgate/rules/ip"
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

// Parse reads an absolute http(s) URL without user information and fragment
// (RFC 3986 section 3).
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
	switch {
	case host == "":
		return Endpoint{}, errors.New("the URL has no host")
	case !isHost(host):
		return Endpoint{}, errors.New("the URL's host is neither a DNS name nor an IP address; write an IPv6 address in brackets")
	case strings.HasSuffix(e.Authority, ":"):
		return Endpoint{}, errors.New("the URL's port is empty")
	case port != "" && !isPort(port):
		return Endpoint{}, errors.New("the URL's port is not a number from 1 to 65535")
	}
	path, query, _ := strings.Cut(rest[end:], "?")
	if path != "" {
		e.Path = path
	}
	if brokenEscape(path) {
		return Endpoint{}, errors.New("the URL's path holds a % without two hexadecimal digits; write %25")
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

// isHost reports whether s can be looked up and be part of a cluster's name: a DNS
// name, an IPv4 address, or an IPv6 address without zone in brackets.
func isHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, isIP := ip.Parse(inner)
		return ok && isIP && addr.Is6()
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '-' && c != '.' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return strings.Trim(s, ".") != ""
}

// isPort reports whether s is a port as everybody writes it: clusters are found by
// comparing.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0 && s[0] != '0'
}

func brokenEscape(path string) bool {
	for rest := path; ; {
		_, after, found := strings.Cut(rest, "%")
		if !found {
			return false
		}
		if len(after) < 2 || !isHex(after[0]) || !isHex(after[1]) {
			return true
		}
		rest = after[2:]
	}
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
