package corpus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
)

// Backend names. http://NAME.test is the cluster NAME; dead refuses connections, empty has no host, and unknown is the
// name of no cluster.
var (
	servers = []string{"upstream", "other", "session", "introspection", "token", "authz", "keto", "hydrator", "keys"}
	origins = append(slices.Clone(servers), "dead", "empty", "unknown")
)

// Servers are the names of the backends that a target has to provide.
func Servers() []string { return slices.Clone(servers) }

// Load reads the cases of every file in dir, with dir/../base.yaml under every configuration.
func Load(dir string) ([]Case, error) {
	base, err := os.ReadFile(filepath.Join(dir, "..", "base.yaml"))
	if err != nil {
		return nil, err
	}
	var config map[string]any
	if err := strict(base, &config); err != nil {
		return nil, fmt.Errorf("base.yaml: %w", err)
	}
	config = merge(config, map[string]any{"oathgate": map[string]any{
		"clusters": clusters(), "routing_header": RoutingHeader, "peer_state": PeerState,
	}})
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(fmt.Errorf("no cases in %s", dir), err)
	}
	var all []Case
	seen := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		name := filepath.Base(file)
		cases, err := parse(name, text, config)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, c := range cases {
			if other := seen[c.ID]; other != "" {
				return nil, fmt.Errorf("%s: the id %q stands in %s too", name, c.ID, other)
			}
			seen[c.ID] = name
		}
		all = append(all, cases...)
	}
	return all, nil
}

// What a listener and the filter tell each other: where the request goes, and, in filter state, where it comes from.
const (
	RoutingHeader = "x-oathgate-cluster"
	PeerState     = "oathgate.peer"
)

// peer is where every request comes from.
const peer = "127.0.0.1"

func clusters() map[string]any {
	m := map[string]any{}
	for _, name := range origins {
		m["http://"+name+".test"] = name
	}
	return m
}

func strict(text []byte, v any) error {
	return yaml.NewDecoder(bytes.NewReader(text), yaml.Strict()).Decode(v)
}

func parse(name string, text []byte, config map[string]any) ([]Case, error) {
	var f fileSpec
	if err := strict(text, &f); err != nil {
		return nil, err
	}
	if f.About == "" || len(f.Cases) == 0 {
		return nil, errors.New("about or cases is missing")
	}
	var cases []Case
	for i := range f.Cases {
		c, err := f.compile(&f.Cases[i], config)
		if err != nil {
			return nil, fmt.Errorf("case %q: %w", f.Cases[i].ID, err)
		}
		c.File = name
		cases = append(cases, c)
	}
	return cases, nil
}

func (f *fileSpec) compile(s *caseSpec, base map[string]any) (Case, error) {
	c := Case{ID: s.ID, About: s.About, TLS: s.TLS, Normalise: f.Defaults.Normalise, Refused: s.Refused}
	switch {
	case s.ID == "" || strings.ContainsAny(s.ID, " /"):
		return c, errors.New("the id is missing, or holds a space or slash")
	case (len(s.Requests) == 0) == (len(s.Refused) == 0):
		return c, errors.New("give either requests or refused")
	case s.Document != nil && (s.Config != nil || s.Rules != nil || len(s.Refused) == 0):
		return c, errors.New("document stands alone, and is to be refused")
	}
	if s.Document != nil {
		c.Document = []byte(*s.Document)
	} else {
		c.Config = merge(merge(base, f.Defaults.Config), s.Config)
		f.rules(s, c.Config)
		var err error
		if c.Document, err = json.Marshal(c.Config); err != nil {
			return c, err
		}
	}
	shared, err := replies(f.Defaults.Backends)
	if err != nil {
		return c, err
	}
	own, err := replies(s.Backends)
	if err != nil {
		return c, err
	}
	for i := range s.Requests {
		r, err := s.Requests[i].compile(f.Defaults.Headers)
		if err != nil {
			return c, fmt.Errorf("request %d: %w", i+1, err)
		}
		if r.Name == "" {
			r.Name = strconv.Itoa(i+1) + "_" + r.Method + "_" + short(r.Target)
		}
		r.Backends = append(r.Backends, own, shared)
		c.Requests = append(c.Requests, r)
	}
	return c, nil
}

func short(target string) string {
	if len(target) > 40 {
		target = target[:40]
	}
	return strings.Trim(strconv.QuoteToASCII(target), `"`)
}

// rules puts the rules, each over the file's and the case's rule, into the configuration.
func (f *fileSpec) rules(s *caseSpec, config map[string]any) {
	list := s.Rules
	if list == nil {
		list = f.Defaults.Rules
	}
	if list == nil {
		return
	}
	rules := make([]any, len(list))
	for i, r := range list {
		rules[i] = merge(merge(f.Defaults.Rule, s.Rule), r)
	}
	access, _ := config["access_rules"].(map[string]any)
	config["access_rules"] = merge(access, map[string]any{"rules": rules})
}

