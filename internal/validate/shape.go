package validate

import (
	"strings"

	"oathgate/internal/policy"
	"oathgate/rules"
	"oathgate/rules/pattern"
	"oathgate/rules/pipeline"
	"oathgate/rules/request"
)

// newShape is the pattern of the URLs that rules are matched against (rules/request): the host in lower case, the path
// decoded, without empty segments, dot segments and a slash at its end.
func newShape() *pattern.Pattern {
	const host = `[a-z0-9_-]+(?:\.[a-z0-9_-]+)*(?::[1-9][0-9]{0,4})?|\[[0-9a-f:.]+\](?::[1-9][0-9]{0,4})?`
	p, err := pattern.Compile(pattern.Regexp, `<https?>://<`+host+`></|(?:/(?!\.{1,2}(?:/|\z))[^/]+)+>`)
	if err != nil {
		panic(err)
	}
	return p
}

// asked is the request for a URL as rules are matched against, nil if none is for just that.
func asked(p *policy.Policy, method, url string) *request.Request {
	scheme, rest, _ := strings.Cut(url, "://")
	slash := strings.IndexByte(rest, '/')
	if slash < 0 {
		return nil
	}
	r, refusal := request.New(request.Raw{
		Method: method, Scheme: scheme, Authority: rest[:slash], Path: request.EscapePath(rest[slash:]),
	}, p.Program.RequestOptions)
	if refusal != nil || r.Path != rest[slash:] {
		return nil
	}
	return r
}

// spelled is the request's URL as a client writes it.
func spelled(r *request.Request) string { return r.Scheme + "://" + r.OriginalAuthority + r.RawPath }

// matches reports whether a rule is for a request, the default port written or not.
func (s *search) matches(rule *policy.Rule, r *request.Request) bool {
	if rule.Pattern == nil || !rule.HasMethod(r.Method) {
		return false
	}
	for _, authority := range [...]string{r.Authority, r.AuthorityAlt()} {
		if ok, err := rule.Pattern.Match([]byte(r.Scheme+"://"+authority+r.Path), &s.scratch); ok && err == nil && authority != "" {
			return true
		}
	}
	return false
}

// many reports whether the filter answers a request as one that several rules are for.
func many(p *policy.Policy, r *request.Request) bool {
	_, err := p.Program.Match(r)
	return err != nil && err.Message == pipeline.ManyRules().Message
}

// unmatched says why no request can match a rule.
func unmatched(r *policy.Rule) rules.Problem {
	why := "no request can match this pattern: URLs are compared with it whole, without a query, with a path that is decoded and has no empty or dot segments"
	_, plain := pattern.Prefix(r.Pattern, "http://")
	_, secure := pattern.Prefix(r.Pattern, "https://")
	switch {
	case !plain && !secure:
		why = "no request can match this pattern: it must begin with http:// or https://, as in <https?>://example.com/"
	case strings.HasSuffix(r.URL, "/"):
		why = "no request can match this pattern: a path is compared without the slash at its end; take it out here"
	}
	return note(r, why)
}

func note(r *policy.Rule, why string) rules.Problem {
	return rules.Problem{Document: r.File, Rule: r.Name, Path: "match.url", Line: r.Line, Column: r.Column, Message: why}
}
