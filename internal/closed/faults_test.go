//go:build !wasip1

package closed

import (
	"bytes"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"oathgate/sdkhost/wazerohost"
)

// statuses are what a host call may return but OK: all that the ABI knows, and one that it does not.
var statuses = []uint32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 99}

// scenario is something that requests do. It returns them before they are decided, in an order that is always the same.
type scenario struct {
	name  string
	envoy bool // routing: envoy
	drive func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream
	// want are the outcomes without a fault.
	want []wazerohost.Outcome
}

func one(headers wazerohost.Headers, body ...[]byte) func(*world, *wazerohost.Plugin) []*wazerohost.Stream {
	return func(_ *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		return []*wazerohost.Stream{p.Request(headers, body...)}
	}
}

// held is a request whose body and trailers come while it waits. early says that the body callbacks come then.
func held(early bool, headers wazerohost.Headers) func(*world, *wazerohost.Plugin) []*wazerohost.Stream {
	return func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		w.vm.AllowStopIteration = early
		s := p.Start(wazerohost.Peer{})
		s.SendHeaders(headers, false)
		w.vm.AllowStopIteration = false
		s.SendBody([]byte("first "), false)
		w.vm.Advance(time.Millisecond)
		s.SendBody([]byte("second"), false)
		s.SendTrailers(wazerohost.Headers{{"x-trailer", "1"}})
		return []*wazerohost.Stream{s}
	}
}

