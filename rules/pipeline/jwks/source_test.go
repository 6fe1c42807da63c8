package jwks

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/token"
)

const (
	oneURL = `["http://keys.test/a"]`
	ms     = time.Millisecond
)

func (w *world) expect(about, got, want string, asked int) {
	w.t.Helper()
	if got != want || len(w.asked) != asked {
		w.t.Errorf("%s: key %q after %d callouts, want %q after %d", about, got, len(w.asked), want, asked)
	}
}

func TestNewRefuses(t *testing.T) {
	for url, part := range map[string]string{
		`1`:                                 "must be a string",
		`""`:                                "not an absolute",
		`"keys.json"`:                       "not an absolute",
		`"file:///etc/keys.json"`:           "the filter has no files",
		`"FILE:///etc/keys.json"`:           "the filter has no files",
		`"s3://bucket/keys.json"`:           "not fetched from there",
		`"gs://bucket/keys.json"`:           "not fetched from there",
		`"azblob://bucket/keys.json"`:       "not fetched from there",
		`"ftp://keys.test/"`:                "not an absolute",
		`"http://user:secret@keys.test/"`:   "user or password",
		`"inline://%"`:                      "is not base64",
		`"` + token.InlineURL(nil) + `"`:    "holds no JSON Web Key Set",
		`"` + inline(`{"keys":1}`) + `"`:    "holds no JSON Web Key Set",
		`"` + inline(`{"keys":[{}]}`) + `"`: "holds no JSON Web Key Set",
		`"` + inline(many(MaxKeys+1)) + `"`: "more than 1,000 keys",
	} {
		_, _, problems := source(t, `["http://keys.test/a",`+url+`]`, pipeline.KeyTiming{})
		if len(problems) != 1 || problems[0].Path != "config.jwks_urls[1]" || !strings.Contains(problems[0].Message, part) {
			t.Errorf("%s: %v, want %s", url, problems, part)
		}
		if len(problems) > 0 && strings.Contains(problems[0].Message, "secret") {
			t.Errorf("%s: the URL is told", url)
		}
	}
}

func inline(jwks string) string { return token.InlineURL([]byte(jwks)) }

func many(n int) string {
	return `{"keys":[` + strings.TrimSuffix(strings.Repeat(`{"kty":"oct","k":"YQ"},`, n), ",") + `]}`
}

func TestInlineKeysAreNeverFetched(t *testing.T) {
	w := newWorld(t)
	s, b, problems := source(t, `["`+inline(jwkSet("a", "one"))+`"]`, pipeline.KeyTiming{})
	if len(problems) > 0 || b.Traits.Waits || len(b.Endpoints) > 0 {
		t.Fatalf("%v, %+v", problems, b)
	}
	w.expect("its key", w.key(s, "a"), "one", 0)
	w.advance(time.Hour)
	w.expect("later", w.key(s, "a"), "one", 0)
	w.expect("another id", w.key(s, "b"), "", 0)
	if sets, outage := s.Sets(w.exchange()); len(sets) != 1 || outage != (Outage{}) {
		t.Errorf("sets %v, %v", sets, outage)
	}
	_, b, _ = source(t, oneURL, pipeline.KeyTiming{})
	if !b.Traits.Waits || len(b.Endpoints) != 1 {
		t.Errorf("%+v", b)
	}
}

func TestFetchedOnceAndKept(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 200*ms)
	s := mustSource(t, oneURL)
	w.expect("first", w.key(s, "a"), "one", 1)
	if len(w.waits) != 1 || w.waits[0] != 200*ms {
		t.Errorf("waited %v", w.waits)
	}
	w.expect("second", w.key(s, "a"), "one", 1)
	w.expect("another handler's", w.key(mustSource(t, oneURL), "a"), "one", 1)
	w.advance(24 * time.Second)
	w.expect("before it ages", w.key(s, "a"), "one", 1)

	w.answer = gives(answers(200, jwkSet("a", "two")), 200*ms)
	w.advance(ms)
	w.expect("it ages, and nobody waits", w.key(s, "a"), "one", 2)
	w.expect("until then the old one", w.key(s, "a"), "one", 2)
	if len(w.waits) > 0 {
		t.Errorf("waited %v", w.waits)
	}
	w.advance(200 * ms)
	w.expect("the new one", w.key(s, "a"), "two", 2)
	w.advance(31 * time.Second)
	w.answer = gives(answers(200, jwkSet("a", "three")), 200*ms)
	w.expect("old keys are not used", w.key(s, "a"), "three", 3)
	w.advance(31 * time.Second)
	w.answer = gives(answers(200, jwkSet("b", "three")), 200*ms)
	w.expect("a key that is taken back", w.key(s, "a"), "", 4)
}