func (s *requestSpec) compile(common [][2]string) (r Request, err error) {
	errs := make([]error, 0, 8)
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	r = Request{Name: s.Name, Hosts: []string{"app.test"}, Deny: s.Deny, Envoy: s.Envoy}
	r.Method, r.Target, err = line(s.Send)
	note(err)
	switch {
	case s.Host != nil && s.Hosts != nil:
		note(errors.New("both host and hosts"))
	case s.Host != nil:
		r.Hosts = []string{*s.Host}
	case s.Hosts != nil:
		r.Hosts = *s.Hosts
	}
	for i := range r.Hosts {
		r.Hosts[i], err = octets(r.Hosts[i])
		note(err)
	}
	r.Headers, err = headers(append(slices.Clone(common), s.Headers...))
	note(err)
	for i := range s.Fill {
		r.Headers = append(r.Headers, Header{"x-fill-" + strconv.Itoa(i), "v"})
	}
	r.Body, err = octets(s.Body)
	note(err)
	if s.Advance != "" {
		r.Advance, err = time.ParseDuration(s.Advance)
		note(err)
	}
	own, err := replies(s.Backends)
	note(err)
	r.Backends = []Backends{own}
	switch {
	case s.Answered != 0 && s.Allow == nil && s.Deny == 0:
		r.Deny = s.Answered
	case (s.Allow == nil) == (s.Deny == 0) || s.Answered != 0:
		note(errors.New("give either allow, deny or answered"))
	case s.Allow != nil:
		r.Allow, err = s.Allow.compile()
		note(err)
	case s.Deny < 300 || s.Deny > 599:
		note(errors.New("deny is no status of a refusal"))
	}
	if s.Envoy != nil && (s.Envoy.Deny < 400 || s.Envoy.Deny > 599 || s.Envoy.Because == "") {
		note(errors.New("an exception is a refusal with a reason"))
	}
	r.Answer, err = s.Answer.compile()
	note(err)
	r.Together = s.Together
	if s.Callouts != nil {
		r.Silent = len(*s.Callouts) == 0
		for i := range *s.Callouts {
			o, err := (*s.Callouts)[i].compile()
			note(err)
			r.Callouts = append(r.Callouts, o)
		}
	}
	return r, errors.Join(errs...)
}

func (s *allowSpec) compile() (*Allow, error) {
	a := &Allow{Method: s.Method, Cluster: s.Cluster}
	var errs [4]error
	a.Target, errs[0] = octetsOf(s.Target)
	a.Host, errs[1] = octetsOf(s.Host)
	a.Body, errs[2] = octetsOf(s.Body)
	a.Headers, errs[3] = wanted(s.Headers)
	return a, errors.Join(errs[:]...)
}

func (s *answerSpec) compile() (Answer, error) {
	h, err := wanted(s.Headers)
	return Answer{Headers: h, Body: s.Body, JSON: s.JSON, HasJSON: s.JSON != nil, Contains: s.Contains, Lacks: s.Lacks}, err
}

func (s *outgoingSpec) compile() (Outgoing, error) {
	o := Outgoing{To: s.To}
	if !slices.Contains(servers, s.To) {
		return o, fmt.Errorf("there is no backend %q", s.To)
	}
	var errs [4]error
	if s.Send != "" {
		method, target, err := line(s.Send)
		o.Method, o.Target, errs[0] = &method, &target, err
	}
	o.Host, errs[1] = octetsOf(s.Host)
	o.Body, errs[2] = octetsOf(s.Body)
	o.Headers, errs[3] = wanted(s.Headers)
	return o, errors.Join(errs[:]...)
}

func replies(m map[string][]replySpec) (Backends, error) {
	out := make(Backends, len(m))
	for name, list := range m {
		if !slices.Contains(servers, name) {
			return nil, fmt.Errorf("there is no backend %q", name)
		}
		for i := range list {
			r, err := list[i].compile()
			if err != nil {
				return nil, fmt.Errorf("backend %s, reply %d: %w", name, i+1, err)
			}
			out[name] = append(out[name], r)
		}
	}
	return out, nil
}

func (s *replySpec) compile() (r Reply, err error) {
	r = Reply{Status: s.Status, Fault: s.Fault}
	if r.Status == 0 {
		r.Status = 200
	}
	switch s.Fault {
	case "", Silent, Reset, Cut, Garbage:
	default:
		return r, fmt.Errorf("there is no fault %q", s.Fault)
	}
	if r.Body, err = octets(s.Body); err != nil {
		return r, err
	}
	if s.JSON != nil {
		text, err := json.Marshal(s.JSON)
		if err != nil || s.Body != "" {
			return r, errors.Join(errors.New("give either body or json"), err)
		}
		r.Body = string(text)
	}
	// White space: the padded body is as valid as it was.
	r.Body += strings.Repeat(" ", max(0, s.Pad-len(r.Body)))
	if s.Delay != "" {
		if r.Delay, err = time.ParseDuration(s.Delay); err != nil {
			return r, err
		}
	}
	if r.Headers, err = headers(s.Headers); err != nil {
		return r, err
	}
	var errs [3]error
	r.When.Method = s.When.Method
	r.When.Target, errs[0] = octetsOf(s.When.Target)
	r.When.Body, errs[1] = octetsOf(s.When.Body)
	r.When.Headers, errs[2] = wanted(s.When.Headers)
	return r, errors.Join(errs[:]...)
}