func scenarios() []scenario {
	const (
		went    = wazerohost.Continued
		replied = wazerohost.Replied
		aborted = wazerohost.Aborted
	)
	type w = []wazerohost.Outcome
	cookie := []string{"cookie", "session=1"}
	bearer := []string{"authorization", "Bearer t"}
	secure := func(_ *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		s := p.Start(wazerohost.Peer{TLS: true})
		s.SendHeaders(request("GET", "/public/a"), true)
		return []*wazerohost.Stream{s}
	}
	gone := func(_ *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		s := p.Request(request("GET", "/session/a", cookie...))
		s.Abort()
		return []*wazerohost.Stream{s}
	}
	flight := func(abandon bool) func(*world, *wazerohost.Plugin) []*wazerohost.Stream {
		return func(_ *world, p *wazerohost.Plugin) []*wazerohost.Stream {
			leader := p.Request(request("GET", "/cached/a", bearer...))
			waiter := p.Request(request("GET", "/cached/b", bearer...))
			if abandon {
				leader.Abort()
			}
			return []*wazerohost.Stream{leader, waiter}
		}
	}
	jwt := []string{"authorization", "Bearer " + issuer.Sign(`{"sub":"jan"}`)}
	// Keys outlive a server that is down, but not for so long.
	withoutKeys := func(drive func(*world, *wazerohost.Plugin) []*wazerohost.Stream) func(*world, *wazerohost.Plugin) []*wazerohost.Stream {
		return func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
			w.vm.Advance(10 * time.Minute)
			return drive(w, p)
		}
	}
	waiting := func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		first := p.Request(request("GET", "/jwt/a", jwt...))
		second := p.Request(request("GET", "/jwt/b", jwt...))
		first.Abort()
		w.vm.Run(time.Second)
		return []*wazerohost.Stream{first, second, p.Request(request("GET", "/jwt/c", jwt...))}
	}
	cached := func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		first := p.Request(request("GET", "/preauthorized/a", bearer...))
		w.vm.Run(time.Second)
		return []*wazerohost.Stream{first, p.Request(request("GET", "/preauthorized/b", bearer...))}
	}
	bad := func(status int, body string) func(*world, *wazerohost.Plugin) []*wazerohost.Stream {
		return func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
			good := w.introspection
			w.introspection = func(*wazerohost.Callout) wazerohost.Reply { return answer(status, body) }
			defer func() { w.introspection = good }()
			return []*wazerohost.Stream{p.Request(request("GET", "/cached/a", bearer...))}
		}
	}
	// The authorizer is down the first time, and asked again.
	again := func(w *world, p *wazerohost.Plugin) []*wazerohost.Stream {
		good, down := w.authz, true
		w.authz = func(c *wazerohost.Callout) wazerohost.Reply {
			if down {
				down = false
				return answer(500, ``)
			}
			return good(c)
		}
		streams := held(true, request("POST", "/upload/a"))(w, p)
		w.vm.Run(3 * time.Second)
		w.authz = good
		return streams
	}
	return []scenario{
		{name: "allowed at once", drive: one(request("GET", "/public/a?q=1")), want: w{went}},
		{name: "allowed at once, with a body", drive: one(request("POST", "/public/a"), []byte("first "), []byte("second")), want: w{went}},
		{name: "path rewritten", drive: one(request("GET", "/strip/a/")), want: w{went}},
		{name: "encrypted", drive: secure, want: w{replied}},
		{name: "session", drive: one(request("GET", "/session/a", cookie...)), want: w{went}},
		{name: "session or anonymous", drive: one(request("GET", "/either/a", cookie...)), want: w{went}},
		{name: "introspection", drive: one(request("GET", "/introspection/a", bearer...)), want: w{went}},
		{name: "pre_authorization, then from the cache", drive: cached, want: w{went, went}},
		{name: "two in a flight", drive: flight(false), want: w{went, went}},
		{name: "two in a flight, the leader goes", drive: flight(true), want: w{aborted, went}},
		{name: "keys", drive: withoutKeys(one(request("GET", "/jwt/a", jwt...))), want: w{went}},
		{name: "keys, the first who waits goes, then from the cache", drive: withoutKeys(waiting), want: w{aborted, went, went}},
		{name: "a forged token", drive: withoutKeys(one(request("GET", "/jwt/a", "authorization", "Bearer "+issuer.As("x", "EdDSA").Sign(`{}`)))), want: w{replied}},
		{name: "body judged", drive: held(true, request("POST", "/upload/a")), want: w{went}},
		{name: "body judged after the session", drive: held(true, request("POST", "/late/a", cookie...)), want: w{went}},
		{name: "body judged the second time", drive: again, want: w{went}},
		{name: "body refused", drive: one(request("GET", "/upload/a")), want: w{replied}},
		{name: "hydrated", drive: one(request("GET", "/hydrated/a")), want: w{went}},
		{name: "denied", drive: one(request("GET", "/denied/a")), want: w{replied}},
		{name: "unauthorized", drive: one(request("GET", "/unauthorized/a")), want: w{replied}},
		{name: "no rule", drive: one(request("GET", "/nowhere")), want: w{replied}},
		{name: "malformed", drive: one(request("GET", "/public/%zz")), want: w{replied}},
		{name: "inactive token", drive: bad(200, `{"active":false}`), want: w{replied}},
		{name: "expired token", drive: bad(200, `{"active":true,"exp":1}`), want: w{replied}},
		{name: "garbage", drive: bad(200, `{"active":true`), want: w{replied}},
		{name: "introspection fails", drive: bad(500, ``), want: w{replied}},
		{name: "body held by Envoy", drive: held(false, request("POST", "/session/a", cookie...)), want: w{went}},
		{name: "body held by the filter", drive: held(true, request("POST", "/session/a", cookie...)), want: w{went}},
		{name: "client gone", drive: gone, want: w{aborted}},
		{name: "routed by Envoy", envoy: true, drive: one(request("GET", "/public/a")), want: w{went}},
		{name: "session, routed by Envoy", envoy: true, drive: held(true, request("POST", "/session/a", cookie...)), want: w{went}},
	}
}

// fate is what became of a request.
type fate struct {
	outcome   wazerohost.Outcome
	upstream  *wazerohost.Upstream
	interlock string
	status    int
	replies   int
	resumes   int
}

// settle lets everything happen that is under way, ends the streams and the lives of cached tokens, and tells the fates.
func (w *world) settle(streams []*wazerohost.Stream) []fate {
	// A callout takes at most a second; a tick may follow it, and a second callout that.
	for range 3 {
		w.vm.Run(10 * time.Second)
		w.vm.Advance(200 * time.Millisecond)
	}
	fates := make([]fate, len(streams))
	for i, s := range streams {
		f := fate{outcome: s.Outcome(), upstream: s.Upstream(), replies: s.LocalReplies(), resumes: s.Resumes()}
		f.interlock, _ = s.FilterState(interlock)
		if r := s.Response(); r != nil {
			f.status = r.Status
		}
		fates[i] = f
		s.End()
	}
	w.vm.Advance(5 * time.Second)
	return fates
}

// judge says what is wrong with the fate of a request that met faults; want is its fate without.
func judge(got, want fate) string {
	switch {
	case got.replies+got.resumes > 1:
		return "more than one act"
	case got.upstream == nil:
		if got.outcome == wazerohost.Continued || got.outcome == wazerohost.Replied && got.status < 400 {
			return "the client got an answer as if it had been allowed"
		}
		return ""
	case want.upstream == nil:
		return "it went on though it is to be denied"
	case got.interlock != "allow":
		return "it went on without the interlock"
	case cutShort(got, want):
		return ""
	case got.outcome != wazerohost.Continued:
		return "it went on and was answered, too"
	case !reflect.DeepEqual(got.upstream, want.upstream):
		return "it went on changed"
	}
	return ""
}

