package corpus

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Message is a request as a backend saw it. Header names are in lower case.
type Message struct {
	Cluster              string
	Method, Target, Host string
	Headers              []Header
	Body                 string
}

// Values are the lines of a header, its name in lower case.
func (m *Message) Values(name string) Lines { return values(m.Headers, name) }

func values(headers []Header, name string) (lines Lines) {
	for _, h := range headers {
		if h.Name == name {
			lines = append(lines, h.Value)
		}
	}
	return lines
}

// Observation is what came of one request.
type Observation struct {
	Status  int
	Headers []Header // names in lower case
	Body    string
	// Upstreams are the requests that upstreams saw: none or one, if all is well.
	Upstreams []Message
	Callouts  []Message
	// Unscripted are callouts for which the case has no reply.
	Unscripted []string
}

// Script answers for the backends during one request.
type Script struct {
	backends []Backends
	serve    func(m *Message) Reply
	now      func() time.Time
}

// NewScript is the script of r. now is the target's clock.
func NewScript(r *Request, now func() time.Time) *Script {
	return &Script{backends: r.Backends, serve: r.Serve, now: now}
}

// Upstream says whether a backend is an upstream, and no identity server.
func Upstream(cluster string) bool { return cluster == "upstream" || cluster == "other" }

// Answer records m in o and gives the reply.
func (s *Script) Answer(o *Observation, m Message) Reply {
	if Upstream(m.Cluster) {
		o.Upstreams = append(o.Upstreams, m)
	} else {
		o.Callouts = append(o.Callouts, m)
	}
	if s.serve != nil {
		return s.reply(s.serve(&m), &m)
	}
	for _, b := range s.backends {
		for _, r := range b[m.Cluster] {
			if r.When.holds(&m) {
				return s.reply(r, &m)
			}
		}
	}
	if !Upstream(m.Cluster) {
		o.Unscripted = append(o.Unscripted, m.Cluster+": "+m.Method+" "+m.Target+" "+strconv.Quote(m.Body))
		return Reply{Status: 404}
	}
	return s.reply(Reply{Status: 200, Headers: []Header{{"content-type", "text/plain"}}, Body: m.Cluster}, &m)
}

// reply is r as a server sends it: without a body to HEAD.
func (s *Script) reply(r Reply, m *Message) Reply {
	r.Body = s.expand(r.Body)
	if m.Method == "HEAD" {
		r.Body = ""
	}
	return r
}

func (w *When) holds(m *Message) bool {
	if w.Method != nil && *w.Method != m.Method || w.Target != nil && *w.Target != m.Target || w.Body != nil && *w.Body != m.Body {
		return false
	}
	for name, lines := range w.Headers {
		if !slices.Equal(lines, m.Values(name)) {
			return false
		}
	}
	return true
}

var times = regexp.MustCompile(`\$\{now([+-][0-9]+)?\}`)

func (s *Script) expand(body string) string {
	if !strings.Contains(body, "${now") {
		return body
	}
	return times.ReplaceAllStringFunc(body, func(m string) string {
		offset, _ := strconv.ParseInt(times.FindStringSubmatch(m)[1], 10, 64)
		return strconv.FormatInt(s.now().Unix()+offset, 10)
	})
}
