package jwks

import (
	"encoding/base64"
	"slices"
	"testing"
	"time"

	"oathgate/internal/treetest"
	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/tree"
)

// world is a host with servers that answer after a time of the world's own clock.
type world struct {
	t      *testing.T
	now    time.Time
	memory memory.Memory
	// answer gives a server's answer and how long it takes; 0 is at once, before Send
	// returns.
	answer func(callout.Request) (callout.Result, time.Duration)
	// asked are the paths of all callouts.
	asked []string
	sent  []sent
	// waits are how long requests have waited.
	waits []time.Duration
}

type sent struct {
	at     time.Time
	result callout.Result
	done   func(callout.Result)
}

func newWorld(t *testing.T) *world {
	return &world{t: t, now: time.Unix(1_700_000_000, 0)}
}

func (w *world) send(req callout.Request, done func(callout.Result)) {
	w.asked = append(w.asked, req.Target)
	if req.Method != "GET" || req.Timeout < time.Second || len(req.Body)+len(req.Headers) > 0 {
		w.t.Errorf("asks by %+v", req)
	}
	result, after := w.answer(req)
	if after == 0 {
		done(result)
		return
	}
	if after >= req.Timeout {
		result, after = callout.Result{Fault: callout.Timeout}, req.Timeout
	}
	w.sent = append(w.sent, sent{w.now.Add(after), result, done})
}

// advance lets time pass, with what happens in it.
func (w *world) advance(d time.Duration) { w.until(w.now.Add(d), nil) }

// until lets time pass, until a flight of key lands if there is one.
func (w *world) until(end time.Time, key *memory.Key) {
	for {
		for _, l := range w.memory.Flights.Landed() {
			if key != nil && l.Key == *key {
				return
			}
		}
		next := -1
		for i, s := range w.sent {
			if !s.at.After(end) && (next < 0 || s.at.Before(w.sent[next].at)) {
				next = i
			}
		}
		if next < 0 {
			w.now = end
			return
		}
		s := w.sent[next]
		w.sent = slices.Delete(w.sent, next, next+1)
		w.now = s.at
		s.done(s.result)
	}
}

func (w *world) exchange() *pipeline.Exchange {
	return &pipeline.Exchange{
		Memory: &w.memory, Now: func() time.Time { return w.now }, CalloutTimeout: 3 * time.Second, Send: w.send,
		Suspend: func(a pipeline.Await) pipeline.Resumption {
			if a.Shared == nil || a.Until.IsZero() || len(a.Calls) > 0 {
				w.t.Fatalf("waits for %+v", a)
			}
			from := w.now
			w.until(a.Until, a.Shared)
			w.waits = append(w.waits, w.now.Sub(from))
			return pipeline.Resumption{}
		},
	}
}

// key asks a source for a key, and tells the secret that it holds, "" if there is none.
func (w *world) key(s *Source, id string) string {
	w.t.Helper()
	w.waits = nil
	k, _ := s.Key(w.exchange(), id)
	if k == nil {
		return ""
	}
	for _, secret := range []string{"one", "two", "three"} {
		if keys, err := parse([]byte(jwkSet(id, secret))); err != nil {
			w.t.Fatal(err)
		} else if k.Equal(keys[0]) {
			return secret
		}
	}
	w.t.Fatal("an unknown key")
	return ""
}

func jwkSet(id, secret string) string {
	return `{"keys":[{"kty":"oct","use":"sig","kid":"` + id + `","k":"` + base64.RawURLEncoding.EncodeToString([]byte(secret)) + `"}]}`
}

func answers(status int, body string) callout.Result {
	return callout.Result{Fault: callout.None, Response: callout.Response{Status: status, Body: []byte(body)}}
}

// gives is a server that always gives the same.
func gives(res callout.Result, after time.Duration) func(callout.Request) (callout.Result, time.Duration) {
	return func(callout.Request) (callout.Result, time.Duration) { return res, after }
}

// source reads the URLs of a source, as JSON.
func source(t *testing.T, urls string, timing pipeline.KeyTiming) (*Source, *pipeline.Build, []tree.Problem) {
	t.Helper()
	c, found := treetest.Config(t, `{"jwks_urls":`+urls+`}`)
	b := &pipeline.Build{Config: c, Keys: timing}
	var list []tree.Cursor
	c.Object().Field("jwks_urls").Each(func(_ int, url tree.Cursor) { list = append(list, url) })
	return New(b, list...), b, found.List()
}

func mustSource(t *testing.T, urls string) *Source {
	t.Helper()
	s, _, problems := source(t, urls, pipeline.KeyTiming{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return s
}
