// Package jwks is where handlers find JSON Web Keys (RFC 7517): in their
// configuration, or at URLs of identity servers, of whose answers the worker keeps
// the last good one (Oathkeeper, credentials/fetcher_default.go).
package jwks

import (
	"slices"
	"strings"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/token"
	"oathgate/rules/tree"
)

// Source is the key sets of one handler, in the order of its configuration.
type Source struct {
	sets   []location
	timing pipeline.KeyTiming
}

// location is where one key set is.
type location struct {
	// keys are those of a set that stands in the configuration.
	keys []*token.Key
	// call asks for the set otherwise, and key names it in the worker's memory.
	call callout.Request
	key  memory.Key
}

func (l *location) fetched() bool { return l.call.Method != "" }

// New reads the URLs of key sets; mistakes are reported where they stand. A
// handler with a Source may wait unless all of its keys stand in the
// configuration.
func New(b *pipeline.Build, urls ...tree.Cursor) *Source {
	s := &Source{timing: b.Keys.OrDefault()}
	for _, url := range urls {
		if l, ok := s.location(b, url); ok {
			s.sets = append(s.sets, l)
			b.Traits.Waits = b.Traits.Waits || l.fetched()
		}
	}
	return s
}

func (s *Source) location(b *pipeline.Build, c tree.Cursor) (l location, ok bool) {
	if c.Kind() == tree.String {
		url := c.String()
		if keys, known := b.Sets[url]; known {
			return location{keys: keys}, true
		}
		if jwks, inline, err := token.InlineKeys(url); inline {
			if err == nil {
				l.keys, err = parse(jwks)
			}
			if err == nil && b.Sets != nil {
				b.Sets[url] = l.keys
			}
			if err != nil {
				c.Fail("holds no JSON Web Key Set: " + err.Error())
			}
			return l, err == nil
		}
		switch scheme, _, _ := strings.Cut(url, "://"); strings.ToLower(scheme) {
		case "file":
			c.Fail("the filter has no files: oathgate run puts the keys in their place; write inline:// and the file's content in base64")
			return l, false
		case "s3", "gs", "azblob":
			c.Fail("keys are not fetched from there; write a file:// or https:// URL")
			return l, false
		}
	}
	endpoint, ok := b.Endpoint(c)
	l.call = callout.Request{Endpoint: endpoint, Method: "GET", Target: endpoint.Target()}
	d := memory.NewDigest("jwks")
	l.call.Digest(d)
	d.Add(s.timing.TTL.String())
	d.Add(s.timing.Wait.String())
	l.key = d.Key()
	return l, ok
}

// Outage says why key sets are missing. The zero Outage is that none is.
type Outage struct {
	missing bool
	fault   callout.Fault
}

// Refuse gives e as the refusal of a request for which keys are missing.
func (o Outage) Refuse(e *pipeline.Error) *pipeline.Error {
	if !o.missing {
		return e
	}
	return pipeline.CalloutFailed(o.fault, e)
}

// Key gives the first key for signatures of that id; nil if there is none, after
// it has been looked for. It may wait.
func (s *Source) Key(x *pipeline.Exchange, id string) (*token.Key, Outage) {
	key := s.find(x, id)
	if key != nil {
		s.renew(x)
		return key, Outage{}
	}
	s.fetch(x)
	if key = s.find(x, id); key != nil {
		return key, Outage{}
	}
	return nil, s.outage(x)
}

// Sets gives the key sets that there are. It may wait, but not for some if there
// are others.
func (s *Source) Sets(x *pipeline.Exchange) ([][]*token.Key, Outage) {
	sets := s.usable(x)
	if len(sets) > 0 {
		s.renew(x)
		return sets, Outage{}
	}
	s.fetch(x)
	return s.usable(x), s.outage(x)
}

// Join makes one Source of several, with each set once.
func Join(sources []*Source) *Source {
	joined := &Source{timing: pipeline.KeyTiming{}.OrDefault()}
	for _, s := range sources {
		joined.timing = s.timing
		for i := range s.sets {
			if l := &s.sets[i]; !slices.ContainsFunc(joined.sets, l.same) {
				joined.sets = append(joined.sets, *l)
			}
		}
	}
	return joined
}