// Other times, another cluster: other keys in memory.
func TestWhatIsSharedIsFetchedAlike(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 200*ms)
	w.expect("first", w.key(mustSource(t, oneURL), "a"), "one", 1)
	short, _, _ := source(t, oneURL, pipeline.KeyTiming{Wait: time.Second, TTL: time.Second})
	w.expect("another ttl", w.key(short, "a"), "one", 2)
	w.expect("another query", w.key(mustSource(t, `["http://keys.test/a?b"]`), "a"), "one", 3)
	w.expect("another scheme", w.key(mustSource(t, `["https://keys.test/a"]`), "a"), "one", 4)
	w.advance(2 * time.Second)
	w.expect("the short one is old", w.key(short, "a"), "one", 5)
	w.expect("the long one is not", w.key(mustSource(t, oneURL), "a"), "one", 5)
}

func TestUnknownIdsAreLookedForOnceAnInterval(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 10*ms)
	s := mustSource(t, oneURL)
	w.expect("first", w.key(s, "a"), "one", 1)
	began := w.now
	for i := range 1000 {
		if w.key(s, "made up "+strconv.Itoa(i)) != "" {
			t.Fatal("a key that nobody has")
		}
		w.advance(ms)
	}
	if d := w.now.Sub(began); d >= SearchEvery {
		t.Fatalf("took %v", d)
	}
	w.expect("1,000 made-up ids", w.key(s, "a"), "one", 2)

	w.answer = gives(answers(200, jwkSet("b", "two")), 10*ms)
	w.expect("a new key within the interval", w.key(s, "b"), "", 2)
	w.advance(SearchEvery - w.now.Sub(began))
	w.expect("and after it", w.key(s, "b"), "two", 3)
	w.expect("the old one is gone", w.key(s, "a"), "", 3)

	// Over a long time: no more than one for each interval, and the renewals.
	w.asked, began = nil, w.now
	for w.now.Sub(began) < time.Minute {
		w.key(s, "made up")
		w.advance(50 * ms)
	}
	if most := int(time.Minute/SearchEvery) + 1; len(w.asked) > most {
		t.Errorf("%d callouts in a minute, at most %d are due", len(w.asked), most)
	}
}

// The first look for an id is made at once: a key that has just been made is found.
func TestRotationIsSeenAtOnce(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 10*ms)
	s := mustSource(t, oneURL)
	w.expect("first", w.key(s, "a"), "one", 1)
	w.answer = gives(answers(200, jwkSet("b", "two")), 10*ms)
	w.expect("rotated", w.key(s, "b"), "two", 2)
}

func TestWaitIsBounded(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 2*time.Second)
	s := mustSource(t, oneURL)
	w.expect("too slow", w.key(s, "a"), "", 1)
	if len(w.waits) != 1 || w.waits[0] != time.Second {
		t.Errorf("waited %v", w.waits)
	}
	w.advance(500 * ms)
	w.expect("who comes later waits for the same answer", w.key(s, "a"), "one", 1)
	if len(w.waits) != 1 || w.waits[0] != 500*ms {
		t.Errorf("waited %v", w.waits)
	}
}

// Requests that come while the keys are on their way wait for the one callout.
func TestSingleFlight(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 100*ms)
	s := mustSource(t, oneURL)
	inner := 0
	x := w.exchange()
	suspend := x.Suspend
	x.Suspend = func(a pipeline.Await) pipeline.Resumption {
		for range 1000 {
			other := w.exchange()
			other.Suspend = func(b pipeline.Await) pipeline.Resumption {
				if *b.Shared != *a.Shared {
					t.Fatal("another flight")
				}
				inner++
				panic("still waiting")
			}
			func() {
				defer func() { _ = recover() }()
				s.Key(other, "a")
			}()
		}
		return suspend(a)
	}
	if k, _ := s.Key(x, "a"); k == nil || inner != 1000 || len(w.asked) != 1 {
		t.Errorf("key %v, %d wait, %d callouts", k, inner, len(w.asked))
	}
}

func TestSeveralURLs(t *testing.T) {
	const urls = `["http://keys.test/a","http://keys.test/b","http://keys.test/c"]`
	w := newWorld(t)
	w.answer = func(q callout.Request) (callout.Result, time.Duration) {
		switch q.Target {
		case "/a":
			return answers(200, jwkSet("a", "one")), 300 * ms
		case "/b":
			return answers(200, jwkSet("a", "two")), 100 * ms
		}
		return callout.Result{Fault: callout.Connect}, 0
	}
	s := mustSource(t, urls)
	w.expect("the first URL counts, though it is slower", w.key(s, "a"), "one", 3)
	if sum(w.waits) != 300*ms {
		t.Errorf("waited %v: one after the other", w.waits)
	}
	w.expect("again", w.key(s, "a"), "one", 3)
	if sets, outage := s.Sets(w.exchange()); len(sets) != 2 || outage != (Outage{}) {
		t.Errorf("%d sets", len(sets))
	}
	// One of the servers is slow: the others' keys count when the wait is over.
	w = newWorld(t)
	w.answer = func(q callout.Request) (callout.Result, time.Duration) {
		if q.Target == "/b" {
			return answers(200, jwkSet("a", "two")), 100 * ms
		}
		return callout.Result{Fault: callout.Timeout}, time.Hour
	}
	w.expect("one answers", w.key(mustSource(t, urls), "a"), "two", 3)
	if total := sum(w.waits); total != time.Second {
		t.Errorf("waited %v", w.waits)
	}
}

