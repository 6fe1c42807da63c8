// Package callout describes the HTTP requests that handlers make to identity
// services, and what comes back: values only, carried out by whoever hosts the
// evaluation (Envoy's clusters in the filter, scripted servers in tests).
package callout

import (
	"strings"
	"time"

	"oathgate/rules/request"
)

// MaxBody is the size in bytes of the largest response body that is read. A
// larger one is the fault TooLarge.
const MaxBody = 256 << 10

// Request is one HTTP request to an identity service. Redirects are never
// followed.
type Request struct {
	// Endpoint is where it goes.
	Endpoint Endpoint
	// Method is the HTTP method, in upper case.
	Method string
	// Target is the request target: a path with an optional query, starting
	// with '/'.
	Target string
	// Headers are sent as they stand, in this order, without pseudo headers,
	// Host and Content-Length.
	Headers request.Headers
	// Body is the request body; nil sends none.
	Body []byte
	// Timeout bounds the whole exchange; 0 is filled in from the configuration
	// (`oathgate.limits.callout_timeout`).
	Timeout time.Duration
}

// Result is what became of a Request: a Response, or a Fault.
type Result struct {
	// Fault is None exactly if Response is an HTTP response of the service.
	Fault Fault
	// Response is the zero Response when there was a fault.
	Response Response
}

// Response is a service's HTTP response.
type Response struct {
	// Status is the HTTP status code; 0 is not a response.
	Status int
	// Headers are the response headers, names in lower case.
	Headers request.Headers
	// Body is the response body, at most MaxBody bytes.
	Body []byte
}

// Fault is a reason why a callout has no response. The zero Fault is not None:
// a Result that nobody filled in is a fault.
type Fault uint8

// The faults of a callout.
const (
	// Unknown is the zero value: a result that nobody filled in.
	Unknown Fault = iota
	// None says that there is a response.
	None
	// NoCluster says that the host knows no cluster of that name.
	NoCluster
	// NoHost says that the cluster has no healthy host.
	NoHost
	// Connect says that no connection could be made.
	Connect
	// Timeout says that the service did not answer in time.
	Timeout
	// Reset says that the connection broke before a whole response was read.
	Reset
	// TooLarge says that a limit on the response's size was exceeded.
	TooLarge
	// Overload says that this worker has too many callouts in flight.
	Overload
	// Refused says that the host refused to send the request.
	Refused
	// NumFaults is the number of faults.
	NumFaults
)

// Label is the fault as a metric's label.
func (f Fault) Label() string { return strings.ReplaceAll(f.String(), " ", "_") }

var faultNames = [...]string{
	Unknown:   "unknown fault",
	None:      "none",
	NoCluster: "no such cluster",
	NoHost:    "no healthy host",
	Connect:   "connection failed",
	Timeout:   "timed out",
	Reset:     "connection reset",
	TooLarge:  "response too large",
	Overload:  "too many callouts in flight",
	Refused:   "the host refused the request",
}

// String is a short description for logs and verbose error bodies; it names no
// address.
func (f Fault) String() string {
	if int(f) < len(faultNames) {
		return faultNames[f]
	}
	return faultNames[Unknown]
}
