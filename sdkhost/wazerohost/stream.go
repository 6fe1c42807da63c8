//go:build !wasip1

package wazerohost

import (
	"strconv"
	"strings"
	"time"
)

// Outcome is what has become of a request so far.
type Outcome uint8

const (
	// Paused (the zero value): nothing has left the filter.
	Paused Outcome = iota
	// Continued: the upstream got the request's headers at least; see Upstream.
	Continued
	// Replied: the client got a reply made in Envoy (by the guest, or for it: 503 after a trap, 504 after the idle timeout, 413); see
	// Response. Check that Upstream is nil: a guest could have done both.
	Replied
	// Aborted: the stream was reset, by the client or by the guest.
	Aborted
)

func (o Outcome) String() string {
	return [...]string{"paused", "continued", "replied", "aborted"}[o]
}

// Upstream is a request as the upstream got it.
type Upstream struct {
	Headers  Headers
	Body     []byte
	Trailers Headers
	Complete bool
	// Route is the value of Options.RouteHeader by which Envoy picked the route: the one of the forwarded headers if the guest changed
	// any request header or cleared the route cache, else the one that came in.
	Route string
}

// Response is what the client got.
type Response struct {
	Status   int
	Headers  Headers // without :status
	Body     []byte
	Trailers Headers
	Details  string // response code details; only of local replies
	Local    bool   // made in Envoy, not by the upstream
	Complete bool
}

// Peer is what Envoy knows of the connection.
type Peer struct {
	Source      string            // source.address, ip:port; default "127.0.0.1:40000"
	Destination string            // destination.address, default "127.0.0.1:10000"
	TLS         bool              // connection.tls_version
	ServerName  string            // connection.requested_server_name
	Properties  map[string]string // further properties by path joined with ".", as serialized
}

// Stream is one request.
type Stream struct {
	vm     *VM
	number uint64
	plugin *Plugin
	handle *handle
	in     *instance // nil: failed closed
	ctx    *guestCtx
	peer   Peer
	began  time.Time
	active time.Time

	req, res   flow
	up         *Upstream
	resp       *Response
	replied    bool
	details    string
	failed     bool // failure_local_reply_sent_
	over       bool
	aborted    bool
	filtered   bool
	freed      bool
	proto      bool // x-forwarded-proto came in
	routeDirty bool
	routeIn    string
	routeClear int
	resumes    int
	replies    int
	state      map[string]string
}

// Request sends a whole request: headers, then the chunks of the body, if any, the last one with the end of the stream. Callouts that
// are answered without delay have been answered when it returns.
func (p *Plugin) Request(headers Headers, body ...[]byte) *Stream {
	s := p.Start(Peer{})
	s.SendHeaders(headers, len(body) == 0)
	for i, chunk := range body {
		s.SendBody(chunk, i == len(body)-1)
	}
	return s
}

// Start makes a stream of which nothing has been sent. Options.FailurePolicy is applied here.
func (p *Plugin) Start(peer Peer) *Stream {
	vm := p.vm
	if p.closed {
		panic("wazerohost: Start on a closed plugin")
	}
	vm.enter()
	defer vm.leave()
	if peer.Source == "" {
		peer.Source = "127.0.0.1:40000"
	}
	if peer.Destination == "" {
		peer.Destination = "127.0.0.1:10000"
	}
	s := &Stream{vm: vm, plugin: p, peer: peer, began: vm.Now(), active: vm.Now()}
	s.req.s, s.res.s, s.res.response = s, s, true
	s.handle, s.filtered = p.current()
	if s.handle != nil {
		s.handle.refs++
		s.in = s.handle.in
		s.ctx = s.in.newContext(s.handle.root)
		s.ctx.plugin, s.ctx.stream = p, s
	}
	vm.begun++
	s.number = vm.begun
	vm.streams[s] = struct{}{}
	return s
}

// SendHeaders delivers the request headers as Envoy's codecs do: names in lower case, and what Envoy keeps only once, Authorization among
// it, joined by commas.
func (s *Stream) SendHeaders(headers Headers, end bool) {
	if !s.turn() || s.req.headers != nil {
		return
	}
	defer s.vm.leave()
	m := newHeaderMap(requestMap, headers)
	s.routeIn, _ = m.get(s.vm.host.opt.RouteHeader)
	s.proto = m.list.Has("x-forwarded-proto")
	s.req.sendHeaders(m, end)
}

