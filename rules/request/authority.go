package request

import (
	"strings"

	"oathgate/rules/ip"
)

// readAuthority checks OriginalAuthority (a host name, an IPv4 address or an
// IPv6 address in brackets, and a port that may be absent; RFC 9110 section
// 4.2, without userinfo and without percent-encoding) and fills in Authority.
//
// Oathkeeper accepts an empty host (recorded case re-empty-host); Envoy answers
// 400 itself, or puts in the name configured for HTTP/1.0, so that none arrives.
func (r *Request) readAuthority() *Refusal {
	authority := lowerASCII(r.OriginalAuthority)
	host, port := authority, ""
	if i := strings.LastIndexByte(authority, ':'); i >= 0 && !strings.HasSuffix(authority, "]") {
		host, port = authority[:i], authority[i+1:]
		if !isPort(port) {
			return bad("the port of the authority is not a port number")
		}
	}
	if strings.HasPrefix(host, "[") {
		if !isIPv6(host) {
			return bad("the authority is not an IPv6 address in brackets")
		}
	} else {
		host = strings.TrimSuffix(host, ".")
		if !isHostName(host) {
			return bad("the authority is not a host name")
		}
	}
	standard := "80"
	if r.Scheme == "https" {
		standard = "443"
	}
	if port == standard || port == "" {
		r.Authority, r.defaultPort = host, standard
	} else {
		r.Authority = join(authority, host, port)
	}
	return nil
}

// DefaultPort is the scheme's default port; "" if Authority carries another one.
func (r *Request) DefaultPort() string { return r.defaultPort }

// AuthorityAlt is Authority with the scheme's default port; "" if it carries
// another port.
func (r *Request) AuthorityAlt() string {
	if r.defaultPort == "" {
		return ""
	}
	return r.Authority + ":" + r.defaultPort
}

// join gives host:port, as it stands in authority if no trailing dot is between
// them.
func join(authority, host, port string) string {
	if len(authority) == len(host)+1+len(port) {
		return authority
	}
	return host + ":" + port
}

func isPort(s string) bool {
	if s == "" || len(s) > 5 || s[0] == '0' {
		return false
	}
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
		n = n*10 + int(s[i]-'0')
	}
	return n <= 65535
}

func isIPv6(s string) bool {
	if !strings.HasSuffix(s, "]") {
		return false
	}
	addr, ok := ip.Parse(s[1 : len(s)-1])
	return ok && addr.Is6()
}

// isHostName says whether s is a DNS name: labels of letters, digits, `-` and
// `_` (which names in container networks carry), none empty.
func isHostName(s string) bool {
	if s == "" || len(s) > 253 {
		return false
	}
	label := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '.':
			if label == 0 {
				return false
			}
			label = 0
			continue
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
			label++
		default:
			return false
		}
		if label > 63 {
			return false
		}
	}
	return label > 0
}
