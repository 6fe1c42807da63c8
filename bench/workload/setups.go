package workload

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"strings"

	"oathgate/internal/tokentest"
)

// Options chooses setups.
type Options struct {
	// Full adds rule sets of 10 and 100 rules, and every position of the rule that matches.
	Full bool
	// Wanted says which setups to make, by their names; nil is all.
	Wanted func(name string) bool
	// Tokens is how many JSON Web Tokens are minted of which none is to be seen twice; 0 is 40,000. A cache that holds an
	// eighth of them never has the next.
	Tokens int
}

const (
	defaultTokens = 40_000
	// opaqueTokens is enough that no two requests in flight have the same one: who asks about both at once would win.
	opaqueTokens = 4096
)

// Setups makes the setups, with all that they need: the tokens of those that are wanted are minted here, which takes
// seconds.
func Setups(opt Options) []*Setup {
	tokens := opt.Tokens
	if tokens == 0 {
		tokens = defaultTokens
	}
	makers := []func() *Setup{one, denied}
	names := []string{"anonymous", "denied"}
	add := func(name string, make func() *Setup) { names, makers = append(names, name), append(makers, make) }
	counts := []int{1000, 10_000}
	if opt.Full {
		counts = []int{10, 100, 1000, 10_000}
	}
	add("paths-1000", paths)
	for _, n := range counts {
		add(fmt.Sprintf("rules-%d", n), func() *Setup { return many(n, opt.Full) })
	}
	for _, algorithm := range []string{"RS256", "ES256"} {
		add("jwt-"+strings.ToLower(algorithm), func() *Setup { return signed(algorithm, tokens) })
	}
	add("introspection", introspected)
	add("introspection-cache", kept)
	add("session", session)

	var setups []*Setup
	for i, name := range names {
		if opt.Wanted != nil && !opt.Wanted(name) {
			continue
		}
		s := makers[i]()
		s.Name, s.Rules = name, len(s.Access)
		s.Probes = append(s.Probes, Probe{"no rule", get(nothing), http.StatusNotFound})
		setups = append(setups, s)
	}
	return setups
}

// example is the URL of the setups with one rule.
func example() string { return alike(1)[0].Example }

func anonymous() Handlers { return Handlers{Authenticator: Anonymous, Subject: Guest} }

func one() *Setup {
	return &Setup{
		Title: "anonymous, allow, header; 1 rule", Access: alike(1), Handlers: anonymous(),
		Workloads: []Workload{work("allowed", "allowed", http.StatusOK, get(example()))},
	}
}

func denied() *Setup {
	h := anonymous()
	h.Deny = true
	return &Setup{
		Title: "anonymous, deny; 1 rule", Access: alike(1), Handlers: h,
		Workloads: []Workload{work("denied", "denied", http.StatusForbidden, get(example()))},
	}
}

func paths() *Setup {
	const n = 1000
	rules := alike(n)
	return &Setup{
		Title:  fmt.Sprintf("anonymous, allow, header; %d rules that differ in one path segment, by the recipe of peers/README.md", n),
		Access: rules, Handlers: anonymous(),
		Workloads: []Workload{work("last", "the last rule matches", http.StatusOK, get(rules[n-1].Example))},
	}
}

func many(n int, full bool) *Setup {
	s := &Setup{Title: fmt.Sprintf("anonymous, allow, header; %d rules of a mix", n), Access: mix(n), Handlers: anonymous()}
	at := func(i int) []byte { return get(s.Access[i].Example) }
	s.Workloads = []Workload{work("last", "the last rule matches", http.StatusOK, at(n-1))}
	if full {
		s.Workloads = append(s.Workloads,
			work("first", "the first rule matches", http.StatusOK, at(0)),
			work("middle", "the middle rule matches", http.StatusOK, at(n/2)),
			work("any", "each rule matches in turn", http.StatusOK, inTurn(s.Access)...))
	}
	s.Workloads = append(s.Workloads, work("none", "no rule matches", http.StatusNotFound, get(nothing)))
	return s
}

// inTurn is a request for every rule that matches alone, neighbours far apart.
func inTurn(rules []Rule) (requests [][]byte) {
	for i := range rules {
		if url := rules[i*7919%len(rules)].Example; url != "" {
			requests = append(requests, get(url))
		}
	}
	return requests
}

func signed(algorithm string, n int) *Setup {
	key := tokentest.New("bench-"+strings.ToLower(algorithm), algorithm)
	other := tokentest.New(key.ID, algorithm)
	requests := make([][]byte, n)
	for i, token := range mint(key, n) {
		requests[i] = get(example(), bearer(token))
	}
	// Its number is beyond those of the pool.
	repeated := get(example(), bearer(key.Sign(claims(Audience, n))))
	return &Setup{
		Title: algorithm + " JSON Web Token, issuer and audience checked; 1 rule", Access: alike(1),
		Handlers: Handlers{Authenticator: JWT, Subject: User, Algorithm: algorithm},
		KeySet:   tokentest.Set(key.JWK()),
		Probes: []Probe{
			{"no token", get(example()), http.StatusUnauthorized},
			{"a token by another key", get(example(), bearer(other.Sign(claims(Audience, n)))), http.StatusUnauthorized},
			{"a token for somebody else", get(example(), bearer(key.Sign(claims("https://other.example.com", n)))), http.StatusUnauthorized},
		},
		Workloads: []Workload{
			work("unseen", "a token never seen before", http.StatusOK, requests...),
			work("repeated", "one token, repeated", http.StatusOK, repeated),
		},
	}
}

func introspected() *Setup {
	requests := make([][]byte, opaqueTokens)
	for i := range requests {
		requests[i] = get(example(), bearer(opaque()))
	}
	return &Setup{
		Title: "OAuth 2.0 token, introspected; 1 rule", Access: alike(1),
		Handlers: Handlers{Authenticator: Introspection, Subject: User},
		Probes: []Probe{
			{"no token", get(example()), http.StatusUnauthorized},
			{"a token that is not active", get(example(), bearer("x")), http.StatusUnauthorized},
		},
		Workloads: []Workload{work("miss", "each request asks the identity server", http.StatusOK, requests...).asking()},
	}
}

func kept() *Setup {
	return &Setup{
		Title: "OAuth 2.0 token, introspected once; 1 rule", Access: alike(1),
		Handlers: Handlers{Authenticator: Introspection, Subject: User, Cached: true},
		Probes: []Probe{
			{"no token", get(example()), http.StatusUnauthorized},
			{"a token that is not active", get(example(), bearer("x")), http.StatusUnauthorized},
		},
		Workloads: []Workload{work("hit", "the answer is in the cache", http.StatusOK, get(example(), bearer(opaque())))},
	}
}

func session() *Setup {
	requests := make([][]byte, opaqueTokens)
	for i := range requests {
		requests[i] = get(example(), cookie(SessionPrefix+rand.Text()))
	}
	return &Setup{
		Title: "session cookie; 1 rule", Access: alike(1),
		Handlers: Handlers{Authenticator: Session, Subject: User},
		Probes: []Probe{
			{"no cookie", get(example()), http.StatusUnauthorized},
			{"another cookie", get(example(), cookie("x")), http.StatusUnauthorized},
		},
		Workloads: []Workload{work("cookie", "each request asks the identity server", http.StatusOK, requests...).asking()},
	}
}

// opaque is a token that says nothing, as Hydra makes them.
func opaque() string { return "ory_at_" + rand.Text() + rand.Text() }