// same reports whether both are the same set at the same place: of sets in the
// configuration, that they were read once (Build.Sets).
func (l *location) same(o location) bool {
	if l.fetched() || o.fetched() {
		return l.fetched() && o.fetched() && l.key == o.key
	}
	return len(l.keys) == len(o.keys) && (len(l.keys) == 0 || l.keys[0] == o.keys[0])
}

// Configured gives the key sets that stand in the configuration.
func (s *Source) Configured() (sets [][]*token.Key) {
	for i := range s.sets {
		if l := &s.sets[i]; !l.fetched() {
			sets = append(sets, l.keys)
		}
	}
	return sets
}

func (s *Source) usable(x *pipeline.Exchange) (sets [][]*token.Key) {
	for i := range s.sets {
		l := &s.sets[i]
		if !l.fetched() {
			sets = append(sets, l.keys)
		} else if kept := l.kept(x); kept.usable(x.Now(), s.timing.TTL) {
			sets = append(sets, kept.keys)
		}
	}
	return sets
}

func (s *Source) find(x *pipeline.Exchange, id string) *token.Key {
	for i := range s.sets {
		l := &s.sets[i]
		keys := l.keys
		if l.fetched() {
			kept := l.kept(x)
			if !kept.usable(x.Now(), s.timing.TTL) {
				continue
			}
			keys = kept.keys
		}
		for _, k := range keys {
			if k.ID == id && k.Use == "sig" {
				return k
			}
		}
	}
	return nil
}

func (s *Source) outage(x *pipeline.Exchange) (o Outage) {
	s.each(x, func(_ *location, kept *set) {
		if !o.missing && !kept.usable(x.Now(), s.timing.TTL) {
			o = Outage{missing: true, fault: kept.fault}
		}
	})
	return o
}

// fetches reports whether there is a set that is fetched.
func (s *Source) fetches() bool {
	for i := range s.sets {
		if s.sets[i].fetched() {
			return true
		}
	}
	return false
}

// each visits the sets that are fetched.
func (s *Source) each(x *pipeline.Exchange, visit func(l *location, kept *set)) {
	for i := range s.sets {
		if l := &s.sets[i]; l.fetched() {
			visit(l, l.kept(x))
		}
	}
}

// renew asks for what is about to grow old, or is old already and used because its
// server is down. Nobody waits for it.
func (s *Source) renew(x *pipeline.Exchange) {
	now := x.Now()
	s.each(x, func(l *location, kept *set) {
		if kept.ages(now, s.timing.TTL) && kept.askable(now, s.patience(x)) {
			s.ask(x, l, kept)
		}
	})
}

// fetch asks for what is old and looks again in what is not, and waits for it and
// what others have asked for.
func (s *Source) fetch(x *pipeline.Exchange) {
	if !s.fetches() {
		return
	}
	x.Wait()
	now := x.Now()
	s.each(x, func(l *location, kept *set) {
		if kept.askable(now, s.patience(x)) && kept.search(now, s.timing.TTL) {
			s.ask(x, l, kept)
		}
	})
	until := now.Add(s.timing.Wait)
	s.each(x, func(l *location, kept *set) {
		for kept.asking && x.Now().Before(until) {
			x.Follow(l.key, until)
		}
		if kept.asking {
			kept.down = true
		}
	})
}

// patience is how long a server has to answer: its answer is of use to others after
// the request that asked has stopped waiting.
func (s *Source) patience(x *pipeline.Exchange) time.Duration {
	return max(x.CalloutTimeout, s.timing.Wait)
}

func (s *Source) ask(x *pipeline.Exchange, l *location, kept *set) {
	now, mem, asked := x.Now, x.Memory, x.Now()
	kept.ask(asked)
	mem.Flights.Lead(l.key)
	call := l.call
	call.Timeout = s.patience(x)
	x.Send(call, func(res callout.Result) {
		if !kept.asking || kept.asked != asked {
			return
		}
		kept.answered(res, now())
		// Decoded, a key takes about three times its text.
		mem.KeySets.Put(l.key, kept, 3*len(res.Response.Body), time.Time{})
		mem.Flights.Land(l.key, kept)
	})
}

// kept gives what the worker's memory has of a set.
func (l *location) kept(x *pipeline.Exchange) *set {
	if v, ok := x.Memory.KeySets.Get(l.key, x.Now()); ok {
		return v.(*set)
	}
	kept := &set{}
	x.Memory.KeySets.Put(l.key, kept, 0, time.Time{})
	return kept
}
