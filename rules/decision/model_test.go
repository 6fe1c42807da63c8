package decision

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/program"
	"oathgate/rules/request"
)

var (
	modelSeed   = flag.Uint64("decision.seed", 1, "where random orders begin")
	modelOrders = flag.Int("decision.orders", 20_000, "how many random orders the model test tries; the acceptance asks for 100000")
)

// deed is something that a handler may do.
type deed uint8

const (
	callOne deed = iota
	callMany
	callNone
	callUntil // calls with an end of the wait
	sleep
	body
	share
	shareNothing   // the leader gives up
	sharePanicking // the leader panics in the middle
	stubborn       // swallows the panic that unwinds it, and asks again
	deferred       // asks while it is unwound
	fall           // panics
	numDeeds
)

// actor is a handler of all kinds that does what it is told.
type actor struct {
	deeds []deed
	keys  []memory.Key
	deny  bool

	// asked is the number of calls that it asked for, as far as they are limited.
	asked int
	// wrong is what it was told that cannot be.
	wrong string
	// told is what the model gave for the await that it is at.
	told struct {
		statuses []int // of calls, 0 for none
		value    any
		body     string
	}
	fell bool
}

func (a *actor) Authenticate(x *pipeline.Exchange) error {
	for i, d := range a.deeds {
		a.do(x, d, a.keys[i])
	}
	x.Session.Subject = "done"
	return nil
}

func (a *actor) Authorize(*pipeline.Exchange) error {
	if a.deny {
		return pipeline.Forbidden("")
	}
	return nil
}

// Responsible and Handle are of the error handler.
func (a *actor) Responsible(*request.Request, *pipeline.Error) bool { return true }

func (a *actor) Handle(_ *request.Request, e *pipeline.Error) pipeline.Response {
	return pipeline.Response{Status: e.Status}
}

func (a *actor) do(x *pipeline.Exchange, d deed, key memory.Key) {
	switch d {
	case callOne:
		a.limited([]callout.Result{x.Call(callout.Request{Method: "GET"})})
	case callMany:
		a.limited(x.CallAll(make([]callout.Request, 1+int(key[0])%(pipeline.MaxCalls+1))))
	case callNone:
		if r := x.CallAll(nil); len(r) != 0 {
			a.wrong = "results of no calls"
		}
	case callUntil:
		a.compare(x.Suspend(pipeline.Await{Calls: make([]callout.Request, 2), Until: x.Now().Add(time.Second)}).Results)
	case sleep:
		x.Sleep(time.Second)
	case body:
		if b, err := x.Body(); err != nil || string(b) != a.told.body {
			a.wrong = fmt.Sprintf("body %q, want %q", b, a.told.body)
		}
	case share, shareNothing, sharePanicking:
		led := false
		v := x.Share(key, func() any {
			led = true
			x.Suspend(pipeline.Await{Calls: make([]callout.Request, 1)})
			switch d {
			case shareNothing:
				return nil
			case sharePanicking:
				a.fell = true
				panic("leader")
			}
			return a
		})
		if !led && v != a.told.value {
			a.wrong = fmt.Sprintf("the flight brought %v, want %v", v, a.told.value)
		}
	case stubborn:
		for range 3 {
			func() {
				defer func() { recover() }()
				x.Sleep(time.Second)
			}()
		}
	case deferred:
		defer x.Sleep(time.Second)
		x.Sleep(time.Second)
	case fall:
		a.fell = true
		panic("handler")
	}
}

// limited compares results of calls of which there may be MaxCalls.
func (a *actor) limited(results []callout.Result) {
	if a.asked += len(results); a.asked <= pipeline.MaxCalls {
		a.compare(results)
		return
	}
	for _, r := range results {
		if r.Fault != callout.Overload {
			a.wrong = fmt.Sprintf("%d calls were made", a.asked)
		}
	}
}

