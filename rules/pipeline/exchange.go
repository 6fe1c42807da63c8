package pipeline

import (
	"errors"
	"strings"
	"time"

	"oathgate/rules/memory"
	"oathgate/rules/pipeline/callout"
	"oathgate/rules/request"
	"oathgate/rules/token"
)

// MaxCalls is the number of callouts one request may make, retries aside (DESIGN
// §5).
const MaxCalls = 8

// Errors of Exchange.Body.
var (
	// ErrBodyTooLarge is that of a body over the host's limit.
	ErrBodyTooLarge = errors.New("request body too large")
	// ErrOverload says that the host keeps too many bodies already.
	ErrOverload = errors.New("too many request bodies at once")
	// ErrUpgrade says that a request has a body and upgrades its connection.
	ErrUpgrade = errors.New("a request that upgrades its connection has a body")
)

// Exchange is one request under evaluation, and what a handler may ask while it
// is: the time, the worker's memory, and the network. A handler that asks for
// the network is suspended until the answer is there; it must not keep anything
// of the Exchange after it returns.
type Exchange struct {
	// Request is the request as the client sent it.
	Request *request.Request
	// RuleID is the id of the matched rule.
	RuleID string
	// Session is what authenticators set and mutators change.
	Session Session
	// Memory is the worker's.
	Memory *memory.Memory
	// Now is the wall clock.
	Now func() time.Time
	// Random fills p with random bytes fit for keys and ids.
	Random func(p []byte)
	// Host verifies and makes signatures.
	Host token.Host
	// Send makes a callout that outlives the request and gives done its result: at
	// once if it cannot be made, else outside of any evaluation. done changes the
	// worker's Memory, and must not keep the Exchange. Of a callout whose
	// configuration is taken away meanwhile nothing is heard.
	Send func(req callout.Request, done func(callout.Result))
	// CalloutTimeout is the Timeout of callouts that have none.
	CalloutTimeout time.Duration
	// Suspend hands the Await to the host and returns when it is fulfilled. It is
	// nil in an evaluation that cannot be suspended: whoever would do so ends it by a
	// panic (Wait).
	Suspend func(Await) Resumption

	calls int
}

// Call makes one callout and returns its result.
func (x *Exchange) Call(req callout.Request) callout.Result {
	return x.CallAll([]callout.Request{req})[0]
}

// CallAll makes several callouts side by side and returns their results in the
// same order. Calls over MaxCalls are not made: their results are the fault
// Overload.
func (x *Exchange) CallAll(reqs []callout.Request) []callout.Result {
	if len(reqs) == 0 {
		// To wait for nothing is to wait for ever.
		return nil
	}
	if !x.count(len(reqs)) {
		results := make([]callout.Result, len(reqs))
		for i := range results {
			results[i].Fault = callout.Overload
		}
		return results
	}
	for i := range reqs {
		if reqs[i].Timeout == 0 {
			reqs[i].Timeout = x.CalloutTimeout
		}
	}
	return x.send(reqs)
}

// count notes n more callouts and reports whether they may be made.
func (x *Exchange) count(n int) bool {
	x.calls += n
	return x.calls <= MaxCalls
}

// WouldWait is what an evaluation panics with that cannot be suspended and would be.
// Nothing that it has done until then must be wrong when it begins anew.
type WouldWait struct{}

// Wait ends an evaluation that cannot be suspended. It stands before the first step
// towards a suspension that others see.
func (x *Exchange) Wait() {
	if x.Suspend == nil {
		panic(WouldWait{})
	}
}

func (x *Exchange) send(reqs []callout.Request) []callout.Result {
	x.Wait()
	return x.Suspend(Await{Calls: reqs}).Results
}

// Sleep suspends the evaluation for d.
func (x *Exchange) Sleep(d time.Duration) {
	x.Wait()
	x.Suspend(Await{Until: x.Now().Add(d)})
}

// Body returns the whole request body, or why it cannot be had. A request that
// upgrades its connection has none: what follows is another protocol's, and has no
// end.
func (x *Exchange) Body() ([]byte, error) {
	if h := x.Request.Headers; h.Has("upgrade") && upgrades(h.Values("connection")) {
		// Envoy takes Transfer-Encoding away with an upgrade: the method tells then.
		length := h.Get("content-length")
		if x.Request.Method != "GET" || length != "" && length != "0" || h.Has("transfer-encoding") {
			return nil, ErrUpgrade
		}
		return nil, nil
	}
	x.Wait()
	r := x.Suspend(Await{Body: true})
	return r.Body, r.BodyErr
}

// upgrades says whether Connection lines name upgrade (RFC 9110 section 7.8).
func upgrades(connection []string) bool {
	for _, line := range connection {
		for option := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.Trim(option, " \t"), "upgrade") {
				return true
			}
		}
	}
	return false
}

// Share returns what fetch brings, fetched by one request at a time: requests
// that ask for the same key meanwhile are suspended and given the same value.
// fetch returns nil if it has nothing that others could use; then each of them
// fetches in turn. The value is as of now: keeping it is the Cache's business.
func (x *Exchange) Share(key memory.Key, fetch func() any) any {
	x.Wait()
	for {
		if x.Memory.Flights.Lead(key) {
			return x.lead(key, fetch)
		}
		if v := x.Suspend(Await{Shared: &key}).Value; v != nil {
			return v
		}
	}
}

// Follow waits until the flight of key, which somebody leads, lands, at most until
// that time.
func (x *Exchange) Follow(key memory.Key, until time.Time) {
	x.Wait()
	x.Suspend(Await{Shared: &key, Until: until})
}

// Fetched is what a fetch brings to Cached.
type Fetched struct {
	Value any
	// Keep says that later requests may have it too, until Expires, or until it is
	// pushed out if that is zero. Size is what it takes in memory, in bytes.
	Keep    bool
	Size    int
	Expires time.Time
}

// Cached gives what the worker keeps under key. If it keeps nothing fetch brings it,
// once for all requests that want it now.
func (x *Exchange) Cached(key memory.Key, fetch func() Fetched) any {
	if v, ok := x.Memory.Cache.Get(key, x.Now()); ok {
		return v
	}
	return x.Share(key, func() any {
		f := fetch()
		if f.Keep {
			x.Memory.Cache.Put(key, f.Value, f.Size, f.Expires)
		}
		return f.Value
	})
}

func (x *Exchange) lead(key memory.Key, fetch func() any) (v any) {
	// Also when the request is abandoned in the middle of fetch: those who wait
	// must hear of it.
	defer func() { x.Memory.Flights.Land(key, v) }()
	v = fetch()
	return v
}
