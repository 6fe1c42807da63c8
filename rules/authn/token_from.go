package authn

import (
	"strings"

	"oathgate/rules/pipeline"
	"oathgate/rules/request"
	"oathgate/rules/tree"
)

// tokenSource is where a handler finds its token (`token_from` and `prefix`;
// helper/bearer.go).
type tokenSource struct {
	from   request.TokenFrom
	prefix string
}

func newTokenSource(b *pipeline.Build, o tree.Fields) tokenSource {
	prefix := o.Field("prefix").StringOr("")
	return tokenSource{from: newTokenFrom(b, o), prefix: prefix}
}

func newTokenFrom(b *pipeline.Build, o tree.Fields) (from request.TokenFrom) {
	c := o.Field("token_from").NullAsAbsent()
	if !c.Present() {
		return from
	}
	loc := c.Object()
	if c.Kind() == tree.Object && c.Len() != 1 {
		c.Fail("write exactly one of header, query_parameter, cookie")
	}
	from = request.TokenFrom{
		Header:         loc.Field("header").StringOr(""),
		QueryParameter: loc.Field("query_parameter").StringOr(""),
		Cookie:         loc.Field("cookie").StringOr(""),
	}
	loc.Done()
	for _, key := range [...]string{"header", "query_parameter", "cookie"} {
		if name := loc.Field(key); name.Kind() == tree.String && name.StringOr("") == "" {
			name.Fail("the name must not be empty")
		}
	}
	if from.Header != "" {
		b.Traits.TokenHeaders = append(b.Traits.TokenHeaders, strings.ToLower(from.Header))
	}
	if from.QueryParameter != "" {
		b.Traits.ReadsURL = true
	}
	return from
}

// token gives the request's token; ok is false if the handler is not
// responsible.
func (s tokenSource) token(r *request.Request) (token string, ok bool) {
	token = r.Token(s.from)
	return token, token != "" && strings.HasPrefix(token, s.prefix)
}
