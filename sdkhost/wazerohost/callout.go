//go:build !wasip1

package wazerohost

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// Fault is how a callout goes wrong.
type Fault uint8

const (
	// NoFault: the reply is a server's.
	NoFault Fault = iota
	// UnknownCluster: http_call fails at once with BadArgument.
	UnknownCluster
	// NoHealthyHost: http_call fails at once with InternalFailure.
	NoHealthyHost
	// Refused: a response with 503 that Envoy made.
	Refused
	// Cut: the connection ended before the response's headers: a response with 503 that Envoy made.
	Cut
	// Silent: nothing comes; at the callout's timeout a response with 504 that Envoy made, without a timeout never.
	Silent
	// Stalled: the response's headers come, its body does not; at the callout's timeout it is reset.
	Stalled
	// Reset: the connection ended after the response's headers: a callback with no headers.
	Reset
	// TooLarge: the body exceeds what Envoy buffers of a response (not the cluster's buffer limit: 3 MB came whole where that was 1 MiB):
	// a callback with no headers.
	TooLarge
)

// Backend answers callouts to a cluster. It runs when the guest dispatches, in the VM's goroutine.
type Backend func(*Callout) Reply

// Reply is a backend's answer.
type Reply struct {
	Status   int // default 200
	Headers  Headers
	Body     []byte
	Trailers Headers
	Delay    time.Duration // virtual; 0: in the event loop's next turn, never within http_call
	Fault    Fault         // the other fields but Delay do not count for a fault
	Hold     bool          // no answer until VM.Reply or the callout's timeout
	Raw      bool          // Headers are given as they are, without :status or x-envoy-upstream-service-time
}

// Callout is a callout as dispatched.
type Callout struct {
	Token    uint32
	Cluster  string
	Headers  Headers // with content-length, if there is a body; Envoy sends x-envoy-internal and x-envoy-expected-rq-timeout-ms as well
	Body     []byte
	Trailers Headers
	Timeout  time.Duration // 0: none
	At       time.Time
	Context  uint32 // the (effective) context that dispatched it
	Plugin   *Plugin
}

// Header returns the first value of a request header (lower case name).
func (c *Callout) Header(name string) string { return c.Headers.Get(name) }

type callout struct {
	Callout
	sequence uint64
	root     *guestCtx
	due      time.Time // zero: nothing will come by itself
	reply    Reply
}

// answer is a reply as the guest's callback sees it.
type answer struct {
	headers, trailers *headerMap
	body              []byte
}

// Pending are the callouts in flight, oldest first.
func (vm *VM) Pending() []*Callout {
	out := make([]*Callout, 0, len(vm.callouts))
	for _, seq := range slices.Sorted(maps.Keys(vm.callouts)) {
		out = append(out, &vm.callouts[seq].Callout)
	}
	return out
}

// InFlight is how many callouts are in flight.
func (vm *VM) InFlight() int { return len(vm.callouts) }

// Reply answers a callout in flight now, whatever its backend said. false: no such callout is in flight; then nothing happened, as in
// Envoy.
func (vm *VM) Reply(token uint32, r Reply) bool {
	vm.enter()
	defer vm.leave()
	var found *callout
	for _, c := range vm.callouts {
		if c.Token == token && (found == nil || c.sequence > found.sequence) {
			found = c
		}
	}
	if found == nil {
		return false
	}
	found.reply = r
	vm.deliver(found)
	return true
}

// ForceReply calls proxy_on_http_call_response for any token at all: unknown, or answered before. Envoy never does that.
func (p *Plugin) ForceReply(token uint32, r Reply) {
	p.vm.enter()
	defer p.vm.leave()
	if p.handle != nil && !p.handle.root.destroyed {
		p.handle.root.onCallResponse(token, r)
	}
}