func sum(list []time.Duration) (d time.Duration) {
	for _, one := range list {
		d += one
	}
	return d
}

// What the callout may bring instead of a key set.
func bad() map[string]callout.Result {
	set := jwkSet("a", "two")
	faults := map[string]callout.Result{
		"200, empty": answers(200, ""), "200, text": answers(200, "keys"), "200, truncated": answers(200, set[:len(set)-2]),
		"200, trailing": answers(200, set+"x"), "200, list": answers(200, "["+set+"]"), "200, no keys": answers(200, `{"key":[]}`),
		"200, null": answers(200, "null"), "200, keys null": answers(200, `{"keys":null}`),
		"200, duplicate members": answers(200, `{"keys":[],`+set[1:]), "200, deep": answers(200, strings.Repeat("[", 40)+strings.Repeat("]", 40)),
		"200, a key that is none": answers(200, strings.Replace(set, "oct", "nothing", 1)), "200, byte order mark": answers(200, "\xef\xbb\xbf"+set),
		"200, not UTF-8": answers(200, strings.Replace(set, `"a"`, "\"a\xff\"", 1)), "200, NUL": answers(200, set+"\x00"),
		"200, too many": answers(200, many(MaxKeys+1)), "200, too long": answers(200, set+strings.Repeat(" ", 256<<10)),
	}
	for _, status := range []int{100, 199, 300, 301, 302, 304, 307, 400, 401, 403, 404, 410, 418, 429, 500, 501, 502, 503, 504} {
		faults[strconv.Itoa(status)] = answers(status, set)
	}
	for f := range callout.NumFaults {
		if f != callout.None {
			faults[f.String()] = callout.Result{Fault: f}
		}
	}
	return faults
}

// isDown says which of them come from a server that is not well.
func isDown(name string, res callout.Result) bool {
	return name != callout.TooLarge.String() && (res.Fault != callout.None || res.Response.Status == 429 || res.Response.Status >= 500)
}

// Nothing but a key set gives keys; nothing but a key set replaces keys; and a server
// that is up and gives none does not keep old ones alive.
func TestFaults(t *testing.T) {
	for name, res := range bad() {
		for _, after := range []time.Duration{0, 100 * ms} {
			t.Run(name+" "+after.String(), func(t *testing.T) {
				w := newWorld(t)
				w.answer = gives(res, after)
				s := mustSource(t, oneURL)
				k, outage := s.Key(w.exchange(), "a")
				if k != nil {
					t.Fatal("a key")
				}
				want := 401
				if res.Fault == callout.Overload {
					want = 503
				}
				if e := outage.Refuse(pipeline.Unauthorized("")); e.Status != want || !e.Callout {
					t.Errorf("%+v", e)
				}
				// It is not asked again at once, but soon, and then it is well.
				w.expect("at once", w.key(s, "a"), "", 1)
				w.answer = gives(answers(200, jwkSet("a", "one")), 100*ms)
				w.advance(RetryAfter - ms)
				w.expect("soon", w.key(s, "a"), "", 1)
				w.advance(ms)
				w.expect("later", w.key(s, "a"), "one", 2)

				// It fails again.
				w.answer = gives(res, after)
				w.advance(29 * time.Second)
				w.expect("asked ahead", w.key(s, "a"), "one", 3)
				w.advance(time.Second - ms)
				w.expect("fresh until the end", w.key(s, "a"), "one", 3)
				w.advance(time.Second)
				stale := ""
				if isDown(name, res) {
					stale = "one"
				}
				if got := w.key(s, "a"); got != stale {
					t.Errorf("after its time: %q, want %q", got, stale)
				}
				w.advance(StaleFor - 3*time.Second)
				if got := w.key(s, "a"); got != stale {
					t.Errorf("before the end of the window: %q, want %q", got, stale)
				}
				w.advance(3 * time.Second)
				if got := w.key(s, "a"); got != "" {
					t.Error("used for ever")
				}
				w.answer = gives(answers(200, jwkSet("a", "three")), 100*ms)
				w.advance(RetryAfter)
				if got := w.key(s, "a"); got != "three" {
					t.Errorf("afterwards %q", got)
				}
			})
		}
	}
}

