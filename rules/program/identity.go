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
		p.identityLengths |= lengthBit(name)
	}
}

func lengthBit(name string) uint64 { return 1 << min(len(name), 63) }

// Unproven gives the names of the headers that must not reach the upstream as
// the client sent them: identity headers in every spelling, unless set replaces
// exactly this one, the routing header, and where rules route what proxies say of
// the client's connection.
func (p *Program) Unproven(r *request.Request, set request.Headers) (names []string) {
	for i := range r.Headers {
		name := r.Headers[i].Name
		if set.Has(name) || !p.unproven(name) && !alias(name, set) {
			continue
		}
		names = append(names, name)
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
	if strings.IndexByte(name, '_') >= 0 {
		// Whoever makes variables of headers takes it for the other spelling.
		name = request.Folded(name)
	} else if name == forwardedProto {
		return false
	}
	return p.identityLengths&lengthBit(name) != 0 && p.identity[name] || name == p.options.RoutingHeader ||
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
	if (p.RulesRoute() || p.identity[forwardedProto]) && !set.Has(forwardedProto) {
		if said, ok, repeated := r.Headers.Single(forwardedProto); ok && (repeated || said != r.Scheme) {
			set.Set(forwardedProto, r.Scheme)
		}
	}
	if said, ok, repeated := r.Headers.Single("connection"); ok && (repeated || !strings.EqualFold(said, "upgrade")) && r.Headers.Has("upgrade") {
		set.Set("connection", "upgrade")
	}
	return set
}
