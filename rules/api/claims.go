package api

import (
	"strings"

	"oathgate/rules"
	"oathgate/rules/request"
)

// claim is something that a header says of the request to be judged.
type claim uint8

const (
	noClaim claim = iota
	forwardedMethod
	forwardedProto
	forwardedHost
	forwardedURI
	originalMethod
	originalURL
	// originalOther is what proxies of that family send too and nobody reads here.
	originalOther
	numClaims
)

// claimOf gives what a header is about, its name folded.
func claimOf(name string) claim {
	rest, ok := strings.CutPrefix(name, "x-forwarded-")
	if ok {
		switch rest {
		case "method":
			return forwardedMethod
		case "proto":
			return forwardedProto
		case "host":
			return forwardedHost
		case "uri":
			return forwardedURI
		}
		return noClaim
	}
	if rest, ok = strings.CutPrefix(name, "x-original-"); ok {
		switch rest {
		case "method":
			return originalMethod
		case "url":
			return originalURL
		case "uri", "host", "proto", "scheme":
			return originalOther
		}
	}
	return noClaim
}

// source gives the family that a claim is of.
func (c claim) source() rules.DecisionSource {
	if c < originalMethod {
		return rules.SourceXForwarded
	}
	return rules.SourceXOriginal
}

// claims are the values of the headers that make claims.
type claims struct {
	said  [numClaims]bool
	value [numClaims]string
	// any says that one counts.
	any bool
}

// readClaims reads what the headers claim and refuses what does not count, so
// that nothing is judged in its place (DESIGN section 3). An X-Forwarded-Proto
// that names the connection's own scheme is no claim: Envoy adds it itself.
func readClaims(raw *request.Raw, source rules.DecisionSource, trusted bool) (c claims, ref *request.Refusal) {
	for i := range raw.Headers {
		h := &raw.Headers[i]
		name := request.Folded(h.Name)
		k := claimOf(name)
		if k == noClaim {
			continue
		}
		switch {
		case strings.IndexByte(h.Name, '_') >= 0:
			return c, bad("a header that names the request to be judged is spelled with an underscore")
		case c.said[k]:
			return c, bad("a header that names the request to be judged is repeated")
		}
		c.said[k], c.value[k] = true, h.Value
		if k == forwardedProto && h.Value == raw.Scheme {
			continue
		}
		switch {
		case k.source() != source || k == originalOther:
			return c, bad("a header names the request to be judged in another way than oathgate.decision.source says")
		case !trusted:
			return c, bad("a header names the request to be judged, and who sent it is not one of oathgate.trusted_proxies")
		}
		c.any = true
	}
	return c, nil
}

// without gives the headers without those that make claims: handlers and
// templates see the request that is judged.
func without(headers request.Headers) request.Headers {
	kept := make(request.Headers, 0, len(headers))
	for i := range headers {
		if claimOf(request.Folded(headers[i].Name)) == noClaim {
			kept = append(kept, headers[i])
		}
	}
	return kept
}

func bad(reason string) *request.Refusal { return &request.Refusal{Status: 400, Reason: reason} }