// Whoever uses old keys does not wait, and the server is asked once a second.
func TestStaleKeysCostNoWait(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 100*ms)
	s := mustSource(t, oneURL)
	w.expect("first", w.key(s, "a"), "one", 1)
	w.answer = gives(callout.Result{Fault: callout.Timeout}, time.Hour)
	w.advance(40 * time.Second)
	w.expect("the first one waits", w.key(s, "a"), "one", 2)
	if sum(w.waits) != time.Second {
		t.Errorf("waited %v", w.waits)
	}
	for range 200 {
		w.expect("the others do not", w.key(s, "a"), "one", len(w.asked))
		if len(w.waits) > 0 {
			t.Fatalf("waited %v", w.waits)
		}
		w.advance(100 * ms)
	}
	// A callout takes three seconds, and a second passes before the next.
	if len(w.asked) > 2+20/4+1 {
		t.Errorf("asked %d times in 20 seconds", len(w.asked))
	}
	w.answer = gives(answers(200, jwkSet("a", "two")), 100*ms)
	w.advance(4 * time.Second)
	w.key(s, "a")
	w.advance(100 * ms)
	if got := w.key(s, "a"); got != "two" {
		t.Errorf("when it is up again: %q", got)
	}
}

// A flood of made-up ids while the server is down asks it no more often either.
func TestUnknownIdsWhileTheServerIsDown(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(callout.Result{Fault: callout.Connect}, ms)
	s := mustSource(t, oneURL)
	began := w.now
	for w.now.Sub(began) < 10*time.Second {
		w.key(s, "made up")
		w.advance(10 * ms)
	}
	if len(w.asked) > 11 {
		t.Errorf("asked %d times in 10 seconds", len(w.asked))
	}
}

// The configuration that asked is gone, and nothing is heard of its callout.
func TestLostCallout(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(answers(200, jwkSet("a", "one")), 2*time.Second)
	s := mustSource(t, oneURL)
	w.expect("too slow", w.key(s, "a"), "", 1)
	lost := w.sent[0]
	w.sent = nil
	w.answer = gives(answers(200, jwkSet("a", "two")), 100*ms)
	w.advance(2 * time.Second)
	w.expect("it may still come", w.key(s, "a"), "", 1)
	w.advance(time.Second)
	w.expect("it does not come", w.key(s, "a"), "two", 2)
	lost.done(lost.result)
	w.expect("what comes too late is not taken", w.key(s, "a"), "two", 2)
	if w.memory.Flights.Len() != 0 {
		t.Error("a flight has not landed")
	}
}

// Key sets that no configuration names any more are pushed out.
func TestMemoryIsBounded(t *testing.T) {
	w := newWorld(t)
	big := many(900)
	w.answer = gives(answers(200, big), ms)
	for i := range 200 {
		w.key(mustSource(t, `["http://keys.test/`+strconv.Itoa(i)+`"]`), "a")
	}
	if n := w.memory.KeySets.Len(); n >= 200 || n < 50 || w.memory.KeySets.Bytes() > memory.MaxBytes {
		t.Errorf("%d sets, %d bytes", n, w.memory.KeySets.Bytes())
	}
	if w.memory.Cache.Len() != 0 {
		t.Error("verdicts' room is taken")
	}
}

func TestOnlyKeysForSignatures(t *testing.T) {
	w := newWorld(t)
	set := `{"keys":[{"kty":"oct","kid":"a","k":"YQ"},{"kty":"oct","kid":"a","use":"enc","k":"YQ"},{"kty":"oct","kid":"a","use":"Sig","k":"YQ"},` +
		strings.TrimPrefix(jwkSet("a", "one"), `{"keys":[`)
	w.answer = gives(answers(203, set), ms)
	w.expect("the one for signatures", w.key(mustSource(t, oneURL), "a"), "one", 1)
	w.expect("none", w.key(mustSource(t, oneURL), ""), "", 2)
}

func TestSets(t *testing.T) {
	w := newWorld(t)
	w.answer = gives(callout.Result{Fault: callout.Connect}, ms)
	s := mustSource(t, oneURL)
	if sets, outage := s.Sets(w.exchange()); sets != nil || outage.Refuse(pipeline.Internal("")).Status != 500 || !outage.Refuse(pipeline.Internal("")).Callout {
		t.Errorf("%v, %v", sets, outage)
	}
	w.answer = gives(answers(200, jwkSet("a", "one")), ms)
	w.advance(RetryAfter)
	for range 2 {
		sets, outage := s.Sets(w.exchange())
		if len(sets) != 1 || len(sets[0]) != 1 || sets[0][0].ID != "a" || outage != (Outage{}) || len(w.asked) != 2 {
			t.Errorf("%v, %v after %d callouts", sets, outage, len(w.asked))
		}
	}
	if !slices.Equal(w.asked, []string{"/a", "/a"}) {
		t.Error(w.asked)
	}
}
