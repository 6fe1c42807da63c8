package request

import "strings"

// Bearer gives the token of an Authorization header of the Bearer scheme:
// everything after the first space; "" if there is none (Oathkeeper
// helper/bearer.go).
func (r *Request) Bearer() string {
	scheme, token, ok := strings.Cut(r.Headers.Get("authorization"), " ")
	if !ok || !equalFoldASCII(scheme, "bearer") {
		return ""
	}
	return token
}

// TokenFrom is where a request carries its token: `token_from` of a handler.
// The zero value is the Authorization header's Bearer scheme. At most one field
// is set; of several the first counts.
type TokenFrom struct {
	// Header is the header's name. Spelled exactly `Authorization` it means
	// Bearer; any other spelling means the raw value, as in Oathkeeper.
	Header string
	// QueryParameter and Cookie are case-sensitive.
	QueryParameter, Cookie string
}

// Token gives the request's token, "" if it has none (Oathkeeper
// helper/bearer.go). Of a repeated header it is the first: ask Repeated before.
func (r *Request) Token(from TokenFrom) string {
	switch {
	case from.Header == "Authorization":
		return r.Bearer()
	case from.Header != "":
		return r.Headers.getFold(from.Header)
	case from.QueryParameter != "":
		return r.Query(from.QueryParameter)
	case from.Cookie != "":
		value, _ := r.Cookie(from.Cookie)
		return value
	}
	return r.Bearer()
}

// Repeated refuses a request that repeats the header that carries its token;
// nil if it does not.
func (r *Request) Repeated(from TokenFrom) *Refusal {
	name := from.Header
	if name == "" {
		if from.QueryParameter != "" || from.Cookie != "" {
			return nil
		}
		name = "authorization"
	}
	if r.Headers.countFold(name) > 1 {
		return bad("the header that carries the token is repeated")
	}
	return nil
}

// joined reports whether an Authorization value is more than one: Envoy hands on
// repeated lines as one, joined by commas. Credentials of Bearer and Basic hold
// no comma (RFC 6750 section 2.1, RFC 7617 section 2); in other schemes a comma
// that another scheme and its credentials follow is the seam.
func joined(value string) bool {
	if strings.IndexByte(value, ',') < 0 {
		return false
	}
	scheme, _, _ := strings.Cut(value, " ")
	if equalFoldASCII(scheme, "bearer") || equalFoldASCII(scheme, "basic") {
		return true
	}
	first, rest, _ := strings.Cut(value, ",")
	if strings.IndexByte(strings.TrimSpace(first), ' ') < 0 {
		return true
	}
	for piece := range strings.SplitSeq(rest, ",") {
		word, _, more := strings.Cut(strings.TrimLeft(piece, " \t"), " ")
		if more && IsToken(word) {
			return true
		}
	}
	return false
}
