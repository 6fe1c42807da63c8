package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
)

// Case is one line of a file of cases: rules, configuration, a request, and what Oathkeeper did.
type Case struct {
	ID      string            `json:"id"`
	Area    string            `json:"area"`
	Tags    []string          `json:"tags"`
	Kind    string            `json:"kind"`
	Rules   string            `json:"rules"`
	Config  string            `json:"config"`
	Env     map[string]string `json:"env"`
	Request Request           `json:"request"`
	Stubs   Stubs             `json:"stubs"`
	Pre     []Action          `json:"pre"`
	Compare struct {
		Body     string   `json:"body"`
		Callouts string   `json:"callouts"`
		Keep     []string `json:"req_headers_keep"`
	} `json:"compare"`
	Volatile []string `json:"volatile"`
	// Proxy is what Oathkeeper did as a reverse proxy; nil if the case is of the decision API alone.
	Proxy *Expected `json:"expect_proxy"`
	// Decision is what its API port did with Asked, which is nil if it was asked about Request.
	Decision *Expected `json:"expect_decision"`
	Asked    *Request  `json:"decision_request"`

	// asks says that the case is replayed on the decision API.
	asks bool
}

// OnDecisionAPI is the case as it was recorded on the API port.
func (c *Case) OnDecisionAPI() *Case {
	d := *c
	d.asks = true
	if d.Asked == nil {
		d.Asked = c.Request.asked()
	}
	d.Request = *d.Asked
	d.Pre = slices.Clone(c.Pre)
	for i, a := range d.Pre {
		if a.Request != nil {
			d.Pre[i].Request = a.Request.asked()
		}
	}
	return &d
}

// asked is the request by which a proxy asks about r.
func (q *Request) asked() *Request {
	if q.Asked != nil {
		return q.Asked
	}
	a := *q
	if !strings.HasPrefix(a.Target, "/") {
		a.Target = "/" + a.Target
	}
	a.Target = "/decisions" + a.Target
	return &a
}

// want is what Oathkeeper did, nil if it was not recorded.
func (c *Case) want() *Expected {
	if c.asks {
		return c.Decision
	}
	return c.Proxy
}

// Pairs are header lines. Their bytes are decoded as Latin-1 where they were received, and UTF-8 where they are sent.
type Pairs [][2]string

// Request is a request, sent byte for byte. Host is a header.
type Request struct {
	Method  string `json:"method"`
	Target  string `json:"target"`
	Headers Pairs  `json:"headers"`
	Body    string `json:"body"`
	Version string `json:"version"`
	WS      string `json:"ws"`
	// Asked is the request to the decision API instead of this one, nil for the same under /decisions.
	Asked *Request `json:"decision"`
}

// Action is what happens before the request that is compared.
type Action struct {
	Request *Request        `json:"request"`
	Settle  *int            `json:"settle_ms"`
	Sleep   int             `json:"sleep_ms"`
	Program Stubs           `json:"program"`
	Rules   json.RawMessage `json:"rules"`
	Config  json.RawMessage `json:"config"`
}

// Expected is what came of a request.
type Expected struct {
	Status   int        `json:"status"`
	Headers  Pairs      `json:"headers"`
	Body     string     `json:"body"`
	Upstream *Seen      `json:"upstream_seen"`
	Callouts []Seen     `json:"callouts"`
	Pre      []Expected `json:"pre_results"`
}

// Seen is a request as a stub saw it.
type Seen struct {
	Stub    string `json:"stub"`
	Method  string `json:"method"`
	Target  string `json:"target"`
	Headers Pairs  `json:"headers"`
	Body    string `json:"body"`
}

// Load reads a file of cases, with names for the placeholders.
func Load(file string) ([]*Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var cases []*Case
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		c := &Case{}
		if err := json.Unmarshal([]byte(places.Replace(lines.Text())), c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if c.ID == "" || c.Area == "" {
			return nil, fmt.Errorf("%s:%d: a case without id or area", file, n)
		}
		cases = append(cases, c)
	}
	return cases, lines.Err()
}

// stubs are the stub backends by the names that targets give them, as clusters and before ".test".
var stubs = map[string]string{
	"upstream": "upstream", "session": "session", "introspection": "introspect", "authz": "authz", "hydrator": "hydrator",
	"jwks": "jwks", "token": "token", "keto": "keto", "repo": "repo",
}

// places gives each placeholder of an address a name.
var places = func() *strings.Replacer {
	pairs := []string{"@DEAD@", "dead.test"}
	for name, stub := range stubs {
		pairs = append(pairs, "@"+strings.ToUpper(stub)+"@", name+".test")
	}
	return strings.NewReplacer(pairs...)
}()
