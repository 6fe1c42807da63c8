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
	s := tokenSource{prefix: o.Field("prefix").StringOr("")}
	c := o.Field("token_from").NullAsAbsent()
	if !c.Present() {
		return s
	}
	loc := c.Object()
	if c.Kind() == tree.Object && c.Len() != 1 {
		c.Fail("write exactly one of header, query_parameter, cookie")
	}
	s.from = request.TokenFrom{
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
	if s.from.Header != "" {
		b.Traits.TokenHeaders = append(b.Traits.TokenHeaders, strings.ToLower(s.from.Header))
	}
	if s.from.QueryParameter != "" {
		b.Traits.ReadsURL = true
	}
	return s
}

// token gives the request's token; ok is false if the handler is not
// responsible.
func (s tokenSource) token(r *request.Request) (token string, ok bool) {
	token = r.Token(s.from)
	return token, token != "" && strings.HasPrefix(token, s.prefix)
}
