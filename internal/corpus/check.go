package corpus

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Check compares what came of a request with what must. inEnvoy says that Envoy's exceptions apply. The result is
// what is wrong, nothing if all is well.
func Check(r *Request, o *Observation, inEnvoy bool) []string {
	var c checker
	for _, u := range o.Unscripted {
		c.fail("a callout that the case does not expect: %s", u)
	}
	if inEnvoy && r.Envoy != nil {
		c.status(r.Envoy.Deny, o.Status)
		c.upstream(nil, r, o)
		return c.problems
	}
	c.upstream(r.Allow, r, o)
	want := r.Deny
	if r.Allow != nil {
		want = 200
		if len(o.Upstreams) == 1 {
			want = NewScript(r, nil).Answer(&Observation{}, o.Upstreams[0]).Status
		}
	}
	c.status(want, o.Status)
	c.answer(&r.Answer, o)
	c.callouts(r, o)
	return c.problems
}

type checker struct{ problems []string }

func (c *checker) fail(format string, args ...any) {
	c.problems = append(c.problems, fmt.Sprintf(format, args...))
}

func (c *checker) text(what string, want *string, got string) {
	if want != nil && *want != got {
		c.fail("%s: %q, want %q", what, got, *want)
	}
}

func (c *checker) status(want, got int) {
	if want != got {
		c.fail("status %d, want %d", got, want)
	}
}

func (c *checker) headers(what string, want map[string]Lines, got []Header) {
	for _, name := range slices.Sorted(maps.Keys(want)) {
		if lines := values(got, name); !slices.Equal(lines, want[name]) {
			c.fail("%s: header %s is %q, want %q", what, name, lines, want[name])
		}
	}
}

func (c *checker) upstream(want *Allow, r *Request, o *Observation) {
	switch {
	case want == nil:
		for _, m := range o.Upstreams {
			c.fail("UNAUTHORISED: %s saw %s %q", m.Cluster, m.Method, m.Target)
		}
		return
	case len(o.Upstreams) != 1:
		c.fail("upstreams saw %d requests, want one", len(o.Upstreams))
		return
	}
	m := &o.Upstreams[0]
	c.text("upstream: method", or(want.Method, r.Method), m.Method)
	c.text("upstream: target", want.Target, m.Target)
	c.text("upstream: host", want.Host, m.Host)
	c.text("upstream: body", or(want.Body, r.Body), m.Body)
	c.text("cluster", or(want.Cluster, "upstream"), m.Cluster)
	c.headers("upstream", want.Headers, m.Headers)
	if m.Values(RoutingHeader) != nil {
		c.fail("upstream: saw the internal header %s", RoutingHeader)
	}
}

func or(s *string, def string) *string {
	if s == nil {
		return &def
	}
	return s
}

func (c *checker) answer(want *Answer, o *Observation) {
	c.headers("answer", want.Headers, o.Headers)
	c.text("answer: body", want.Body, o.Body)
	if want.HasJSON && !sameJSON(want.JSON, o.Body) {
		c.fail("answer: body %q, want the JSON %v", o.Body, want.JSON)
	}
	for _, part := range want.Contains {
		if !strings.Contains(o.Body, part) {
			c.fail("answer: body %q, want %q in it", o.Body, part)
		}
	}
	for _, part := range want.Lacks {
		if strings.Contains(o.Body, part) {
			c.fail("answer: body %q, want no %q in it", o.Body, part)
		}
	}
}

// sameJSON compares a value as YAML gives it with a JSON text.
func sameJSON(want any, got string) bool {
	text, err := json.Marshal(want)
	if err != nil {
		return false
	}
	var a, b any
	return json.Unmarshal(text, &a) == nil && json.Unmarshal([]byte(got), &b) == nil && reflect.DeepEqual(a, b)
}

func (c *checker) callouts(r *Request, o *Observation) {
	if r.Callouts == nil && !r.Silent {
		return
	}
	if len(o.Callouts) != len(r.Callouts) {
		c.fail("%d callouts, want %d: %+v", len(o.Callouts), len(r.Callouts), o.Callouts)
		return
	}
	for i := range r.Callouts {
		want, got := &r.Callouts[i], &o.Callouts[i]
		what := fmt.Sprintf("callout %d", i+1)
		c.text(what+": backend", &want.To, got.Cluster)
		c.text(what+": method", want.Method, got.Method)
		c.text(what+": target", want.Target, got.Target)
		c.text(what+": host", want.Host, got.Host)
		c.text(what+": body", want.Body, got.Body)
		c.headers(what, want.Headers, got.Headers)
	}
}

// Differ compares what came of a request on two targets, in everything that both can know.
func Differ(r *Request, a, b *Observation) []string {
	var c checker
	before, after := a.Callouts, b.Callouts
	if r.Together {
		before, after = sorted(before), sorted(after)
	}
	c.status(a.Status, b.Status)
	c.text("answer: body", &a.Body, b.Body)
	c.same("answer", a.Headers, b.Headers)
	c.messages("upstream", a.Upstreams, b.Upstreams)
	c.messages("callout", before, after)
	return c.problems
}

func sorted(list []Message) []Message {
	return slices.SortedFunc(slices.Values(list), func(a, b Message) int {
		return cmp.Or(strings.Compare(a.Cluster, b.Cluster), strings.Compare(a.Target, b.Target))
	})
}

func (c *checker) messages(what string, a, b []Message) {
	if len(a) != len(b) {
		c.fail("%d %ss, want %d", len(b), what, len(a))
		return
	}
	for i := range a {
		x, y := &a[i], &b[i]
		c.text(what+": cluster", &x.Cluster, y.Cluster)
		c.text(what+": method", &x.Method, y.Method)
		c.text(what+": target", &x.Target, y.Target)
		c.text(what+": host", &x.Host, y.Host)
		body := timeless(x.Body)
		c.text(what+": body", &body, timeless(y.Body))
		c.same(what, x.Headers, y.Headers)
	}
}

// requestedAt is the time in what keto is asked: each target has a clock of its own.
var requestedAt = regexp.MustCompile(`"requestedAt":"[^"]*"`)

func timeless(body string) string { return requestedAt.ReplaceAllString(body, `"requestedAt":""`) }

func (c *checker) same(what string, a, b []Header) {
	x, y := comparable(a), comparable(b)
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !slices.Equal(x[name], y[name]) {
			c.fail("%s: header %s is %q, want %q", what, name, y[name], x[name])
		}
	}
	for _, name := range slices.Sorted(maps.Keys(y)) {
		if _, ok := x[name]; !ok {
			c.fail("%s: header %s is %q, want none", what, name, y[name])
		}
	}
}

// comparable are the headers that no server or proxy adds by itself.
func comparable(headers []Header) map[string]Lines {
	m := map[string]Lines{}
	for _, h := range headers {
		switch h.Name {
		case "connection", "content-length", "date", "server", "transfer-encoding", "x-forwarded-proto":
			continue
		}
		if !strings.HasPrefix(h.Name, "x-envoy-") {
			m[h.Name] = append(m[h.Name], h.Value)
		}
	}
	return m
}