// SendBody delivers a chunk of the request body.
func (s *Stream) SendBody(chunk []byte, end bool) {
	if !s.turn() || s.req.headers == nil || s.req.ended {
		return
	}
	defer s.vm.leave()
	if s.replied {
		return
	}
	s.req.sendData(append([]byte(nil), chunk...), end)
}

// SendTrailers delivers the request trailers, which end the request.
func (s *Stream) SendTrailers(trailers Headers) {
	if !s.turn() || s.req.headers == nil || s.req.ended {
		return
	}
	defer s.vm.leave()
	if s.replied {
		return
	}
	s.req.sendTrailers(newHeaderMap(otherMap, trailers))
}

// Abort is the client going away.
func (s *Stream) Abort() {
	if !s.turn() {
		return
	}
	defer s.vm.leave()
	s.aborted = true
	s.finish()
}

// Respond is the upstream's response; it ends the stream unless the guest holds it. A request that was not forwarded has no upstream:
// then nothing happens.
func (s *Stream) Respond(status int, headers Headers, body []byte, trailers Headers) {
	if !s.turn() {
		return
	}
	defer s.vm.leave()
	if s.up == nil || s.replied || s.res.headers != nil {
		return
	}
	m := newHeaderMap(responseMap, append(Headers{{":status", strconv.Itoa(status)}}, headers...))
	s.res.sendHeaders(m, len(body) == 0 && trailers == nil)
	if !s.over && len(body) > 0 {
		s.res.sendData(body, trailers == nil)
	}
	if !s.over && trailers != nil {
		s.res.sendTrailers(newHeaderMap(otherMap, trailers))
	}
}

// End ends the stream however it stands: a forwarded request gets an empty 200, another is aborted. Over already: nothing happens.
func (s *Stream) End() {
	if s.up != nil && s.up.Complete {
		s.Respond(200, nil, nil, nil)
	}
	s.Abort()
}

// turn begins a turn of the event loop unless the stream is over; the caller must then leave.
func (s *Stream) turn() bool {
	if s.over {
		return false
	}
	s.vm.enter()
	s.active = s.vm.Now()
	return true
}

// Outcome is what has become of the request so far.
func (s *Stream) Outcome() Outcome {
	switch {
	case s.aborted:
		return Aborted
	case s.replied:
		return Replied
	case s.up != nil:
		return Continued
	}
	return Paused
}

// Upstream is what the upstream got, nil if nothing.
func (s *Stream) Upstream() *Upstream { return s.up }

// Response is what the client got, nil if nothing.
func (s *Stream) Response() *Response { return s.resp }

// Over reports whether the stream has ended: the guest has been told (log, done, delete) and its context is freed.
func (s *Stream) Over() bool { return s.over }

// Unfiltered reports whether Envoy had no filter for this request.
func (s *Stream) Unfiltered() bool { return !s.filtered }

// ContextID is the number of the stream's context in the guest, 0 if it has none.
func (s *Stream) ContextID() uint32 {
	if s.ctx == nil {
		return 0
	}
	return s.ctx.id
}

// FilterState is what Envoy's filter state holds under key; the guest's properties are there with the prefix "wasm.".
func (s *Stream) FilterState(key string) (string, bool) {
	v, ok := s.state[key]
	return v, ok
}

// Resumes counts the guest's continue_stream calls for the request, LocalReplies its send_local_response calls. Their sum is one for
// a decided request that the guest had paused.
func (s *Stream) Resumes() int { return s.resumes }

// LocalReplies counts the guest's send_local_response calls for this stream.
func (s *Stream) LocalReplies() int { return s.replies }

// RouteCacheCleared counts the guest's calls of clear_route_cache for this stream.
func (s *Stream) RouteCacheCleared() int { return s.routeClear }

// broken is Envoy's CHECK_FAIL_HTTP: answers 503 for a VM that is dead, unless that was done.
func (s *Stream) broken() bool {
	if !s.in.failed() {
		return false
	}
	if s.vm.host.opt.FailurePolicy != FailOpen && !s.failed {
		s.failed = true
		s.localReply(503, "", nil, 14, "wasm_fail_stream")
	}
	return true
}

