package conformance

import (
	"encoding/json"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"oathgate/internal/corpus"
)

// Part is what of a case may differ.
type Part string

// The parts. Verdict is for what Oathkeeper allows and we refuse, never for the opposite.
const (
	Verdict  Part = "verdict"
	Status   Part = "status"
	Body     Part = "body"
	Headers  Part = "headers"
	Target   Part = "target"
	Upstream Part = "upstream headers"
	Callouts Part = "callouts"
	Refused  Part = "refused"
	Before   Part = "requests before"
	// Permissive is that we let through what Oathkeeper refuses: no row covers it.
	Permissive Part = "MORE PERMISSIVE"
)

// Difference is one thing that differs.
type Difference struct {
	Part Part
	Text string
}

// The headers that are not compared, as README.md has them.
var (
	notInAnswers = strings.Fields("date content-length ory-error-id x-content-type-options server x-envoy-upstream-service-time " +
		"connection transfer-encoding vary")
	notInRequests = strings.Fields("accept-encoding content-length user-agent connection transfer-encoding x-request-id " +
		"x-envoy-expected-rq-timeout-ms x-envoy-internal traceparent tracestate x-forwarded-for x-forwarded-proto")
)

type comparison struct {
	c    *Case
	list []Difference
}

func (d *comparison) note(p Part, format string, args ...any) {
	d.list = append(d.list, Difference{p, fmt.Sprintf(format, args...)})
}

// compare says what of an observation is not as Oathkeeper did.
func compare(c *Case, o *corpus.Observation) []Difference {
	d := &comparison{c: c}
	want := c.want()
	if want.Status != o.Status {
		d.note(Status, "%d, want %d", o.Status, want.Status)
	}
	if c.Compare.Body != "ignore" && !slices.Contains(c.Volatile, "stacktrace") && !d.sameBody(want.Body, o.Body) {
		d.note(Body, "%.400q, want %.400q", o.Body, want.Body)
	}
	headers := d.minted(Headers, want.Minted, o.Headers)
	if a, b := lines(want.Headers, notInAnswers), observed(headers, notInAnswers); !slices.Equal(a, b) {
		d.note(Headers, "%q, want %q", b, a)
	}
	if c.asks {
		d.answered(want.Status, o)
	} else {
		d.upstream(want.Upstream, o.Upstreams)
	}
	if c.Compare.Callouts != "ignore" {
		d.callouts(want.Callouts, o.Callouts)
	}
	return d.list
}

// leave says whether a status of the decision API is leave: proxies take 2xx alone for it.
func leave(status int) bool { return status >= 200 && status < 300 }

// answered compares the verdicts of two decision APIs.
func (d *comparison) answered(want int, o *corpus.Observation) {
	switch ours, theirs := leave(o.Status), leave(want); {
	case ours && !theirs:
		d.note(Permissive, "%d", o.Status)
	case theirs && !ours:
		d.note(Verdict, "refused, and Oathkeeper allows")
	}
	for _, m := range o.Upstreams {
		d.note(Permissive, "the upstream saw %s %s", m.Method, m.Target)
	}
}

// minted compares a fresh id_token among headers, and returns the headers as they are recorded.
func (d *comparison) minted(p Part, want any, headers []corpus.Header) []corpus.Header {
	headers, got := minted(headers, d.c.keys)
	if !reflect.DeepEqual(want, got) {
		d.note(p, "the id_token is %v, want %v", got, want)
	}
	return headers
}

func (d *comparison) upstream(want *Seen, got []corpus.Message) {
	switch {
	case want == nil && len(got) > 0:
		d.note(Permissive, "the upstream saw %s %s", got[0].Method, got[0].Target)
		return
	case want == nil:
		return
	case len(got) == 0:
		d.note(Verdict, "refused, and Oathkeeper allows")
		return
	}
	m := got[len(got)-1]
	m.Headers = d.minted(Upstream, want.Minted, m.Headers)
	if m.Method != want.Method || m.Target != latin1(want.Target) {
		d.note(Target, "%s %q, want %s %q", m.Method, m.Target, want.Method, want.Target)
	}
	skip := slices.DeleteFunc(slices.Clone(notInRequests), func(name string) bool {
		return slices.ContainsFunc(d.c.Compare.Keep, func(k string) bool { return strings.EqualFold(k, name) })
	})
	if a, b := lines(want.Headers, skip), withHost(&m, skip); !slices.Equal(a, b) {
		d.note(Upstream, "%q, want %q", b, a)
	}
	if !d.sameBody(want.Body, m.Body) {
		d.note(Upstream, "body %q, want %q", m.Body, want.Body)
	}
}