// compare compares the results with what the model gave.
func (a *actor) compare(results []callout.Result) {
	if len(results) != len(a.told.statuses) {
		a.wrong = fmt.Sprintf("%d results of %d calls", len(results), len(a.told.statuses))
	}
	for i, r := range results {
		switch {
		case i >= len(a.told.statuses):
			a.wrong = "a result that nobody gave"
		case a.told.statuses[i] == 0 && r.Fault != callout.Timeout:
			a.wrong = fmt.Sprintf("call %d, never answered: %v", i, r)
		case a.told.statuses[i] != 0 && (r.Fault != callout.None || r.Response.Status != a.told.statuses[i]):
			a.wrong = fmt.Sprintf("call %d: %v, want %d", i, r, a.told.statuses[i])
		}
	}
}

// subject is an evaluation of the model.
type subject struct {
	name  string
	actor *actor
	e     *Evaluation
	// step is the await that it is at; pending the calls that are not answered.
	step    Step
	pending map[int]bool
	done    *Decision
	gone    bool
}

func (s *subject) over() bool { return s.done != nil || s.gone }

// decisionModel drives a worker's evaluations by random events.
type decisionModel struct {
	t        *testing.T
	rng      *rand.Rand
	worker   Worker
	now      time.Time
	program  program.Program
	subjects []*subject
	waiting  map[memory.Key][]*subject
	log      []string
	tally    map[string]int
	keys     []memory.Key
}

func (m *decisionModel) fail(format string, args ...any) {
	m.t.Helper()
	m.t.Fatalf("%s\n%s", fmt.Sprintf(format, args...), strings.Join(m.log, "\n"))
}

