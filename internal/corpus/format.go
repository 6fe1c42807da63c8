package corpus

import "time"

// Case is one configuration and what it does, with all defaults filled in.
type Case struct {
	ID    string
	About string
	File  string
	// Document is the plugin configuration as JSON text, or, to be refused, any text.
	Document []byte
	// Config is the same as a value; nil if the document was given as text.
	Config map[string]any
	// TLS says that the client's connection is encrypted.
	TLS bool
	// Normalise says that the requests are also sent through a listener that normalises paths.
	Normalise bool
	Requests  []Request
	// Refused are the problems for which the document must be refused; then there are no requests.
	Refused []Problem
}

// RoutedByEnvoy says that the routes are not the rules' (oathgate.routing: envoy).
func (c *Case) RoutedByEnvoy() bool {
	block, _ := c.Config["oathgate"].(map[string]any)
	return block["routing"] == "envoy"
}

// Problem is one problem of a document.
type Problem struct {
	Rule string `yaml:"rule"`
	Path string `yaml:"path"`
	Says string `yaml:"says"`
}

// Request is one request and what must come of it.
type Request struct {
	Name           string
	Method, Target string
	// Hosts are the Host lines: nearly always one.
	Hosts   []string
	Headers []Header
	Body    string
	// Advance is how much time passes before it.
	Advance  time.Duration
	Backends []Backends
	// Wire, if it is set, is the same request byte for byte, for a target that has a wire: HTTP/1.0, lines in odd order.
	// Talk is sent behind it once the connection is upgraded, and what comes back is the answer's body.
	Wire, Talk string
	// Serve, if it is set, answers in the place of Backends.
	Serve func(m *Message) Reply

	// Allow is what the upstream must see; nil if the request must be denied.
	Allow *Allow
	// Deny is the status of the refusal, or of any other answer of the filter's own; 0 if the request must go on.
	Deny   int
	Answer Answer
	// Callouts are those that must be made, in order; nil if the case does not say.
	Callouts []Outgoing
	// Silent says that no callout may be made.
	Silent bool
	// Together says that its callouts are made at once: servers may see them in any order.
	Together bool
	// Envoy is a refusal that Envoy makes in the filter's stead.
	Envoy *Exception
}

// Exception is what another target does: it refuses, with another status.
type Exception struct {
	Deny    int    `yaml:"deny"`
	Because string `yaml:"because"`
}

// Header is one header line.
type Header struct{ Name, Value string }

// Lines are the wanted lines of a header: none, one, or several.
type Lines []string

// Allow is what an upstream must see. What is nil is not compared, but Cluster, Method and Body, which are then
// "upstream" and what was sent.
type Allow struct {
	Method, Target, Host, Cluster, Body *string
	Headers                             map[string]Lines
}

// Answer is what the client must get.
type Answer struct {
	Headers  map[string]Lines
	Body     *string
	JSON     any
	HasJSON  bool
	Contains []string
	Lacks    []string
}

// Outgoing is a callout that must be made. What is nil is not compared.
type Outgoing struct {
	To             string
	Method, Target *string
	Host, Body     *string
	Headers        map[string]Lines
}

// Backends are replies by backend; of a backend's the first that applies is given.
type Backends map[string][]Reply

// Fault is how a backend fails instead of answering.
type Fault string

// The faults of backends.
const (
	// Silent never answers.
	Silent Fault = "silent"
	// Reset breaks the connection off.
	Reset Fault = "reset"
	// Cut breaks off in the middle of the body.
	Cut Fault = "cut"
	// Garbage answers what is not HTTP.
	Garbage Fault = "garbage"
)

// Reply is one scripted answer.
type Reply struct {
	When    When
	Status  int
	Headers []Header
	// Body may hold ${now}, ${now+N} and ${now-N}: seconds since 1970.
	Body  string
	Delay time.Duration
	Fault Fault
}

// When says which requests a Reply is for: those that have all of it.
type When struct {
	Method, Target, Body *string
	Headers              map[string]Lines
}