func (d *comparison) callouts(want []Seen, got []corpus.Message) {
	if d.c.Compare.Callouts != "jwks" {
		want = slices.DeleteFunc(slices.Clone(want), func(s Seen) bool { return s.Stub == "jwks" })
		got = slices.DeleteFunc(slices.Clone(got), func(m corpus.Message) bool { return m.Cluster == "jwks" })
	}
	got = slices.DeleteFunc(slices.Clone(got), func(m corpus.Message) bool { return m.Cluster == dead })
	line := func(stub, method, target string) string { return stub + ": " + method + " " + target }
	var a, b []string
	for _, s := range want {
		a = append(a, line(s.Stub, s.Method, latin1(s.Target)))
	}
	for _, m := range got {
		b = append(b, line(stubs[m.Cluster], m.Method, m.Target))
	}
	if !slices.Equal(a, b) {
		d.note(Callouts, "%q, want %q", b, a)
	}
	for i := range min(len(a), len(b)) {
		got[i].Headers = d.minted(Callouts, want[i].Minted, got[i].Headers)
		if x, y := lines(want[i].Headers, notInRequests), withHost(&got[i], notInRequests); !slices.Equal(x, y) {
			d.note(Callouts, "%d: headers %q, want %q", i+1, y, x)
		}
		if !d.sameBody(want[i].Body, got[i].Body) {
			d.note(Callouts, "%d: body %q, want %q", i+1, got[i].Body, want[i].Body)
		}
	}
}

func withHost(m *corpus.Message, skip []string) []string {
	return observed(append(slices.Clone(m.Headers), corpus.Header{Name: "host", Value: m.Host}), skip)
}

// observed are header lines as they are compared: sorted, without those to skip, the cookies of all lines as a set.
func observed(headers []corpus.Header, skip []string) []string {
	list := []string{}
	var cookies []string
	for _, h := range headers {
		switch name := strings.ToLower(h.Name); {
		case name == "cookie":
			for cookie := range strings.SplitSeq(h.Value, ";") {
				cookies = append(cookies, strings.TrimSpace(cookie))
			}
		case !slices.Contains(skip, name):
			list = append(list, name+": "+h.Value)
		}
	}
	if cookies != nil {
		slices.Sort(cookies)
		list = append(list, "cookie: "+strings.Join(cookies, "; "))
	}
	slices.Sort(list)
	return list
}

func lines(pairs Pairs, skip []string) []string {
	headers := make([]corpus.Header, len(pairs))
	for i, p := range pairs {
		headers[i] = corpus.Header{Name: p[0], Value: latin1(p[1])}
	}
	return observed(headers, skip)
}

// latin1 is the bytes of a text that was decoded as Latin-1.
func latin1(s string) string {
	b := make([]byte, 0, len(s))
	for _, r := range s {
		if r > 0xff {
			return s
		}
		b = append(b, byte(r))
	}
	return string(b)
}

var moment = regexp.MustCompile(`[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?Z`)

// sameBody compares as JSON, as a form, or byte for byte. Times of an access request are recorded as $TIME.
func (d *comparison) sameBody(want, got string) bool {
	if strings.Contains(got, "requestedAt") {
		got = moment.ReplaceAllString(got, "$$TIME")
	}
	got = strings.ToValidUTF8(got, "\ufffd")
	if want == got {
		return true
	}
	var a, b any
	if json.Unmarshal([]byte(want), &a) == nil && json.Unmarshal([]byte(got), &b) == nil {
		if slices.Contains(d.c.Volatile, "key_order") {
			sortKeys(a)
			sortKeys(b)
		}
		return reflect.DeepEqual(a, b)
	}
	if !strings.Contains(want, "=") || strings.ContainsAny(want, "{<\"") {
		return false
	}
	x, err1 := url.ParseQuery(want)
	y, err2 := url.ParseQuery(got)
	return err1 == nil && err2 == nil && reflect.DeepEqual(x, y)
}

// sortKeys sorts the keys of a key set by their ids.
func sortKeys(set any) {
	m, _ := set.(map[string]any)
	keys, _ := m["keys"].([]any)
	slices.SortFunc(keys, func(a, b any) int {
		x, _ := a.(map[string]any)
		y, _ := b.(map[string]any)
		return strings.Compare(fmt.Sprint(x["kid"]), fmt.Sprint(y["kid"]))
	})
}
