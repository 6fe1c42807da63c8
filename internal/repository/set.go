package repository

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// soon is how long after a failure a server is asked again, unless the interval is shorter.
const soon = 5 * time.Second

// ErrNone says that an address's rules have not been had yet.
var ErrNone = errors.New("has not been had yet")

// Set is the repositories of one run. Several goroutines may use it.
type Set struct {
	client *http.Client
	cache  cache // without a folder there is none
	log    *slog.Logger

	fetches sync.WaitGroup
	mu      sync.Mutex
	repos   map[string]*repo // by address
	changed bool
}

// repo is one repository.
type repo struct {
	name string
	// latest are the rules that the server gave last, nil before it did; etag and modified are what it called them.
	latest         []byte
	etag, modified string
	// good are the last rules that were put in force, or those of the cache file; they are of the time loaded.
	good   []byte
	loaded time.Time
	// known is when the server was last heard of.
	known time.Time
	// failure is why it was not heard of the last time; refused says that latest have mistakes.
	failure *Failure
	refused bool

	asked bool // a fetch is under way
	due   time.Time
}

// State is how a repository is.
type State struct {
	Name string
	// Loaded is when its rules were fetched, zero if they never were.
	Loaded time.Time
	// Error is why newer ones are not in force, "" if all is well. Then Known is when the server was last heard of, zero
	// if never.
	Error Class
	Known time.Time
}

// NewSet keeps rules in the files of a folder; "" keeps none.
func NewSet(dir string, log *slog.Logger) *Set {
	return &Set{client: newClient(), cache: cache{dir}, log: log, repos: map[string]*repo{}}
}

// Latest gives the rules of an address that its server gave last, or those in force. If there are none yet the error is
// ErrNone, and the next Tick fetches them.
func (s *Set) Latest(address string) ([]byte, error) {
	return s.get(address, func(r *repo) []byte {
		if r.latest != nil {
			return r.latest
		}
		return r.good
	})
}

// Good gives those in force.
func (s *Set) Good(address string) ([]byte, error) {
	return s.get(address, func(r *repo) []byte { return r.good })
}

func (s *Set) get(address string, which func(*repo) []byte) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[address]
	if r == nil {
		r = &repo{name: Name(address)}
		s.repos[address] = r
		if exposed(address) {
			s.log.Warn("the rules of the repository " + r.name + " come over plain HTTP: whoever is on the way decides who gets in; write https://")
		}
		s.recall(address, r)
	}
	if rules := which(r); rules != nil {
		return rules, nil
	}
	return nil, ErrNone
}

// recall reads the cache file.
func (s *Set) recall(address string, r *repo) {
	if s.cache.dir == "" {
		s.log.Warn("the rules of the repository " + r.name + " are not kept for a start without their server: set XDG_CACHE_HOME or HOME")
		return
	}
	rules, at, err := s.cache.read(address)
	switch {
	case err == nil:
		r.good, r.loaded, r.known = rules, at, at
	case !errors.Is(err, fs.ErrNotExist):
		s.log.Warn("the rules that were kept of the repository " + r.name + " are not used: " + err.Error())
	}
}

// Tick fetches what is due, and waits for nothing. Servers are asked again after an interval.
func (s *Set) Tick(ctx context.Context, now time.Time, interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address, r := range s.repos {
		if r.asked || now.Before(r.due) {
			continue
		}
		r.asked = true
		s.fetches.Go(func() { s.fetch(ctx, address, r, interval) })
	}
}

// Wait waits for the fetches that are under way.
func (s *Set) Wait() { s.fetches.Wait() }

func (s *Set) fetch(ctx context.Context, address string, r *repo, interval time.Duration) {
	s.mu.Lock()
	etag, modified := r.etag, r.modified
	s.mu.Unlock()
	a, err := get(ctx, s.client, address, etag, modified)
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	r.asked = false
	if failed := (*Failure)(nil); errors.As(err, &failed) {
		r.due = now.Add(min(interval, soon))
		if ctx.Err() == nil && (r.failure == nil || r.failure.Class != failed.Class) {
			s.changed = true
			s.warn(r, failed, now)
			r.failure = failed
		}
		return
	}
	r.due, r.known = now.Add(interval), now
	if r.failure != nil {
		s.changed, r.failure = true, nil
		s.log.Info("the rule repository " + r.name + " answers again")
	}
	if !a.same {
		r.etag, r.modified = a.etag, a.modified
		if r.latest == nil || !bytes.Equal(a.body, r.latest) {
			s.changed, r.latest, r.refused = true, a.body, false
		}
	}
	if r.good != nil && bytes.Equal(r.latest, r.good) && s.cache.dir != "" {
		s.cache.seen(address, now)
	}
}

// warn says what a failure means.
func (s *Set) warn(r *repo, f *Failure, now time.Time) {
	switch {
	case r.good == nil:
		s.log.Warn("the rule repository " + r.name + " " + f.Text + "; until it does, no rule is in force")
	case r.latest == nil:
		s.log.Warn("the rule repository "+r.name+" "+f.Text+"; its rules are those that were kept", "age", now.Sub(r.known).Round(time.Second))
	default:
		s.log.Warn("the rule repository " + r.name + " " + f.Text + "; its last good rules stay in force")
	}
}

// Changed reports whether rules or a state have changed since the last call.
func (s *Set) Changed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	changed := s.changed
	s.changed = false
	return changed
}

// News reports whether the latest rules of an address are not those in force.
func (s *Set) News(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[address]
	return r != nil && r.latest != nil && (r.good == nil || !bytes.Equal(r.latest, r.good))
}

// Refuse notes that the latest rules of an address have mistakes.
func (s *Set) Refuse(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.repos[address]; r != nil {
		r.refused = true
	}
}

// Keep notes that these rules, by address, are in force, and forgets all other addresses.
func (s *Set) Keep(inForce map[string][]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address, r := range s.repos {
		rules, used := inForce[address]
		switch {
		case !used:
			delete(s.repos, address)
		case rules != nil && (r.good == nil || !bytes.Equal(rules, r.good)):
			r.good, r.loaded, r.refused = rules, r.known, false
			if s.cache.dir == "" {
				continue
			}
			if err := s.cache.write(address, rules, r.known); err != nil {
				s.log.Warn("the rules of the repository " + r.name + " are not kept for a start without their server: " + err.Error())
			}
		}
	}
}

// State says how the repository at an address is whose rules these are; nil if there are none.
func (s *Set) State(address string, rules []byte) State {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.repos[address]
	if r == nil {
		return State{Name: Name(address)}
	}
	state := State{Name: r.name}
	switch {
	case rules == nil:
	case r.good != nil && bytes.Equal(rules, r.good):
		state.Loaded = r.loaded
	default:
		state.Loaded = r.known
	}
	switch {
	case r.failure != nil:
		state.Error, state.Known = r.failure.Class, r.known
	case r.refused:
		state.Error, state.Known = Refused, r.known
	}
	return state
}