func (m *decisionModel) say(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

func (m *decisionModel) start() {
	a := &actor{deny: m.rng.IntN(4) == 0}
	for range 1 + m.rng.IntN(4) {
		d := deed(m.rng.IntN(int(numDeeds)))
		if d == fall && m.rng.IntN(4) > 0 {
			d = share
		}
		a.deeds = append(a.deeds, d)
		a.keys = append(a.keys, m.keys[m.rng.IntN(len(m.keys))])
	}
	rule := &program.Rule{
		ID: "rule", Authenticators: []pipeline.Authenticator{a}, Authorizer: a, Errors: []pipeline.ErrorHandler{a}, Waits: true,
		Upstream: &program.Upstream{Endpoint: callout.Endpoint{Scheme: "http", Authority: "up", Path: "/", Cluster: "up"}},
	}
	r, refusal := request.New(request.Raw{Method: "GET", Scheme: "http", Authority: "a", Path: "/"}, request.Options{})
	if refusal != nil {
		m.fail("%+v", refusal)
	}
	x := &pipeline.Exchange{Request: r, Memory: m.worker.Memory, Now: m.worker.Now}
	s := &subject{name: fmt.Sprint(len(m.subjects)), actor: a, e: &Evaluation{}}
	m.say("start %s %v", s.name, a.deeds)
	m.subjects = append(m.subjects, s)
	m.tally["start"]++
	m.follow(s, s.e.begin(&m.worker, x, func() Decision { return evaluate(&m.program, rule, x) }))
}

// follow takes the step that came of an event that was waited for.
func (m *decisionModel) follow(s *subject, step Step) {
	if s.actor.wrong != "" {
		m.fail("%s: %s", s.name, s.actor.wrong)
	}
	switch {
	case step.Done != nil && step.Await != nil:
		m.fail("%s: done, and waits", s.name)
	case step.Done != nil:
		if s.over() {
			m.fail("%s: done again", s.name)
		}
		s.done = step.Done
		m.check(s)
	case step.Await != nil:
		if step.Seq != s.step.Seq+1 {
			m.fail("%s: await %d after %d", s.name, step.Seq, s.step.Seq)
		}
		s.step = step
		s.pending = map[int]bool{}
		s.actor.told.statuses = make([]int, len(step.Await.Calls))
		for i := range step.Await.Calls {
			s.pending[i] = true
		}
		if k := step.Await.Shared; k != nil {
			m.waiting[*k] = append(m.waiting[*k], s)
		}
		if len(step.Await.Calls) > pipeline.MaxCalls {
			m.fail("%s: %d calls", s.name, len(step.Await.Calls))
		}
		if len(step.Await.Calls) == 0 && step.Await.Until.IsZero() && !step.Await.Body && step.Await.Shared == nil {
			m.fail("%s: waits for nothing", s.name)
		}
	default:
		m.fail("%s: the event it waits for changes nothing", s.name)
	}
	m.land()
}

// check checks a decision.
func (m *decisionModel) check(s *subject) {
	d := s.done
	want := Decision{Allow: true, Reason: Allowed}
	switch {
	case s.actor.fell:
		want = Decision{Reason: Panicked}
	case s.actor.deny:
		want = Decision{Reason: Forbidden}
	}
	if d.Allow != want.Allow || d.Reason != want.Reason {
		m.fail("%s: decided %v %s, want %v %s", s.name, d.Allow, d.Reason, want.Allow, want.Reason)
	}
	m.tally["decided"]++
}

// land tells the flights that have landed, as the filter does.
func (m *decisionModel) land() {
	for _, l := range m.worker.Memory.Flights.Landed() {
		streams := m.waiting[l.Key]
		delete(m.waiting, l.Key)
		for _, s := range streams {
			if s.over() {
				m.nothing(s, Event{Seq: s.step.Seq, Kind: Landed, Value: l.Value})
				continue
			}
			m.say("landed %s", s.name)
			s.actor.told.value = l.Value
			m.follow(s, s.e.Resume(Event{Seq: s.step.Seq, Kind: Landed, Value: l.Value}))
		}
	}
}

// nothing delivers an event that must change nothing.
func (m *decisionModel) nothing(s *subject, ev Event) {
	m.say("nothing %s %+v", s.name, ev)
	if step := s.e.Resume(ev); step != (Step{}) {
		m.fail("%s: %+v came of it", s.name, step)
	}
	m.tally["events of no effect"]++
}

// deliver gives an evaluation something that it waits for.
func (m *decisionModel) deliver(s *subject) {
	a := s.step.Await
	ev := Event{Seq: s.step.Seq}
	switch {
	case len(a.Calls) > 0 && (a.Until.IsZero() || m.rng.IntN(3) > 0):
		ev.Kind = Reply
		for ev.Call = m.rng.IntN(len(a.Calls)); !s.pending[ev.Call]; {
			ev.Call = (ev.Call + 1) % len(a.Calls)
		}
		delete(s.pending, ev.Call)
		ev.Result = callout.Result{Fault: callout.None, Response: callout.Response{Status: 200 + m.rng.IntN(300)}}
		s.actor.told.statuses[ev.Call] = ev.Result.Response.Status
		m.say("reply %s %d", s.name, ev.Call)
		if len(s.pending) > 0 {
			m.nothing(s, ev)
			return
		}
	case !a.Until.IsZero():
		m.say("time up %s", s.name)
		ev.Kind = TimeUp
		m.now = a.Until
	case a.Body:
		m.say("body %s", s.name)
		ev.Kind, ev.Body = BodyRead, []byte(s.name)
		s.actor.told.body = s.name
	default:
		// It waits for a flight: that comes by itself.
		return
	}
	m.tally["events"]++
	m.follow(s, s.e.Resume(ev))
}

// disturb delivers an event that nobody waits for.
func (m *decisionModel) disturb(s *subject) {
	ev := Event{Seq: s.step.Seq, Kind: EventKind(m.rng.IntN(7)), Value: "x", Body: []byte("x")}
	if ev.Call = m.rng.IntN(12) - 1; m.rng.IntN(4) == 0 {
		ev.Call = int(int32(m.rng.Uint32()))
	}
	ev.Result.Fault = callout.None
	if !s.over() {
		a := s.step.Await
		switch m.rng.IntN(2) {
		case 0: // of another await
			for ev.Seq == s.step.Seq {
				ev.Seq = s.step.Seq + uint32(m.rng.IntN(5)) - 2
			}
		default: // of this one, but not waited for
			if ev.Kind == Reply && ev.Call >= 0 && ev.Call < len(a.Calls) && s.pending[ev.Call] ||
				ev.Kind == TimeUp && !a.Until.IsZero() || ev.Kind == BodyRead && a.Body || ev.Kind == Landed && a.Shared != nil {
				return
			}
		}
	}
	m.nothing(s, ev)
}

func (m *decisionModel) abandon(s *subject) {
	m.say("abandon %s", s.name)
	s.e.Abandon()
	if !s.over() {
		s.gone = true
		m.tally["abandoned"]++
	}
	m.land()
}

// end brings every evaluation to its end.
func (m *decisionModel) end() {
	for n := 0; ; n++ {
		open := 0
		for _, s := range m.subjects {
			if !s.over() {
				open++
				m.deliver(s)
			}
		}
		if open == 0 {
			break
		}
		if n > 1000 {
			m.fail("%d evaluations never end", open)
		}
	}
	if n := m.worker.Memory.Flights.Len(); n != 0 || m.worker.Memory.Flights.HasLanded() {
		m.fail("%d flights are left", n)
	}
	for _, s := range m.subjects {
		m.disturb(s)
		m.abandon(s)
	}
	m.subjects = m.subjects[:0]
	m.log = m.log[:0]
	clear(m.waiting)
}

// settled counts the goroutines once none has ended for a while: those of tests before this one end on their own.
func settled() int {
	n := runtime.NumGoroutine()
	for still := 0; still < 10; still++ {
		time.Sleep(time.Millisecond)
		if now := runtime.NumGoroutine(); now != n {
			n, still = now, 0
		}
	}
	return n
}

// TestModel tries random orders of events. Each evaluation comes to one decision, or is abandoned; what nobody waits for
// changes nothing; no coroutine and no flight is left.
func TestModel(t *testing.T) {
	n := *modelOrders
	if testing.Short() {
		n /= 20
	}
	m := &decisionModel{
		t: t, rng: rand.New(rand.NewPCG(*modelSeed, 0)), now: time.Unix(1, 0),
		waiting: map[memory.Key][]*subject{}, tally: map[string]int{},
	}
	m.worker = Worker{Memory: &memory.Memory{}, Now: func() time.Time { return m.now }}
	for i := range 12 {
		m.keys = append(m.keys, memory.Key{byte(i)})
	}
	base := settled()
	most := 0
	for range n {
		for range 15 {
			m.step()
		}
		most = max(most, runtime.NumGoroutine()-base)
		m.end()
		if left := runtime.NumGoroutine() - base - len(m.worker.idle); left != 0 || len(m.worker.idle) > maxIdle {
			m.fail("%d coroutines are left, and %d are idle", left, len(m.worker.idle))
		}
	}
	for _, c := range m.worker.idle {
		c.stop()
	}
	if left := runtime.NumGoroutine() - base; left != 0 {
		t.Errorf("%d coroutines do not rest", left)
	}
	if most == 0 {
		t.Error("no coroutine was seen: the test sees none that is left")
	}
	t.Logf("seed %d, %d orders, at most %d coroutines at once; %v", *modelSeed, n, most, m.tally)
}

func (m *decisionModel) step() {
	if len(m.subjects) == 0 || m.rng.IntN(4) == 0 {
		m.start()
		return
	}
	s := m.subjects[m.rng.IntN(len(m.subjects))]
	switch m.rng.IntN(8) {
	case 0:
		m.abandon(s)
	case 1, 2:
		m.disturb(s)
	default:
		if !s.over() {
			m.deliver(s)
		}
	}
}
