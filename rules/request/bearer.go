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