func (s *Stream) pass(f *flow) bool {
	return !s.filtered || f.response && (s.ctx == nil || !s.ctx.created || s.failed)
}

func (s *Stream) filterHeaders(f *flow, end bool) uint64 {
	if s.pass(f) {
		return headersContinue
	}
	if s.ctx != nil && !f.response && !s.in.failed() {
		s.in.invoke(s.ctx, onContextCreate, uint64(s.ctx.id), uint64(s.ctx.parent.id))
		s.ctx.created = true
		s.in.settle()
	}
	export := onRequestHeaders
	if s.ctx != nil {
		if f.response {
			export = onResponseHeaders
			s.ctx.responseHeaders = f.headers
		} else {
			s.ctx.requestHeaders = f.headers
		}
	}
	status := s.callback(export, uint64(len(f.headers.list)), flag(end), headersContinue, headersStopAllWater)
	if status == 2 { // ContinueAndEndStream, which Envoy does not know
		status = headersContinue
	}
	if status == headersStop && !s.vm.AllowStopIteration {
		status = headersStopAllWater
	}
	if status == headersContinue && s.ctx != nil {
		if f.response {
			s.ctx.responseHeaders = nil
		} else {
			s.ctx.requestHeaders = nil
		}
	}
	return status
}

func (s *Stream) filterBody(f *flow, end bool) uint64 {
	if s.pass(f) {
		return dataContinue
	}
	export, size := onRequestBody, len(*f.chunk)
	if f.response {
		export = onResponseBody
	}
	if f.buffering {
		size = len(f.held)
	}
	return s.callback(export, uint64(size), flag(end), dataContinue, dataNoBuffer)
}

func (s *Stream) filterTrailers(f *flow) uint64 {
	if s.pass(f) {
		return trailersContinue
	}
	export := onRequestTrailers
	if s.ctx != nil {
		if f.response {
			export = onResponseTrailers
			s.ctx.responseTrailers = f.trailers
		} else {
			s.ctx.requestTrailers = f.trailers
		}
	}
	status := s.callback(export, uint64(len(f.trailers.list)), 0, trailersContinue, trailersStop)
	if status == trailersContinue && s.ctx != nil {
		if f.response {
			s.ctx.responseTrailers = nil
		} else {
			s.ctx.requestTrailers = nil
		}
	}
	return status
}

// callback calls the guest; highest is both the strictest status and the last that is known.
func (s *Stream) callback(export int, n, end, open, highest uint64) uint64 {
	closed := highest
	if s.vm.host.opt.FailurePolicy == FailOpen {
		closed = open
	}
	if s.broken() {
		return closed
	}
	in := s.in
	if in.fn[export] == nil {
		return open
	}
	status, _ := in.invoke(s.ctx, export, uint64(s.ctx.id), n, end)
	status = uint64(uint32(status))
	if s.broken() {
		status = closed
	} else if in.stop || status > highest {
		status = highest
	}
	in.settle()
	return status
}

