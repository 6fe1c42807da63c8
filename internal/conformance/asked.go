package conformance

// askedElsewhere are rows for cases of the decision API that the recorded ones leave out.
var askedElsewhere = []row{
	{"dec-bare", denied, bare},
	{"dec-xfwd-uri-encoded", denied, "X-Forwarded-Uri is not decoded"},
	{"dec-xfwd-host-list", denied, families},
	{"dec-xfwd-proto-upper", otherwise, families},
	{"dec-noop*", []Part{Headers}, echoed},
	{"re-missing-id-template-leak", []Part{Headers}, "templates are parsed at the first request"},
	{"glob-*", []Part{Headers}, escapes},
}

const (
	families = "`X-Forwarded-Method`, `-Proto`, `-Host` and `-Uri` are believed"
	bare     = "`/decisions` itself is judged as a URL without a path"
	echoed   = "`noop` answers with the client's headers"
	escapes  = "the URL that templates print has escapes"
	unserved = "a path that is not served: 404"
)

// asked are the rows that only the decision API needs.
var asked = []row{
	{"dec-xfwd-uri-absolute", denied, families},
	{"dec-xfwd-uri-only-query", denied, families},
	{"dec-xfwd-host-two", denied, families},
	{"dec-original-headers-ignored", denied, families},
	{"dec-bare-query", denied, bare},
	{"dec-noop-conn-header", []Part{Headers}, echoed},
	{"header-noop-order1", []Part{Headers}, echoed},
	{"mut-header-then-noop-alias", []Part{Headers}, "`noop` collapses repeated headers"},
	{"glob-literal-star-outside-2", []Part{Headers}, escapes},
	{"glob-escape", []Part{Headers}, escapes},
	{"glob-regex-chars-literal", []Part{Headers}, escapes},
	{"re-duplicate-id-template-leak", []Part{Headers}, "templates are parsed at the first request"},
	{"header-two-same-name", []Part{Headers}, "templates are parsed at the first request"},
	{"header-newline", denied, "a line break in a mutated header"},
	{"tpl-nindent", denied, "a line break in a mutated header"},
	{"dec-header-mutator-host", []Part{Refused}, "a header mutator may name `Host` or `Connection`"},
	{"up-bad-upstream-url", []Part{Refused}, "an invalid rule breaks requests when it matches"},
	{"api-rules-invalid-hidden", []Part{Refused}, "an invalid rule breaks requests when it matches"},
	{"dec-prefix-only", []Part{Body, Headers}, unserved},
	{"api-rule-slash", []Part{Body, Headers}, unserved},
	{"api-version", []Part{Body, Headers}, unserved},
	{"api-root", []Part{Body, Headers}, unserved},
	{"api-unknown", []Part{Body, Headers}, unserved},
	{"api-unknown-plain", []Part{Body, Headers}, unserved},
}
