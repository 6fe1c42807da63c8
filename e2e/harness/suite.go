package harness

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"
)

// Suite is one Envoy for all tests of a package, with the listeners that the package's files ask for:
//
//	var suite = harness.NewSuite()
//
//	func TestMain(m *testing.M) { os.Exit(suite.Run(m)) }
//
//	var cookies = suite.Listen(harness.Listener{Name: "cookies", Rules: `access_rules: ...`})
//
//	func TestCookies(t *testing.T) { reply := cookies.Get(t, "/profile", "Cookie: session=1") ... }
//
// When the tests are done the upstream must have seen no unauthorised request, and Envoy must still run: otherwise
// the package fails.
type Suite struct {
	Upstream *Upstream
	Identity *Identity
	Envoy    *Envoy // nil until Run has started it

	listeners []Listener
	names     map[string]bool
}

// NewSuite starts the suite's upstream and identity server.
func NewSuite() *Suite {
	return &Suite{Upstream: NewUpstream(), Identity: NewIdentity(), names: map[string]bool{}}
}

// Shared is a listener of a suite.
type Shared struct {
	suite *Suite
	name  string
}

// Listen adds a listener. It is to be called before Run, best where a package variable is initialised.
func (s *Suite) Listen(l Listener) Shared {
	if s.Envoy != nil || s.names[l.Name] {
		panic("harness: listener " + l.Name + " comes twice or too late")
	}
	s.names[l.Name] = true
	s.listeners = append(s.listeners, l)
	return Shared{suite: s, name: l.Name}
}

// At is where the listener can be asked.
func (s Shared) At(t testing.TB) Endpoint {
	t.Helper()
	return s.suite.Envoy.Listener(t, s.name)
}

// Get asks the listener with GET: see Endpoint.
func (s Shared) Get(t testing.TB, target string, lines ...string) Reply {
	t.Helper()
	return s.At(t).Get(t, target, lines...)
}

// Run starts Envoy, runs the package's tests, stops everything and returns the exit code.
func (s *Suite) Run(m *testing.M) int {
	defer s.Upstream.Close()
	defer s.Identity.Close()
	dir, err := os.MkdirTemp("", "oathgate-e2e-")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)

	began := time.Now()
	s.Envoy, err = Launch(context.Background(), dir, Config{Listeners: s.listeners, Upstream: s.Upstream, Identity: s.Identity})
	if err != nil {
		return failed(err)
	}
	defer s.Envoy.Stop()
	fmt.Fprintf(os.Stderr, "Envoy %s (%s): %d listeners ready after %.1f s\n",
		s.Envoy.Binary.Version, s.Envoy.Binary.Source, len(s.listeners), time.Since(began).Seconds())

	code := m.Run()
	if err := s.Envoy.Err(); err != nil {
		code = failed(err)
	}
	for _, request := range s.Upstream.Unauthorised() {
		code = failed(fmt.Errorf("the upstream saw an unauthorised request: %s", request))
	}
	if code != 0 {
		fmt.Fprintf(os.Stderr, "the end of Envoy's log:\n%s\n", s.Envoy.Log(40))
	}
	return code
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, "FAIL:", err)
	return 1
}
