package jwks

import (
	"errors"
	"time"

	"oathgate/rules/pipeline/callout"
	"oathgate/rules/token"
)

// How long things may take and last, beside the configured times.
const (
	// SearchEvery is the least time between two looks for unknown ids in a set that
	// is not old: what clients make up costs the server no more than that.
	SearchEvery = 5 * time.Second
	// RetryAfter is the least time between a failure and the next try.
	RetryAfter = time.Second
	// StaleFor is how long after jwks_ttl keys are used while their server is down.
	StaleFor = 5 * time.Minute
	// MaxKeys is the number of keys that a set may hold.
	MaxKeys = 1000
	// grace is added to the time in which an answer must have come.
	grace = time.Second
)

// set is what one URL gave, and what became of asking it. The zero set has never
// been asked for.
type set struct {
	// keys came at fetched; nil and zero if none ever came.
	keys    []*token.Key
	fetched time.Time
	// asked is when the server was last asked. asking says that it has not answered
	// yet.
	asked  time.Time
	asking bool
	// searched is when it was last asked though the set was not old.
	searched time.Time
	// failed says that the last answer was none; fault and failedAt tell more.
	failed   bool
	failedAt time.Time
	fault    callout.Fault
	// down says that the server cannot be reached or says itself that it is not well.
	down bool
}

func (s *set) has() bool { return !s.fetched.IsZero() }

func (s *set) fresh(now time.Time, ttl time.Duration) bool {
	return s.has() && now.Sub(s.fetched) <= ttl
}

// usable reports whether the keys may be used: while they are fresh, and some time
// longer if the server is down. A server that is up and gives no keys, or others,
// has taken them back.
func (s *set) usable(now time.Time, ttl time.Duration) bool {
	return s.fresh(now, ttl) || s.down && s.has() && now.Sub(s.fetched)-ttl <= StaleFor
}

// ages reports whether the last fifth of the keys' time has begun.
func (s *set) ages(now time.Time, ttl time.Duration) bool {
	return now.Sub(s.fetched) > ttl-ttl/5
}

// askable reports whether the server may be asked: nobody is asking it, and it has
// not just failed. An answer that has not come in time will not come any more: the
// configuration that asked is gone.
func (s *set) askable(now time.Time, patience time.Duration) bool {
	if s.asking && now.Sub(s.asked) > patience+grace {
		s.asking = false
	}
	return !s.asking && (!s.failed || now.Sub(s.failedAt) >= RetryAfter)
}

// search reports whether the server is to be asked for a key that the set does not
// have, and notes that it is.
func (s *set) search(now time.Time, ttl time.Duration) bool {
	if !s.fresh(now, ttl) {
		return true
	}
	if now.Sub(s.searched) < SearchEvery {
		return false
	}
	s.searched = now
	return true
}

// ask notes that the server is asked now.
func (s *set) ask(now time.Time) {
	s.asked, s.asking = now, true
}

// answered takes the server's answer. Only a good one replaces keys.
func (s *set) answered(res callout.Result, now time.Time) {
	s.asking = false
	status := res.Response.Status
	var keys []*token.Key
	err := errNoSet
	if res.Fault == callout.None && status >= 200 && status <= 299 {
		keys, err = parse(res.Response.Body)
	}
	if err == nil {
		*s = set{keys: keys, fetched: now, asked: s.asked, searched: s.searched}
		return
	}
	s.failed, s.failedAt, s.fault = true, now, res.Fault
	s.down = res.Fault != callout.None && res.Fault != callout.TooLarge || status == 429 || status >= 500
}

var errNoSet = errors.New("no key set")

func parse(jwks []byte) ([]*token.Key, error) {
	keys, err := token.ParseKeys(jwks)
	if err == nil && len(keys) > MaxKeys {
		return nil, errors.New("more than 1,000 keys")
	}
	return keys, err
}
