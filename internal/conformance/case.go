package conformance

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Case is one line of a file of cases: rules, configuration, a request, and what Oathkeeper did.
type Case struct {
	ID        string            `json:"id"`
	Area      string            `json:"area"`
	Tags      []string          `json:"tags"`
	Kind      string            `json:"kind"`
	Rules     string            `json:"rules"`
	Extension string            `json:"rules_ext"`
	Config    string            `json:"config"`
	Env       map[string]string `json:"env"`
	Request   Request           `json:"request"`
	Stubs     Stubs             `json:"stubs"`
	Pre       []Action          `json:"pre"`
	Compare   struct {
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

	// name is the case's alone among all that were loaded together.
	name string
	// suffix is behind the names of the case's stubs: upstream-17.test. Answers that one case lets a cache keep are thus
	// no other's.
	suffix string
	// keys is the folder of the keys and tokens that the cases of its file use.
	keys string
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
	if path, _, _ := strings.Cut(a.Target, "?"); strings.Contains(path, "://") {
		_, rest, _ := strings.Cut(a.Target, "://")
		_, a.Target, _ = strings.Cut(rest, "/")
	}
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
	// WS is sent once the connection is another protocol's; what comes back is the body of the answer.
	WS string `json:"ws"`
	// Asked is the request to the decision API instead of this one, nil for the same under /decisions.
	Asked *Request `json:"decision"`
}

// has says whether there is a line of one of these headers, whose names are in lower case.
func (q *Request) has(names ...string) bool {
	return slices.ContainsFunc(q.Headers, func(h [2]string) bool { return slices.Contains(names, strings.ToLower(h[0])) })
}

// wire is the request as oracle.py sends it.
func (q *Request) wire() string {
	version := q.Version
	if version == "" {
		version = "HTTP/1.1"
	}
	var b strings.Builder
	b.WriteString(q.Method + " " + q.Target + " " + version + "\r\n")
	for _, h := range q.Headers {
		b.WriteString(h[0] + ": " + h[1] + "\r\n")
	}
	if q.Body != "" && !q.has("content-length", "transfer-encoding") {
		b.WriteString("Content-Length: " + strconv.Itoa(len(q.Body)) + "\r\n")
	}
	b.WriteString("\r\n")
	switch {
	case !q.has("transfer-encoding"):
		b.WriteString(q.Body)
	case q.Body == "":
		b.WriteString("0\r\n\r\n")
	default:
		b.WriteString(strconv.FormatInt(int64(len(q.Body)), 16) + "\r\n" + q.Body + "\r\n0\r\n\r\n")
	}
	return b.String()
}

// Action is what happens before the request that is compared.
type Action struct {
	Request *Request `json:"request"`
	Settle  *int     `json:"settle_ms"`
	Sleep   int      `json:"sleep_ms"`
	Program Stubs    `json:"program"`
	// Rules and Config are what the rule file and the configuration file hold from then on, nil for what they did.
	Rules  *string `json:"rules"`
	Config *string `json:"config"`
}

// Expected is what came of a request.
type Expected struct {
	Status   int        `json:"status"`
	Headers  Pairs      `json:"headers"`
	Body     string     `json:"body"`
	Minted   any        `json:"minted_jwt"`
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
	Minted  any    `json:"minted_jwt"`
}

// Load reads files of cases, with names for the placeholders. Without a folder keys beside it a file uses the standard
// cases' keys.
func Load(files ...string) ([]*Case, error) {
	var cases []*Case
	for _, file := range files {
		keys, err := filepath.Abs(filepath.Join(filepath.Dir(file), "keys"))
		if err != nil {
			return nil, err
		}
		if _, err := os.Stat(keys); err != nil {
			keys = filepath.Join(filepath.Dir(Standard()), "keys")
		}
		if cases, err = load(cases, file, keys); err != nil {
			return nil, err
		}
	}
	return cases, nil
}

func load(cases []*Case, file, keys string) ([]*Case, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		if strings.TrimSpace(lines.Text()) == "" {
			continue
		}
		c := &Case{suffix: "-" + strconv.Itoa(len(cases)+1), keys: keys}
		if err := json.Unmarshal([]byte(c.places().Replace(lines.Text())), c); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, n, err)
		}
		if c.ID == "" || c.Area == "" {
			return nil, fmt.Errorf("%s:%d: a case without id or area", file, n)
		}
		c.name = c.ID + c.suffix
		cases = append(cases, c)
	}
	return cases, lines.Err()
}

// stubs are the stub backends by the names that targets give them, as clusters and in hosts.
var stubs = map[string]string{
	"upstream": "upstream", "session": "session", "introspection": "introspect", "authz": "authz", "hydrator": "hydrator",
	"jwks": "jwks", "token": "token", "keto": "keto", "repo": "repo",
}

// Stubbed are the names that targets give the stub backends.
func Stubbed() []string {
	var names []string
	for name := range stubs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const dead = "dead"

// host is that of a stub backend in the case's configuration.
func (c *Case) host(name string) string { return name + c.suffix + ".test" }

// places gives each placeholder of an address a name.
func (c *Case) places() *strings.Replacer {
	pairs := []string{"@DEAD@", c.host(dead), "@KEYS@", c.keys}
	for name, stub := range stubs {
		pairs = append(pairs, "@"+strings.ToUpper(stub)+"@", c.host(name))
	}
	return strings.NewReplacer(pairs...)
}

// clusters are the stub backends' clusters by their origins.
func (c *Case) clusters() map[string]string {
	m := map[string]string{"http://" + c.host(dead): dead}
	for name := range stubs {
		m["http://"+c.host(name)] = name
	}
	return m
}