func flag(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

func (s *Stream) passHeaders(f *flow, end bool) {
	if f.response {
		s.response()
		if end {
			s.respond()
		}
		return
	}
	s.up = &Upstream{Headers: f.headers.list.clone(), Complete: end, Route: s.routeIn}
	if s.routeDirty || s.routeClear > 0 {
		s.up.Route, _ = f.headers.get(s.vm.host.opt.RouteHeader)
	}
	for _, name := range []string{":method", ":path", ":authority"} {
		if !f.headers.list.Has(name) {
			s.vm.note("request without " + name + " sent on: Envoy answers 404 or 503")
		}
	}
	if s.proto && !f.headers.list.Has("x-forwarded-proto") {
		s.vm.note("x-forwarded-proto removed: Envoy finds no route and answers 404")
	}
	if end {
		s.complete()
	}
}

func (s *Stream) passData(f *flow, data []byte, end bool) {
	if f.response {
		s.response().Body = append(s.resp.Body, data...)
		if end {
			s.respond()
		}
		return
	}
	s.up.Body = append(s.up.Body, data...)
	if end {
		s.complete()
	}
}

func (s *Stream) passTrailers(f *flow) {
	if f.response {
		s.response().Trailers = f.trailers.list.clone()
		s.respond()
		return
	}
	s.up.Trailers = f.trailers.list.clone()
	s.complete()
}

func (s *Stream) complete() {
	s.up.Complete = true
	if answer := s.vm.host.opt.Upstream; answer != nil {
		s.vm.todo = append(s.vm.todo, func() {
			if !s.over {
				r := answer(s.up)
				s.Respond(r.Status, r.Headers, r.Body, r.Trailers)
			}
		})
	}
}

// response begins, with the first bytes that reach the client, what the client gets.
func (s *Stream) response() *Response {
	if s.resp == nil {
		s.resp = &Response{Local: s.replied, Details: s.details}
		for _, h := range s.res.headers.list {
			if h[0] == ":status" {
				s.resp.Status, _ = strconv.Atoi(h[1])
			} else {
				s.resp.Headers = append(s.resp.Headers, h)
			}
		}
	}
	return s.resp
}

func (s *Stream) respond() {
	s.resp.Complete = true
	s.finish()
}

// localReply is DownstreamFilterManager::sendLocalReply with Http::Utility::sendLocalReply: it runs the response callbacks.
func (s *Stream) localReply(status int, body string, extra Headers, grpc int, details string) {
	if s.over || s.replied {
		s.vm.note("local reply to a stream that has one")
		return
	}
	if s.res.headers != nil && s.res.passed {
		s.vm.note("local reply after the upstream's response had begun: the stream is reset")
		s.aborted = true
		s.finish()
		return
	}
	s.replied, s.details = true, details
	if s.in.failed() && s.filtered && s.vm.host.opt.FailurePolicy != FailOpen && !s.failed {
		// The response callback of a dead VM answers instead.
		s.failed = true
		status, body, extra, s.details = 503, "", nil, "wasm_fail_stream"
	}
	m := newHeaderMap(responseMap, Headers{{":status", strconv.Itoa(status)}})
	for _, h := range extra {
		m.add(h[0], h[1])
	}
	head, grpcRequest := false, false
	if s.req.headers != nil {
		method, _ := s.req.headers.get(":method")
		head = method == "HEAD"
		contentType, _ := s.req.headers.get("content-type")
		grpcRequest = contentType == "application/grpc" || strings.HasPrefix(contentType, "application/grpc+")
	}
	switch {
	case grpcRequest:
		m.set(":status", "200")
		m.set("content-type", "application/grpc")
		m.set("grpc-status", strconv.Itoa(grpcStatus(grpc, status)))
		if body != "" {
			m.set("grpc-message", body)
		}
		body = ""
	case body == "":
		m.remove("content-length")
		m.remove("content-type")
	default:
		m.set("content-length", strconv.Itoa(len(body)))
		if _, ok := m.get("content-type"); !ok {
			m.set("content-type", "text/plain")
		}
	}
	s.res = flow{s: s, response: true}
	s.res.sendHeaders(m, body == "" || head)
	if body != "" && !head && !s.over {
		s.res.sendData([]byte(body), true)
	}
}

// grpcStatus is what a gRPC client gets for an HTTP status (Grpc::Utility::httpToGrpcStatus) unless the guest gave one.
func grpcStatus(given, status int) int {
	if given >= 0 && given <= 16 {
		return given
	}
	switch status {
	case 400:
		return 13
	case 401:
		return 16
	case 403:
		return 7
	case 404:
		return 12
	case 429, 502, 503, 504:
		return 14
	}
	return 2
}

// finish is the end of the stream: access log, then the filter's onDestroy.
func (s *Stream) finish() {
	if s.over {
		return
	}
	s.over = true
	delete(s.vm.streams, s)
	s.vm.reap = append(s.vm.reap, s)
	if s.ctx == nil || !s.ctx.created || s.in.failed() {
		return
	}
	s.ctx.logging = true
	for _, export := range []int{onLog, onDone, onDelete} {
		if s.in.failed() {
			return
		}
		s.in.invoke(s.ctx, export, uint64(s.ctx.id))
		s.in.settle()
		s.ctx.logging = false
	}
}

// free is the deletion of the filter object, later than finish.
func (s *Stream) free() {
	if s.freed || s.ctx == nil {
		return
	}
	s.freed = true
	delete(s.in.contexts, s.ctx.id)
	s.handle.drop()
	s.in.release()
}