// cutShort says that a request went on as it should, and ended where its trailers, which could not be cleaned, begin.
func cutShort(got, want fate) bool {
	if got.upstream.Complete || got.upstream.Trailers != nil || want.upstream.Trailers == nil || got.replies > 0 {
		return false
	}
	whole := *got.upstream
	whole.Complete, whole.Trailers = true, want.upstream.Trailers
	return reflect.DeepEqual(&whole, want.upstream)
}

// sweep is a worker, a plugin and a scenario under faults.
type sweep struct {
	*world
	plugin *wazerohost.Plugin
	scenario
	reference []fate
	trials    int
	allowed   int
}

// run drives the scenario once; inject sees the host calls counted from 0.
func (s *sweep) run(inject wazerohost.Inject) []fate {
	base := s.vm.HostCalls()
	if inject != nil {
		s.vm.Inject = func(call int, name string, args []uint64) (uint32, bool) { return inject(call-base, name, args) }
	}
	streams := s.drive(s.world, s.plugin)
	// The faults last until the requests have been decided, and while they end.
	fates := s.settle(streams)
	s.vm.Inject = nil
	return fates
}

// try drives the scenario once with faults and once more without.
func (s *sweep) try(about string, inject wazerohost.Inject) {
	s.t.Helper()
	s.trials++
	for i, got := range s.run(inject) {
		if wrong := judge(got, s.reference[i]); wrong != "" {
			s.t.Errorf("%s: request %d: %s: %+v upstream %+v, without faults %+v", about, i, wrong, got, got.upstream, s.reference[i].upstream)
		}
		if got.upstream != nil {
			s.allowed++
		}
	}
	s.sound(1, about)
	for i, got := range s.run(nil) {
		if !reflect.DeepEqual(got, s.reference[i]) {
			s.t.Errorf("%s: request %d after it: %+v, want %+v", about, i, got, s.reference[i])
		}
	}
	s.sound(1, "after "+about)
}

// TestEveryHostCallFails makes each host call of each scenario fail in each way: the call alone, it and all after it,
// and all calls of the same name.
func TestEveryHostCallFails(t *testing.T) {
	t.Parallel()
	trials, allowed := 0, 0
	for _, sc := range scenarios() {
		t.Run(sc.name, func(t *testing.T) {
			w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
			doc := document(t, nil)
			if sc.envoy {
				doc = document(t, routedByEnvoy)
			}
			s := &sweep{world: w, plugin: w.configure(doc), scenario: sc}
			s.reference = s.run(nil)
			var names []string
			s.reference = s.run(func(_ int, name string, _ []uint64) (uint32, bool) {
				names = append(names, name)
				return 0, false
			})
			s.sound(1, "without faults")
			for i, f := range s.reference {
				if f.outcome != sc.want[i] {
					t.Fatalf("request %d without faults: %s %d, want %s", i, f.outcome, f.status, sc.want[i])
				}
				if f.upstream != nil {
					checkUpstream(t, f, sc.envoy)
				}
			}
			for _, status := range statuses {
				for i, name := range names {
					if indistinguishable(name, status) && sc.name == "encrypted" {
						continue
					}
					s.try(fmt.Sprintf("%s (call %d) returns %d", name, i, status), func(call int, _ string, _ []uint64) (uint32, bool) {
						return status, call == i
					})
				}
			}
			some := []uint32{1, 2, 10}
			for _, status := range some {
				if status == 1 && sc.name == "encrypted" {
					continue
				}
				for i, name := range names {
					s.try(fmt.Sprintf("%s (call %d) and all after it return %d", name, i, status), func(call int, _ string, _ []uint64) (uint32, bool) {
						return status, call >= i
					})
				}
				for _, name := range slices.Sorted(maps.Keys(w.vm.HostCallCounts())) {
					s.try(fmt.Sprintf("every %s returns %d", name, status), func(_ int, called string, _ []uint64) (uint32, bool) {
						return status, called == name
					})
				}
			}
			w.unpanicked()
			trials += s.trials
			allowed += s.allowed
		})
	}
	t.Logf("%d trials with faults, %d requests went on in spite of them, as they should have without", trials, allowed)
}

