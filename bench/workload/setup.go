package workload

import "oathgate/bench/load"

// Setup is one configuration of every proxy, and the workloads that are measured while it is in force.
type Setup struct {
	Name, Title string
	Rules       int    // how many access rules there are
	Access      []Rule // the access rules
	Handlers    Handlers
	KeySet      string // the JSON Web Key Set that tokens are checked with, for JWT
	Probes      []Probe
	Workloads   []Workload
}

// Handlers is what every rule of a setup asks for. A request that is allowed reaches the upstream with Subject in
// X-User.
type Handlers struct {
	Authenticator Authenticator
	Deny          bool   // the authorizer denies everybody
	Subject       string // whom the authenticator finds
	Algorithm     string // JWT: the one that is accepted
	Cached        bool   // Introspection: answers are kept
}

// Authenticator is a way of authentication, by Oathkeeper's name for it.
type Authenticator string

// The authenticators that are measured.
const (
	Anonymous     Authenticator = "anonymous"
	JWT           Authenticator = "jwt"
	Introspection Authenticator = "oauth2_introspection"
	Session       Authenticator = "cookie_session"
)

// Workload is requests that are all answered alike.
type Workload struct {
	Name, Title string
	Status      int // what every answer has
	Pool        *load.Pool
	Sample      []byte // one of the requests
	Calls       int    // how often the identity server is asked about a request that was sent before
}

func work(name, title string, status int, requests ...[]byte) Workload {
	return Workload{Name: name, Title: title, Status: status, Pool: load.NewPool(requests...), Sample: requests[0]}
}

// asking is the same workload, each of whose requests the identity server is asked about.
func (w Workload) asking() Workload {
	w.Calls = 1
	return w
}

// Probe is a request that must be refused: who lets it through does not do the work.
type Probe struct {
	Name    string
	Request []byte
	Status  int // with which it is refused
}

// Where upstream and identity server are to be found, and what the tokens say.
const (
	IntrospectPath = "/oauth2/introspect"
	SessionPath    = "/sessions/whoami"
	KeysPath       = "/keys"

	Issuer   = "https://issuer.example.com/"
	Audience = "https://api.example.com"

	SessionCookie = "ory_kratos_session"
	SessionPrefix = "MTcwMDAwMDAwMHxHd3dBR1RsWVZXcE1jWEl5Y0U1a1QwRnJaVXhDZFdSTk1BPT18" // of a cookie that is a session's

	Guest = "guest" // the subject without authentication
	User  = "alice" // the subject of tokens and sessions
)
