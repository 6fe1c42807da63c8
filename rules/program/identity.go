package program

import (
	"slices"
	"strings"

	"oathgate/rules/request"
)

// open are headers that mutators may set and clients send all the same: what a
// client says there was never taken for the proxy's word (DESIGN §3).
func open(name string) bool {
	switch name {
	case "authorization", "cookie", "content-type", "content-language", "content-encoding", "user-agent":
		return true
	}
	return strings.HasPrefix(name, "accept")
}

// identify makes name a header that only a rule may set.
func (p *Program) identify(name string) {
	if name = strings.ToLower(name); !open(name) {
		p.identity[request.Folded(name)] = true
		p.suspects.add(name)
	}
}

// suspects has, for each length of a name, a bit for each first letter; the last
// length stands for all that are longer, and one bit for what is no letter. Another
// spelling of a name, with _ for -, has the same length and the same bit.
type suspects [64]uint32

func place(name string) (length int, bit uint32) {
	if name == "" {
		return 0, 1
	}
	length = min(len(name), 63)
	if c := name[0]; 'a' <= c && c <= 'z' {
		return length, 1 << (c - 'a')
	}
	return length, 1 << 31
}

func (s *suspects) add(name string) {
	length, bit := place(name)
	s[length] |= bit
}

func (s *suspects) has(name string) bool {
	length, bit := place(name)
	return s[length]&bit != 0
}

// suspect prepares for the names that unproven knows beside identity.
func (p *Program) suspect() {
	p.suspects.add(p.options.RoutingHeader)
	if !p.RulesRoute() {
		return
	}
	for _, name := range request.HiddenNames {
		p.suspects.add(name)
	}
	// What begins with x-forwarded.
	for length := len(request.HiddenPrefix); length < len(p.suspects); length++ {
		p.suspects[length] |= 1 << ('x' - 'a')
	}
}

// Unproven gives the names of the headers that must not reach the upstream as
// the client sent them: identity headers in every spelling, unless set replaces
// exactly this one, the routing header, and where rules route what proxies say of
// the client's connection.
func (p *Program) Unproven(r *request.Request, set request.Headers) (names []string) {
	for i := range r.Headers {
		name := r.Headers[i].Name
		if (p.unproven(name) || alias(name, set)) && !set.Has(name) {
			names = append(names, name)
		}
	}
	return names
}

// UnprovenTrailers gives the names of trailers, in lower case, that must not reach
// the upstream, which may take them for headers: what Unproven takes of headers,
// what the rule has set, and what is none of a trailer's business (RFC 9110 section
// 6.5.1): who asks, what is asked, and what the content is, which the rule judged by
// the headers.
func (p *Program) UnprovenTrailers(trailers []string, set []string) (names []string) {
	for _, name := range trailers {
		folded := request.Folded(name)
		if open(folded) || request.Hidden(folded) || !request.Settable(name) || strings.HasPrefix(folded, "content-") || p.unproven(folded) ||
			slices.ContainsFunc(set, func(s string) bool { return request.Folded(s) == folded }) {
			names = append(names, name)
		}
	}
	return names
}

// alias says that name is another spelling of a header that set sets: also of one
// that a hydrator has thought of.
func alias(name string, set request.Headers) bool {
	for i := range set {
		if s := set[i].Name; len(s) == len(name) && s != name && request.Folded(s) == request.Folded(name) {
			return true
		}
	}
	return false
}

func (p *Program) unproven(name string) bool {
	return p.suspects.has(name) && p.surelyUnproven(name)
}

func (p *Program) surelyUnproven(name string) bool {
	if strings.IndexByte(name, '_') >= 0 {
		// Whoever makes variables of headers takes it for the other spelling.
		name = request.Folded(name)
	} else if name == forwardedProto {
		return false
	}
	return p.identity[name] || name == p.options.RoutingHeader ||
		p.RulesRoute() && (forwarded(name) || name == forwardedProto)
}

// forwarded reports whether a header is one that Oathkeeper removes. Of those
// X-Forwarded-Proto stays: Envoy finds no route without it. Truth makes it say
// what is so.
func forwarded(name string) bool {
	return request.Hidden(name) && name != forwardedProto
}

const forwardedProto = "x-forwarded-proto"

// Truth adds to set what the client may have lied about: X-Forwarded-Proto, where
// rules route or one of them sets it, and with an upgrade the names of headers
// that the next hop is to drop (RFC 9110 section 7.6.1), which could be those that
// say who sends the request.
func (p *Program) Truth(r *request.Request, set request.Headers) request.Headers {
	protos, connections, truthful, upgradeOnly, upgrades := 0, 0, true, true, false
	for i := range r.Headers {
		switch h := &r.Headers[i]; h.Name {
		case forwardedProto:
			protos++
			truthful = truthful && h.Value == r.Scheme
		case "connection":
			connections++
			upgradeOnly = upgradeOnly && strings.EqualFold(h.Value, "upgrade")
		case "upgrade":
			upgrades = true
		}
	}
	if (protos > 1 || !truthful) && (p.RulesRoute() || p.identity[forwardedProto]) && !set.Has(forwardedProto) {
		set.Set(forwardedProto, r.Scheme)
	}
	if upgrades && (connections > 1 || !upgradeOnly) {
		set.Set("connection", "upgrade")
	}
	return set
}
