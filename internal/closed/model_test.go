//go:build !wasip1

package closed

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// life is a request of the model, with what the model knows of it.
type life struct {
	stream  *wazerohost.Stream
	began   time.Time
	rule    string
	key     string // what its callouts are recognised by
	open    bool   // its body has not ended
	aborted bool   // by the client, while it was undecided
	note    string // of its start, for messages
}

// call is a callout in flight.
type call struct {
	token uint32
	key   string
}

// model drives a worker by random events and knows what may come of them.
type model struct {
	*world
	rng    *rand.Rand
	plugin *wazerohost.Plugin
	// documents differ, and have the same rules.
	documents [][]byte
	// lives are the requests of the order; open are those of which more may come.
	lives []*life
	calls []call
	// answered are tokens of callouts that have been replied to.
	answered []uint32
	// good and bad are when a key's identity server last said yes, and anything else.
	good, bad map[string]time.Time
	serial    int
	log       []string
	steps     int
	tally     map[string]int
}

const (
	modelTTL = 2 * time.Second
	// lag is how long what was fetched for one request may take until it is told to those who wait for it.
	lag = 150 * time.Millisecond
)

func newModel(t testing.TB, seed uint64) *model {
	m := &model{
		world: newWorld(t, wazerohost.Options{StreamIdleTimeout: -1, AllowStopIteration: true}),
		rng:   rand.New(rand.NewPCG(seed, 0)),
		good:  map[string]time.Time{}, bad: map[string]time.Time{}, tally: map[string]int{},
	}
	hold := func(prefix string) func(*wazerohost.Callout) wazerohost.Reply {
		return func(c *wazerohost.Callout) wazerohost.Reply {
			key := prefix + string(c.Body)
			if prefix == "introspection " && c.Headers.Has("authorization") {
				key = "preauthorized " + string(c.Body)
			}
			if prefix == "session " {
				key = prefix + c.Header("cookie")
			}
			if prefix == "token " {
				key = prefix
			}
			switch m.rng.IntN(20) {
			case 0:
				m.bad[key] = m.vm.Now()
				return wazerohost.Reply{Fault: wazerohost.NoHealthyHost}
			case 1:
				m.bad[key] = m.vm.Now()
				return wazerohost.Reply{Fault: wazerohost.UnknownCluster}
			}
			m.calls = append(m.calls, call{key: key})
			return wazerohost.Reply{Hold: true}
		}
	}
	m.session, m.introspection, m.token = hold("session "), hold("introspection "), hold("token ")
	for i := range 4 {
		m.documents = append(m.documents, document(t, func(doc map[string]any) {
			doc["oathgate"].(map[string]any)["identity_headers"] = map[string]any{"extra": []any{fmt.Sprint("x-", i)}}
		}))
	}
	m.plugin = m.configure(m.documents[0])
	return m
}

func (m *model) say(format string, args ...any) {
	if len(m.log) < 200 {
		m.log = append(m.log, fmt.Sprintf(format, args...))
	}
}

// fail ends the test with the order that led here.
func (m *model) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(m.log, "\n"))
}

// tokens learns the tokens of callouts that were just made, and forgets those that are no longer in flight: their time
// was up, or they were cancelled.
func (m *model) tokens() {
	pending := m.vm.Pending()
	fresh := 0
	for i := range m.calls {
		if m.calls[i].token == 0 {
			fresh++
		}
	}
	if fresh > len(pending) {
		m.fail("%d callouts were made, %d are in flight", fresh, len(pending))
	}
	// New ones are the last that are pending, in the order in which they were made.
	news := pending[len(pending)-fresh:]
	kept := m.calls[:0]
	for _, c := range m.calls {
		if c.token == 0 {
			c.token, news = news[0].Token, news[1:]
		} else if !slices.ContainsFunc(pending, func(p *wazerohost.Callout) bool { return p.Token == c.token }) {
			m.bad[c.key] = m.vm.Now()
			continue
		}
		kept = append(kept, c)
	}
	m.calls = kept
}

// step does one random thing.
func (m *model) step() {
	m.steps++
	switch n := m.rng.IntN(100); {
	case n < 30:
		m.start()
	case n < 60:
		m.reply()
	case n < 66:
		m.replyAgain()
	case n < 68:
		m.replyUnknown()
	case n < 80:
		m.abandon()
	case n < 88:
		m.more()
	case n < 89:
		m.reconfigure()
	default:
		m.tick()
	}
	m.tokens()
}

var modelRules = []string{"cached", "cached", "cached", "cached", "preauthorized", "preauthorized", "session", "session", "introspection", "either", "public", "denied"}

