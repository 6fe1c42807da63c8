package pipeline

import (
	"errors"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
)

// ErrNotResponsible is what an authenticator returns for a request that carries
// nothing it could judge; the next authenticator of the rule is asked.
var ErrNotResponsible = errors.New("authenticator not responsible")

// Error is a refusal. Its texts are for verbose error handlers only.
type Error struct {
	// Status is the HTTP status code, 400 to 599.
	Status int
	// Message is the error's general text (herodot's `message`).
	Message string
	// Reason is its particular text (herodot's `reason`), "" for none.
	Reason string
	// Header holds response headers that go with the refusal: Retry-After and the
	// X-Ratelimit headers of a 429.
	Header request.Headers
	// Callout says that a callout's fault was the cause.
	Callout bool
}

func (e *Error) Error() string {
	if e.Reason == "" {
		return e.Message
	}
	return e.Message + ": " + e.Reason
}

// The messages of Oathkeeper's errors (helper/errors.go).
const (
	messageUnauthorized = "Access credentials are invalid"
	messageForbidden    = "Access credentials are not sufficient to access this resource"
	messageNoRule       = "Requested url does not match any rules"
	messageManyRules    = "Expected exactly one rule but found multiple rules"
	messageTooMany      = "Too many requests"
	messageOverloaded   = "The service is overloaded"
	messageBadRequest   = "The request was malformed or contained invalid parameters"
)

// Unauthorized is a 401.
//
//go:noinline
func Unauthorized(reason string) *Error {
	return &Error{Status: 401, Message: messageUnauthorized, Reason: reason}
}

// Forbidden is a 403.
func Forbidden(reason string) *Error {
	return &Error{Status: 403, Message: messageForbidden, Reason: reason}
}

// NoRule is the 404 of a request that no rule matches.
func NoRule() *Error { return &Error{Status: 404, Message: messageNoRule} }

// ManyRules is the 500 of a request that more than one rule matches.
func ManyRules() *Error { return &Error{Status: 500, Message: messageManyRules} }

// Internal is a 500 with a message.
//
//go:noinline
func Internal(message string) *Error { return &Error{Status: 500, Message: message} }

// BadRequest is a 400.
func BadRequest(reason string) *Error {
	return &Error{Status: 400, Message: messageBadRequest, Reason: reason}
}

// Malformed is the refusal of a request that was not understood (400 or 431).
func Malformed(r *request.Refusal) *Error {
	return &Error{Status: r.Status, Message: messageBadRequest, Reason: r.Reason}
}

// CalloutFailed says that an identity service could not be asked or understood:
// e, or 503 if it was this worker that could not ask (callout.Overload).
func CalloutFailed(f callout.Fault, e *Error) *Error {
	if f == callout.Overload {
		e.Status, e.Message = 503, messageOverloaded
	}
	e.Callout = true
	return e
}

// rateLimitHeaders are handed on from a service's 429 (helper/errors.go,
// RateLimitHeaders).
var rateLimitHeaders = [...]string{
	"retry-after",
	"x-ratelimit-limit",
	"x-ratelimit-remaining",
	"x-ratelimit-reset",
	"x-ratelimit-type",
}

// TooManyRequests is a 429 with the rate-limit headers of the service's answer.
func TooManyRequests(response request.Headers) *Error {
	e := &Error{Status: 429, Message: messageTooMany}
	for _, name := range rateLimitHeaders {
		if v := response.Get(name); v != "" {
			e.Header.Set(name, v)
		}
	}
	return e
}