func (in *instance) dispatch(c *guestCtx, from uint32, cluster string, headers, trailers Headers, body []byte, timeout int32) (token, status uint32) {
	vm := in.vm
	backend := vm.backends[cluster]
	if timeout < 0 || backend == nil {
		return 0, StatusBadArgument
	}
	m := &headerMap{kind: requestMap}
	for _, h := range headers {
		m.add(h[0], h[1])
	}
	for _, name := range []string{":path", ":method", ":authority"} {
		if _, ok := m.get(name); !ok {
			return 0, StatusBadArgument
		}
	}
	if len(body) > 0 {
		m.set("content-length", strconv.Itoa(len(body)))
	}
	co := &callout{root: c, Callout: Callout{
		Cluster: cluster, Headers: m.list, Body: body, Timeout: time.Duration(timeout) * time.Millisecond, At: vm.Now(), Context: from, Plugin: c.plugin,
	}}
	if len(trailers) > 0 {
		co.Trailers = newHeaderMap(otherMap, trailers).list
	}
	co.reply = backend(&co.Callout)
	if co.reply.Fault == UnknownCluster {
		return 0, StatusBadArgument
	}
	in.nextCall += 4
	if co.reply.Fault == NoHealthyHost {
		return 0, StatusInternalFailure
	}
	co.Token = in.nextCall
	co.sequence = vm.sequence
	vm.sequence++
	comes := !co.reply.Hold && co.reply.Fault != Silent && co.reply.Fault != Stalled
	if comes {
		co.due = vm.Now().Add(co.reply.Delay)
	}
	if timeout > 0 {
		if end := vm.Now().Add(co.Timeout); !comes || co.due.After(end) {
			co.due = end
			if co.reply.Fault == Stalled {
				co.reply = Reply{Fault: Reset}
			} else {
				co.reply = Reply{Fault: Silent}
			}
		}
	}
	vm.callouts[co.sequence] = co
	return co.Token, StatusOK
}

// nextCallout is the one that is due first.
func (vm *VM) nextCallout() *callout {
	var next *callout
	for _, c := range vm.callouts {
		if c.due.IsZero() {
			continue
		}
		if next == nil || c.due.Before(next.due) || c.due.Equal(next.due) && c.sequence < next.sequence {
			next = c
		}
	}
	return next
}

func (vm *VM) deliver(c *callout) {
	delete(vm.callouts, c.sequence)
	if !c.root.destroyed {
		c.root.onCallResponse(c.Token, c.reply)
	}
}

func (c *guestCtx) onCallResponse(token uint32, r Reply) {
	in := c.in
	if in.failed() || in.fn[onHTTPCallResponse] == nil {
		return
	}
	a := r.answer()
	headers, trailers, size := 0, 0, 0
	if a == nil {
		c.statusCode, c.statusMessage = StatusBrokenConnection, "reset"
	} else {
		c.answer = a
		headers, size = len(a.headers.list), len(a.body)
		if a.trailers != nil {
			trailers = len(a.trailers.list)
		}
	}
	// Before what the guest asks for, so that it is gone by then, as in Envoy.
	in.later(func() { c.answer, c.statusMessage = nil, "" })
	in.invoke(c, onHTTPCallResponse, uint64(c.id), uint64(token), uint64(headers), uint64(size), uint64(trailers))
	in.settle()
}

// answer is nil where Envoy's AsyncClient reports a failure instead of a response.
func (r Reply) answer() *answer {
	switch r.Fault {
	case Reset, TooLarge, UnknownCluster, NoHealthyHost, Stalled:
		return nil
	case Refused:
		return envoyAnswer("503", "upstream connect error or disconnect/reset before headers. reset reason: remote connection failure")
	case Cut:
		return envoyAnswer("503", "upstream connect error or disconnect/reset before headers. reset reason: connection termination")
	case Silent:
		return envoyAnswer("504", "upstream request timeout")
	}
	a := &answer{headers: newHeaderMap(responseMap, r.Headers), body: r.Body}
	if !r.Raw {
		if _, ok := a.headers.get(":status"); !ok {
			status := r.Status
			if status == 0 {
				status = 200
			}
			a.headers.add(":status", strconv.Itoa(status))
		}
		if _, ok := a.headers.get("x-envoy-upstream-service-time"); !ok {
			a.headers.add("x-envoy-upstream-service-time", strconv.FormatInt(r.Delay.Milliseconds(), 10))
		}
	}
	if len(r.Trailers) > 0 {
		a.trailers = newHeaderMap(otherMap, r.Trailers)
	}
	return a
}

func envoyAnswer(status, body string) *answer {
	return &answer{headers: newHeaderMap(responseMap, Headers{
		{":status", status}, {"content-length", strconv.Itoa(len(body))}, {"content-type", "text/plain"},
	}), body: []byte(body)}
}
