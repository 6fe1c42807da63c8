package authn

import (
	"errors"
	"math"
	"strings"
	"time"

	"oathgate/rules/pipeline"
	"oathgate/rules/tree"
)

// validity is when a token counts (RFC 7519 sections 4.1.4 to 4.1.6), in seconds
// since 1970. Without has, a time sets no bound.
type validity struct {
	exp, nbf, iat          int64
	hasExp, hasNbf, hasIat bool
}

// readValidity reads exp, nbf and iat as golang-jwt does (map_claims.go,
// parseNumericDate): each is a number if it is there, and 0 says nothing.
func readValidity(claims *tree.Node) (t validity, err error) {
	for _, claim := range [...]struct {
		name    string
		seconds *int64
		has     *bool
	}{{"exp", &t.exp, &t.hasExp}, {"nbf", &t.nbf, &t.hasNbf}, {"iat", &t.iat, &t.hasIat}} {
		n := claims.Get(claim.name)
		if n == nil {
			continue
		}
		// Beyond these numbers a time in seconds overflows, in Oathkeeper too.
		if n.Kind != tree.Number || math.Abs(n.Number) >= 1<<60 {
			return t, errors.New("the token's " + claim.name + " is no time in seconds")
		}
		*claim.seconds, *claim.has = int64(math.Floor(n.Number)), n.Number != 0
	}
	return t, nil
}

// check refuses a token before and after its time; there is no leeway.
func (t *validity) check(now time.Time) error {
	seconds := now.Unix()
	switch {
	case t.hasExp && seconds >= t.exp:
		return pipeline.Unauthorized("the token is expired")
	case t.hasNbf && seconds < t.nbf:
		return pipeline.Unauthorized("the token is not valid yet")
	case t.hasIat && seconds < t.iat:
		return pipeline.Unauthorized("the token is used before it was issued")
	}
	return nil
}

// end is when the token is over, zero if never.
func (t *validity) end() time.Time {
	if !t.hasExp {
		return time.Time{}
	}
	return time.Unix(t.exp, 0)
}

// textOf gives a claim that is a string, "" for anything else.
func textOf(n *tree.Node) string {
	if n == nil || n.Kind != tree.String {
		return ""
	}
	return n.Text
}

// audienceOf gives the audience: a string, or a list of nothing but strings
// (ory/x, jwtx/claims.go).
func audienceOf(n *tree.Node) (list []string) {
	switch {
	case n == nil:
	case n.Kind == tree.String:
		list = []string{n.Text}
	case n.Kind == tree.Array:
		for _, item := range n.Items {
			if item.Kind != tree.String {
				return nil
			}
			list = append(list, item.Text)
		}
	}
	return list
}

// scopesOf gives the scopes of the first of scp, scope and scopes that is there,
// and its name (credentials/verifier_default.go, scope). What is no string in a
// list is an empty scope.
func scopesOf(claims *tree.Node) (scopes []string, name string) {
	scopes = []string{}
	for _, name = range [...]string{"scp", "scope", "scopes"} {
		n := claims.Get(name)
		if n == nil {
			continue
		}
		switch n.Kind {
		case tree.String:
			if n.Text != "" {
				scopes = strings.Split(n.Text, " ")
			}
		case tree.Array:
			for _, item := range n.Items {
				scopes = append(scopes, textOf(item))
			}
		}
		return scopes, name
	}
	return scopes, ""
}