func (m *model) start() {
	m.serial++
	rule := modelRules[m.rng.IntN(len(modelRules))]
	more := []string{}
	l := &life{rule: rule, began: m.vm.Now()}
	switch rule {
	case "cached", "preauthorized", "introspection":
		// Few tokens, so that requests share flights; but new ones for every order.
		token := fmt.Sprintf("t%d", m.rng.IntN(2)+2*(m.steps/orderSteps))
		more = append(more, "authorization", "Bearer "+token)
		l.key = rule + " token=" + token
		if rule != "preauthorized" {
			l.key = "introspection token=" + token
		}
		// Without a scope strategy the scope goes along.
		l.key = strings.Replace(l.key, "token=", "scope=&token=", 1)
	case "session", "either":
		cookie := fmt.Sprintf("s=%d", m.serial)
		more = append(more, "cookie", cookie)
		l.key = "session " + cookie
	}
	l.open = m.rng.IntN(4) == 0
	l.stream = m.plugin.Start(wazerohost.Peer{})
	m.say("start %s %s open %v", l.rule, l.key, l.open)
	l.note = m.log[len(m.log)-1]
	l.stream.SendHeaders(request("POST", "/"+rule+"/a", more...), !l.open)
	m.lives = append(m.lives, l)
	m.tally["start"]++
}

// reply answers a callout in flight; it may be one whose request is gone.
func (m *model) reply() {
	if len(m.calls) == 0 {
		return
	}
	i := m.rng.IntN(len(m.calls))
	c := m.calls[i]
	m.calls = slices.Delete(m.calls, i, i+1)
	m.say("reply %d %s", c.token, c.key)
	r, good := m.random(c.key)
	if good {
		m.good[c.key] = m.vm.Now()
	} else {
		m.bad[c.key] = m.vm.Now()
	}
	m.answered = append(m.answered, c.token)
	if !m.vm.Reply(c.token, r) {
		m.fail("callout %d is not in flight", c.token)
	}
	m.tally["reply"]++
}

// random is a reply to a callout, and whether it says yes.
func (m *model) random(key string) (r wazerohost.Reply, good bool) {
	switch m.rng.IntN(12) {
	case 0:
		return wazerohost.Reply{Status: 500}, false
	case 1:
		return wazerohost.Reply{Fault: wazerohost.Reset}, false
	case 2:
		return wazerohost.Reply{Fault: wazerohost.Refused}, false
	case 3:
		return wazerohost.Reply{Body: []byte(`{"active":`)}, false
	case 4:
		return wazerohost.Reply{Status: 401, Body: []byte(`{"active":false}`)}, false
	}
	if strings.HasPrefix(key, "session") {
		return wazerohost.Reply{Body: []byte(`{"subject":"sue"}`)}, true
	}
	return wazerohost.Reply{Body: []byte(`{"active":true,"sub":"ian","access_token":"own","expires_in":11}`)}, true
}

func (m *model) replyAgain() {
	if len(m.answered) == 0 {
		return
	}
	token := m.answered[m.rng.IntN(len(m.answered))]
	m.say("reply again %d", token)
	m.plugin.ForceReply(token, wazerohost.Reply{Body: []byte(`{"active":true,"subject":"mallory","sub":"mallory"}`)})
	m.tally["double reply"]++
}

func (m *model) replyUnknown() {
	token := m.rng.Uint32() | 1 // Envoy's are even
	m.say("reply unknown %d", token)
	m.plugin.ForceReply(token, wazerohost.Reply{Body: []byte(`{"active":true,"subject":"mallory","sub":"mallory"}`)})
	m.tally["unknown reply"]++
}

func (m *model) abandon() {
	if len(m.lives) == 0 {
		return
	}
	l := m.lives[m.rng.IntN(len(m.lives))]
	if l.stream.Over() {
		return
	}
	m.say("abandon: %s", l.note)
	if l.stream.Outcome() == wazerohost.Paused {
		l.aborted = true
		m.tally["abandon"]++
	}
	l.stream.Abort()
}

// more sends the rest of a body, or its trailers.
func (m *model) more() {
	for _, l := range m.lives {
		if !l.open || l.stream.Over() {
			continue
		}
		m.say("more: %s", l.note)
		switch m.rng.IntN(3) {
		case 0:
			l.stream.SendBody([]byte("body"), false)
		case 1:
			l.stream.SendBody([]byte("body"), true)
			l.open = false
		default:
			l.stream.SendTrailers(wazerohost.Headers{{"x-trailer", "1"}})
			l.open = false
		}
		m.tally["body or trailers"]++
		return
	}
}

// reconfigure puts a configuration in force, now and then the same or an earlier one; the old one lives as long as its
// requests.
func (m *model) reconfigure() {
	i := m.rng.IntN(len(m.documents))
	m.say("reconfigure %d", i)
	old := m.plugin
	m.plugin = m.configure(m.documents[i])
	old.Close()
	m.tally["reconfigure"]++
}

