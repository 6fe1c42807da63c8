package pipeline

import (
	"oathgate/rules/request"
	"oathgate/rules/template"
)

// Session is what is known of the one who sends the request, and what the
// upstream is to learn (pipeline/authn/authenticator.go, AuthenticationSession).
// It is the data of all templates.
type Session struct {
	// Subject names who sends the request, "" for nobody in particular.
	Subject string
	// Extra holds further facts, as values of encoding/json's data model.
	Extra map[string]any
	// Header holds the request headers to set, names in lower case.
	Header request.Headers
	// MatchContext is the match that led here.
	MatchContext MatchContext
	// Noop says that the mutator noop was asked. From then on Oathkeeper holds
	// Header and the client's headers for one and the same.
	Noop bool
	// Env is what templates may ask beside the session.
	Env template.Environment
}

// Environment gives Env to templates.
func (s *Session) Environment() template.Environment { return s.Env }

// MatchContext is the match of a request and a rule.
type MatchContext struct {
	// RegexpCaptureGroups are the pieces of the URL that the pattern's groups
	// matched, without the whole match.
	RegexpCaptureGroups []string
	// Request is the matched request.
	Request *request.Request
	// Told, if not nil, is what templates see in the place of Request.
	Told *Match
}

// Match is a match as a hydrator tells it.
type Match struct {
	// URL is nil if the hydrator gave none.
	URL    *template.URL
	Method string
	Header request.Headers
}

// Field gives .Subject, .Extra, .Header and .MatchContext.
func (s *Session) Field(name string) (any, bool) {
	switch name {
	case "Subject":
		return s.Subject, true
	case "Extra":
		return s.Extra, true
	case "Header":
		return headerMap(s.Header), true
	case "MatchContext":
		return &s.MatchContext, true
	}
	return nil, false
}

// StringField gives .Subject without making an interface of it.
func (s *Session) StringField(name string) (string, bool) { return s.Subject, name == "Subject" }

// JSON gives the session as Oathkeeper encodes it (AuthenticationSession's tags).
func (s *Session) JSON() any {
	return template.Record{
		{Name: "subject", Value: s.Subject},
		{Name: "extra", Value: s.Extra},
		{Name: "header", Value: headerMap(s.Header)},
		{Name: "match_context", Value: &s.MatchContext},
	}
}

// Field gives .RegexpCaptureGroups, .URL, .Method and .Header.
func (m *MatchContext) Field(name string) (any, bool) {
	switch name {
	case "RegexpCaptureGroups":
		return m.RegexpCaptureGroups, true
	case "URL":
		return m.url(), true
	case "Method":
		return m.method(), true
	case "Header":
		return m.header(), true
	}
	return nil, false
}

func (m *MatchContext) url() any {
	switch {
	case m.Told == nil:
		return url(m.Request)
	case m.Told.URL == nil:
		return nil
	}
	return m.Told.URL
}

func (m *MatchContext) method() string {
	if m.Told != nil {
		return m.Told.Method
	}
	return m.Request.Method
}

func (m *MatchContext) header() *template.HeaderMap {
	if m.Told != nil {
		return headerMap(m.Told.Header)
	}
	return clientHeaders(m.Request.Headers)
}

// StringsField gives .RegexpCaptureGroups without making an interface of it.
func (m *MatchContext) StringsField(name string) ([]string, bool) {
	return m.RegexpCaptureGroups, name == "RegexpCaptureGroups"
}

// JSON gives the match as Oathkeeper encodes it (MatchContext's tags).
func (m *MatchContext) JSON() any {
	return template.Record{
		{Name: "regexp_capture_groups", Value: m.RegexpCaptureGroups},
		{Name: "url", Value: m.url()},
		{Name: "method", Value: m.method()},
		{Name: "header", Value: m.header()},
	}
}
