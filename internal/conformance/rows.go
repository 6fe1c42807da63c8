package conformance

import (
	"regexp"
	"slices"
	"strings"
)

// row is a deliberate difference: which cases it covers, and what of them may differ.
type row struct {
	// cases is a pattern for path.Match.
	cases string
	parts []Part
	// says is the beginning of the row of COMPATIBILITY.md.
	says string
}

// What of a case differs if we refuse what Oathkeeper allows, and if we refuse with another status.
var (
	denied    = []Part{Verdict, Status, Body, Headers}
	silent    = []Part{Verdict, Status, Body, Headers, Callouts}
	otherwise = []Part{Status, Body, Headers}
	// spelling is that we allow, for a host that is spelled in another way. See Case.spelled.
	spelling = []Part{Permissive, Status, Body, Headers}
)

// elsewhere are rows for cases that the recorded ones leave out and Oathkeeper's description names.
var elsewhere = []row{
	{"re-host-*", spelling, hosts},
	{"re-trailing-slash-*", []Part{Target}, "the trailing slash is dropped upstream"},
	{"up-enc-slash-*", denied, "a path with several readings"},
	{"up-strip-partial-segment", denied, "a path with several readings"},
	{"re-method-empty", []Part{Refused}, "`methods: [\"*\"]` or an empty list never matches"},
	{"re-missing-id-template-leak", []Part{Upstream}, "templates are parsed at the first request"},
	{"re-catastrophic-timeout", otherwise, "patterns on regexp2 with a limit of 250 ms"},
	{"glob-alternatives-glob", []Part{Refused}, "glob patterns"},
	{"up-dup-*", []Part{Upstream}, "`noop` collapses repeated headers"},
	{"up-dead-upstream", otherwise, "an upstream that fails: 502 or 504"},
	{"fmt-*-unknown-field", []Part{Refused}, "unknown keys in a rule are ignored"},
	{"fmt-null-match", []Part{Refused}, "an invalid rule breaks requests when it matches"},
	{"fmt-methods-string", []Part{Refused}, "a rule file that cannot be read"},
	{"fmt-version-invalid", []Part{Refused}, "a rule file that cannot be read"},
	{"fmt-yaml-single-object", []Part{Refused}, "a rule file that cannot be read"},
	{"err-when-accept-q0", otherwise, "`Accept: */*` and `text/*` match nothing"},
	{"err-when-cidr-ignored", otherwise, "`when.request.cidr` is ignored"},
}

// rowsOf are the rows for a case; those of its mode that must be needed come first.
func rowsOf(c *Case) []row {
	all := slices.Concat(rows, elsewhere)
	if c.asks {
		return slices.Concat(asked, askedElsewhere, all)
	}
	return all
}

const hosts = "host compared with case and default port"

var rows = []row{
	{"re-host-uppercase-req", spelling, hosts},
	{"re-host-uppercase-rule", spelling, hosts},
	{"re-host-trailing-dot", spelling, hosts},

	{"re-trailing-slash-req", []Part{Target}, "the trailing slash is dropped upstream"},
	{"up-base-path-slash", []Part{Target}, "the trailing slash is dropped upstream"},
	{"up-trailing-slash-query", []Part{Target}, "the trailing slash is dropped upstream"},

	{"up-enc-slash-no-base", denied, "a path with several readings"},
	{"up-enc-slash-strip", denied, "a path with several readings"},
	{"up-enc-lower-hex", denied, "a path with several readings"},
	{"up-enc-reserved", denied, "a path with several readings"},
	{"re-fragment-raw", denied, "control characters in headers or path, a space or `#` in the path"},
	{"bearer-two-authorization", silent, "repeated Authorization, Host or `token_from` header lines"},

	{"re-method-missing", []Part{Refused}, "`methods: [\"*\"]` or an empty list never matches"},
	{"re-method-wildcard-not-supported", []Part{Refused}, "`methods: [\"*\"]` or an empty list never matches"},
	{"re-unbalanced-other-method-ok", []Part{Refused}, "an invalid rule breaks requests when it matches"},
	{"err-json-disabled-fallback", []Part{Refused}, "a handler's configuration is checked at each request"},
	{"fmt-yaml-multi-doc", []Part{Refused}, "of several YAML documents in a rule file the first counts"},
	{"header-host", []Part{Refused}, "a header mutator may name `Host` or `Connection`"},
	{"header-connection", []Part{Refused}, "a header mutator may name `Host` or `Connection`"},
	{"tpl-env", []Part{Refused}, "template functions"},
	{"tpl-semver", []Part{Refused}, "template functions"},

	{"re-duplicate-id-template-leak", []Part{Upstream}, "templates are parsed at the first request"},
	{"header-two-same-name", []Part{Upstream}, "templates are parsed at the first request"},
	{"mut-header-then-noop-alias", []Part{Upstream}, "`noop` collapses repeated headers"},
	{"header-newline", otherwise, "a line break in a mutated header: 502"},
	{"tpl-nindent", otherwise, "a line break in a mutated header: 502"},

	{"up-xfwd-trusted", denied, "`X-Forwarded-*` and `Forwarded` are removed unless trusted"},
	{"up-xfwd-*", []Part{Upstream}, "`X-Forwarded-*` and `Forwarded` are removed unless trusted"},
	{"up-upstream-500", []Part{Headers}, "an answer of the upstream without Content-Type"},
	{"up-upstream-401", []Part{Headers}, "an answer of the upstream without Content-Type"},
	{"up-upstream-set-cookie", []Part{Headers}, "an answer of the upstream without Content-Type"},
	{"up-upstream-close", otherwise, "an upstream that fails: 502 or 504"},

	{"cookie-status-302-follow", silent, "redirects are followed"},
	{"cookie-body-garbage", denied, "a session store's 200 with any body authenticates"},
	{"cookie-subject-from-object", []Part{Body}, verbose},
	{"intro-garbage-verbose", []Part{Body}, verbose},
	{"intro-dead-verbose", []Part{Body}, verbose},
	{"tpl-nil-nested-print", []Part{Body}, verbose},
	{"tpl-group-neg", []Part{Body}, verbose},
	{"intro-cache-cross-rule-aud", []Part{Callouts}, "an introspection cache shared by all handlers"},
}

const verbose = "verbose bodies may hold addresses, stack traces"

var ruleHost = regexp.MustCompile(`url: "?https?://[^/<"]*[A-Z]`)

// spelled says whether the request, or a rule, names a host in another way than in lower case, without a dot at its
// end and without the default port: only then may we allow what Oathkeeper does not.
func (c *Case) spelled() bool {
	for _, h := range c.Request.Headers {
		if strings.EqualFold(h[0], "Host") && h[1] != strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(h[1]), ":80"), ".") {
			return true
		}
	}
	return ruleHost.MatchString(c.Rules)
}