func (m *model) tick() {
	d := time.Duration(10+m.rng.IntN(110)) * time.Millisecond
	if m.rng.IntN(10) == 0 {
		d = 1100 * time.Millisecond // the callouts' time is up
	}
	m.say("tick %v", d)
	// In pieces, so that no callout is made and timed out in one.
	for ; d > 0; d -= 50 * time.Millisecond {
		m.vm.Advance(min(d, 50*time.Millisecond))
		m.tokens()
	}
	m.tally["tick"]++
}

// end brings an order to its end, and checks all its requests.
func (m *model) end() {
	for n := 0; len(m.calls) > 0; n++ {
		if n > 1000 {
			m.fail("the callouts never end")
		}
		m.reply()
		m.tokens()
	}
	// Those who wait for a flight are woken by a tick, and may call out again.
	for n := 0; n < 20; n++ {
		m.vm.Advance(60 * time.Millisecond)
		m.tokens()
		for len(m.calls) > 0 {
			m.reply()
			m.tokens()
		}
	}
	for _, l := range m.lives {
		m.check(l)
		l.stream.End()
	}
	m.lives = m.lives[:0]
	switch {
	case m.vm.Failed() != nil:
		m.fail("the VM is dead: %v", m.vm.Failed())
	case m.vm.InFlight() != 0:
		m.fail("%d callouts are left in flight", m.vm.InFlight())
	case m.vm.Contexts() != 1:
		m.fail("%d contexts are left", m.vm.Contexts())
	case len(m.vm.Notes()) > 0:
		m.fail("the host notes %q", m.vm.Notes())
	}
	for _, l := range m.vm.TakeLogs() {
		if l.Level >= 4 {
			m.fail("logged: %s", l.Text)
		}
	}
	m.answered = m.answered[:0]
	clear(m.good)
	clear(m.bad)
	m.log = m.log[:0]
	// No cached token outlives its order.
	m.vm.Advance(modelTTL + time.Second)
}

// check says whether a request came to exactly one end, and to one it may come to.
func (m *model) check(l *life) {
	s := l.stream
	acts := s.LocalReplies()
	if s.Upstream() != nil {
		acts++
	}
	if l.aborted {
		acts++
	}
	state, _ := s.FilterState(interlock)
	good, said := m.good[l.key]
	bad := m.bad[l.key]
	allowed := s.Upstream() != nil
	if allowed {
		m.tally["went on"]++
	} else if !l.aborted {
		m.tally["denied"]++
	}
	switch {
	case acts != 1 || s.Resumes() > 1:
		m.fail("%d acts, %d resumes, %s: %s", acts, s.Resumes(), s.Outcome(), l.note)
	case s.Unfiltered():
		m.fail("no filter: %s", l.note)
	case allowed != (state == "allow"):
		m.fail("interlock %q, went on %v: %s", state, allowed, l.note)
	case l.aborted:
	case l.rule == "public":
		if !allowed {
			m.fail("denied: %s", l.note)
		}
	case l.rule == "denied":
		if allowed {
			m.fail("went on: %s", l.note)
		}
	case allowed && !said:
		m.fail("went on though nobody said yes: %s", l.note)
	case allowed && good.Add(modelTTL).Before(l.began):
		m.fail("went on though the yes had expired: %s", l.note)
	case allowed && s.Upstream().Headers.Get("x-user") != map[bool]string{true: "sue", false: "ian"}[strings.HasPrefix(l.key, "session")]:
		m.fail("went on as %q: %s", s.Upstream().Headers.Get("x-user"), l.note)
	case !allowed && bad.Add(lag).Before(l.began) && !(l.rule == "preauthorized" && !m.bad["token "].Add(lag).Before(l.began)):
		m.fail("denied (%d) though nobody said no: %s", s.Response().Status, l.note)
	}
}

// orderSteps is the number of events of one order, before it is brought to its end.
const orderSteps = 12

// TestModel tries random orders of what may happen to requests: each comes to exactly one end, the one that its
// identity server's answer leads to, and nothing is left of it.
func TestModel(t *testing.T) {
	t.Parallel()
	n := *orders
	if testing.Short() {
		n = 500
	}
	m := newModel(t, *seed)
	began := time.Now()
	var warm uint64
	for i := range n {
		for range orderSteps {
			m.step()
		}
		m.end()
		if i == n/2 {
			warm = m.vm.MemoryBytes()
		}
	}
	m.unpanicked()
	// A coroutine that was left keeps its stack: a hundred thousand of them would be hundreds of MiB.
	if now := m.vm.MemoryBytes(); now > memoryBudget || now > warm+flat && !testing.Short() {
		t.Errorf("linear memory: %d bytes after half of them, %d at the end", warm, now)
	}
	t.Logf("seed %d, %d orders, %v an event; linear memory %.1f MiB; %v", *seed, n, time.Since(began)/time.Duration(n*orderSteps), float64(m.vm.MemoryBytes())/(1<<20), m.tally)
}