// indistinguishable says that the status of a call is no fault but an answer: a connection without TLS has no version.
func indistinguishable(name string, status uint32) bool {
	return name == "proxy_get_property" && status == wazerohost.StatusNotFound
}

// checkUpstream checks what every allowed request of the document must be like.
func checkUpstream(t *testing.T, f fate, envoy bool) {
	t.Helper()
	h := f.upstream.Headers
	if h.Has("x_user") || h.Get("x-user") == "root" {
		t.Errorf("the client's identity headers went on: %v", h)
	}
	if f.interlock != "allow" {
		t.Errorf("the interlock is %q", f.interlock)
	}
	want := appCluster
	if envoy {
		want = ""
	}
	if h.Get(routingHeader) != want {
		t.Errorf("routing header %q, want %q", h.Get(routingHeader), want)
	}
}

// TestStartFails makes each host call while the VM starts and is configured fail in each way. The configuration is
// refused only if it is refused without faults, too; what is accepted lets a request through as it should, or not at all.
func TestStartFails(t *testing.T) {
	t.Parallel()
	good := document(t, nil)
	bad := document(t, func(doc map[string]any) {
		doc["mutators"].(map[string]any)["header"].(map[string]any)["enabled"] = false
	})
	w := newWorld(t, wazerohost.Options{StreamIdleTimeout: -1})
	s := &sweep{world: w, plugin: w.configure(good)}
	drives := []scenario{scenarios()[0], {drive: one(request("GET", "/session/a", "cookie", "session=1"))}, {drive: one(request("GET", "/denied/a"))}}
	var references [][]fate
	for _, d := range drives {
		s.scenario = d
		references = append(references, s.run(nil))
	}

	names := map[bool][]string{}
	for _, accepted := range []bool{true, false} {
		_, ok := start(t, w, good, bad, accepted, func(_ int, name string, _ []uint64) (uint32, bool) {
			names[accepted] = append(names[accepted], name)
			return 0, false
		})
		if ok != accepted {
			t.Fatalf("without faults: accepted %v, want %v", ok, accepted)
		}
	}
	trials := 0
	for _, status := range statuses {
		for _, accepted := range []bool{true, false} {
			metrics := 0
			for i, name := range names[accepted] {
				if name == "proxy_define_metric" {
					// They are all alike.
					if metrics++; metrics > 3 {
						continue
					}
				}
				for _, after := range []bool{false, true} {
					about := fmt.Sprintf("%s (call %d) returns %d, all after it %v, good %v", name, i, status, after, accepted)
					trials++
					v, ok := start(t, w, good, bad, accepted, func(call int, _ string, _ []uint64) (uint32, bool) {
						return status, call == i || after && call > i
					})
					if accepted && !ok {
						t.Errorf("%s: refused", about)
						continue
					}
					if ok {
						for j, d := range drives {
							v.scenario = d
							for k, got := range v.run(nil) {
								want := references[j][k]
								if !accepted {
									want.upstream = nil
								}
								if wrong := judge(got, want); wrong != "" {
									t.Errorf("%s: %s", about, wrong)
								}
							}
						}
						v.sound(1, about)
					}
					// The next configuration has no faults: it works, or is refused, as it should.
					if accepted {
						next := v.configure(bytes.Replace(good, []byte(`"1s"`), []byte(`"2s"`), 1))
						v.plugin.Close()
						v.plugin = next
						for j, d := range drives {
							v.scenario = d
							if got := v.run(nil); !reflect.DeepEqual(got, references[j]) {
								t.Errorf("%s: after the next configuration %+v, want %+v", about, got, references[j])
							}
						}
						v.sound(1, "after "+about)
					}
					if err := v.vm.Failed(); err != nil {
						t.Errorf("%s: %v", about, err)
					}
					v.vm.Close()
				}
			}
		}
	}
	w.unpanicked()
	t.Logf("%d starts with faults", trials)
}

// start makes a VM and configures it, with faults.
func start(t *testing.T, w *world, good, bad []byte, accepted bool, inject wazerohost.Inject) (*sweep, bool) {
	t.Helper()
	vm, err := w.host.NewVM()
	if err != nil {
		t.Fatal(err)
	}
	v := *w
	v.vm = vm
	document := good
	if !accepted {
		document = bad
	}
	vm.Inject = inject
	plugin, ok := vm.Configure(document)
	vm.Inject = nil
	return &sweep{world: &v, plugin: plugin}, ok
}
